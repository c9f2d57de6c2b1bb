package dev.linum.nn;

import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;

/// Shifts and scales the last axis to mean 0 and variance 1, then by learned numbers. (Ba et al. 2016.)
///
/// Parameters: `scale` [features], `bias` [features].
///
/// @param epsilon what is added to the variance
public record LayerNorm(double epsilon) implements Module<Tensor, Tensor> {

    public LayerNorm() {
        this(1e-6);
    }

    @Override
    public Tensor call(Scope scope, Tensor in) {
        Shape shape = Shape.of(in.shape().last());
        int axis = in.shape().rank() - 1;
        Tensor centred = in.minus(in.mean(axis).expand(axis));
        Tensor inverse =
                centred.square().mean(axis).plus(epsilon).sqrt().reciprocal().expand(axis);
        Tensor scale = scope.param("scale", shape, in.dtype(), Init.ones());
        Tensor bias = scope.param("bias", shape, in.dtype(), Init.zeros());
        return centred.times(inverse).times(scale).plus(bias);
    }
}
