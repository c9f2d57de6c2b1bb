package dev.linum.graph;

import java.util.List;

/// One line of a graph: `out = op(in)`, asked for at `site`.
public record Equation(Op op, List<Value> in, List<Value> out, Site site) {

    public Equation {
        in = List.copyOf(in);
        out = List.copyOf(out);
    }
}
