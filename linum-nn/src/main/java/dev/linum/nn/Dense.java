package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;

/// A linear map of the last axis: `x kernel + bias`, `[*n, in] -> [*n, features]`.
///
/// Parameters: `kernel` [in, features], `bias` [features].
public record Dense(int features, Init kernelInit, Init biasInit, DType dtype) implements Module<Tensor, Tensor> {

    public Dense {
        Gates.positive("Dense", features);
    }

    public static Dense of(int features) {
        return new Dense(features, Init.lecunNormal(), Init.zeros(), DType.F32);
    }

    public Dense withKernelInit(Init other) {
        return new Dense(features, other, biasInit, dtype);
    }

    public Dense withBiasInit(Init other) {
        return new Dense(features, kernelInit, other, dtype);
    }

    public Dense withDType(DType other) {
        return new Dense(features, kernelInit, biasInit, other);
    }

    @Override
    public Tensor call(Scope scope, Tensor in) {
        Tensor kernel = scope.param("kernel", Shape.of(in.shape().last(), features), dtype, kernelInit);
        Tensor bias = scope.param("bias", Shape.of(features), dtype, biasInit);
        return in.dot(kernel).plus(bias);
    }
}
