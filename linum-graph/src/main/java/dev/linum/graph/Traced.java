package dev.linum.graph;

import java.util.List;

/// A tensor that names a value of an open trace: it has a type, and numbers only once the trace has become a
/// graph and ran.
public final class Traced implements Tensor {

    private final Trace trace;
    private final Value value;

    Traced(Trace trace, Value value) {
        this.trace = trace;
        this.value = value;
    }

    Trace trace() {
        return trace;
    }

    Value value() {
        return value;
    }

    @Override
    public Type type() {
        return value.type();
    }

    @Override
    public List<Tensor> leaves() {
        return List.of(this);
    }

    @Override
    public String toString() {
        return "traced " + type();
    }
}
