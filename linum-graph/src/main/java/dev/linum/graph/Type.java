package dev.linum.graph;

import java.util.Locale;

/// What is known of a tensor before it has numbers: its kind of number and its shape.
public record Type(DType dtype, Shape shape) {

    public static Type of(DType dtype, int... dims) {
        return new Type(dtype, Shape.of(dims));
    }

    public Type withShape(Shape other) {
        return new Type(dtype, other);
    }

    public Type withDType(DType other) {
        return new Type(other, shape);
    }

    @Override
    public String toString() {
        return dtype.name().toLowerCase(Locale.ROOT) + shape;
    }
}
