package dev.linum.graph;

/// A variable of a graph: it is itself, whatever its type, so two values of equal type stay different.
public final class Value {

    private final Type type;

    public Value(Type type) {
        this.type = type;
    }

    public Type type() {
        return type;
    }

    @Override
    public String toString() {
        return type.toString();
    }
}
