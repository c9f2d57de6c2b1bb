package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;

/// The gates of a cell side by side: parameters keep one name per gate, as in Flax, and are used as one wide matrix.
///
/// Joining them does not depend on the step, so [dev.linum.graph] does it once, outside the loop.
final class Gates {

    private Gates() {}

    /// `x [*n, in] . [kernel of each gate] -> [*n, gates * width]`, the kernels at `<prefix><gate>/kernel`.
    static Tensor product(Scope scope, String prefix, List<String> gates, Tensor x, int width, Init init, DType dtype) {
        Shape shape = Shape.of(x.shape().last(), width);
        List<Tensor> kernels = gates.stream()
                .map(gate -> scope.child(prefix + gate).param("kernel", shape, dtype, init))
                .toList();
        return x.dot(Tensor.concat(1, kernels));
    }

    /// The biases of the gates, joined: `[gates * width]`, at `<prefix><gate>/bias`.
    static Tensor bias(Scope scope, String prefix, List<String> gates, int width, Init init, DType dtype) {
        return Tensor.concat(
                0,
                gates.stream()
                        .map(gate -> scope.child(prefix + gate).param("bias", Shape.of(width), dtype, init))
                        .toList());
    }

    static void positive(String what, int features) {
        if (features <= 0) {
            throw new IllegalArgumentException(what + " needs at least one feature, found " + features);
        }
    }
}
