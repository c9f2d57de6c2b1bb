package dev.linum.cpu;

import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Value;
import java.util.List;
import java.util.Set;

/// What comes into the body of a loop beside its carry.
///
/// @param same what is the same at each step
/// @param perStep what is of one step
record Incoming(Set<Value> same, Set<Value> perStep) {

    /// Of a graph that is no body.
    static final Incoming UNSAID = new Incoming(Set.of(), Set.of());

    static Incoming of(Op.Scan scan, Graph body) {
        List<Value> in = body.in();
        return new Incoming(
                Set.copyOf(in.subList(0, scan.consts())),
                Set.copyOf(in.subList(scan.consts() + scan.carry(), in.size())));
    }

    /// Says whether a product is one that [Sink] may have put here.
    boolean make(Equation product) {
        return perStep.contains(product.in().get(0))
                && same.contains(product.in().get(1));
    }
}
