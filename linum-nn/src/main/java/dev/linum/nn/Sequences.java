package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import java.util.Optional;

/// Functions of padded sequences.
public final class Sequences {

    private Sequences() {}

    /// Reverses the real part of each sequence of a padded batch; the padding stays behind it (itself reversed).
    ///
    /// Step t of a sequence of length n out of T comes from step `(T - 1 - t + n) mod T`. Twice is the identity.
    ///
    /// @param inputs `[batch, time, *rest]`
    /// @param lengths i32 `[batch]`, each from 0 to T
    public static Tensor flipSequences(Tensor inputs, Tensor lengths) {
        return flip(inputs, Optional.of(lengths), lengths.shape().rank());
    }

    /// Reverses the real part of each sequence: `inputs [time, batch, *rest]`, `lengths [batch]`.
    public static Tensor flipTimeMajorSequences(Tensor inputs, Tensor lengths) {
        return flip(inputs, Optional.of(lengths), 0);
    }

    static Tensor flip(Tensor inputs, Optional<Tensor> lengths, int timeAxis) {
        if (lengths.isEmpty()) {
            return inputs.reverse(timeAxis);
        }
        Tensor length = lengths.get();
        Tensor timeFirst = inputs.moveAxis(timeAxis, 0);
        Shape batch = length.shape();
        Shape shape = timeFirst.shape();
        if (shape.rank() < 1 + batch.rank() || !shape.sub(1, 1 + batch.rank()).equals(batch)) {
            throw new IllegalArgumentException("to reverse sequences of shape " + inputs.shape() + " with time at axis "
                    + timeAxis + ", lengths are one i32 per sequence, but found " + length.type());
        }
        int steps = shape.dim(0);
        Trace.check(length, numbers -> Timing.inRange(numbers, steps));
        int rows = batch.count();
        int all = shape.sub(0, 1 + batch.rank()).count();
        Tensor flat = timeFirst.reshape(Shape.of(all).plus(shape.sub(1 + batch.rank(), shape.rank())));
        Tensor descending = Tensor.iota(steps).times(-1).plus(steps - 1).expand(1);
        Tensor from = descending.plus(length.reshape(1, rows));
        Tensor wrapped = from.lessThan(steps).select(from, from.minus(steps));
        Tensor index = wrapped.times(rows).plus(Tensor.iota(rows)).reshape(all);
        return flat.gather(index.cast(DType.I32)).reshape(shape).moveAxis(0, timeAxis);
    }

    /// Says which steps are real: `lengths i32 [*batch] -> bool [*batch, steps]`.
    public static Tensor mask(Tensor lengths, int steps) {
        return Tensor.iota(steps).lessThan(lengths.expand(lengths.shape().rank()));
    }
}
