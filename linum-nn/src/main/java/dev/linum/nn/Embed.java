package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;

/// A learned vector for each of a number of things: `i32 [*n] -> [*n, features]`. An index outside throws.
///
/// Parameter: `embedding` [count, features].
public record Embed(int count, int features, Init init, DType dtype) implements Module<Tensor, Tensor> {

    public Embed {
        Gates.positive("Embed", features);
    }

    public static Embed of(int count, int features) {
        return new Embed(count, features, Init.embedding(), DType.F32);
    }

    public Embed withInit(Init other) {
        return new Embed(count, features, other, dtype);
    }

    public Embed withDType(DType other) {
        return new Embed(count, features, init, other);
    }

    @Override
    public Tensor call(Scope scope, Tensor in) {
        if (in.dtype() != DType.I32) {
            throw new IllegalArgumentException("Embed takes i32 indices, found " + in.type());
        }
        return scope.param("embedding", Shape.of(count, features), dtype, init).gather(in);
    }
}
