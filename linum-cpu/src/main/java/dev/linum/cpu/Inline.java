package dev.linum.cpu;

import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A copy of a graph with values of its own, without equations that nobody reads, and with the bodies of Remat
/// where the Remat was.
final class Inline {

    private final List<Equation> equations = new ArrayList<>();

    private Inline() {}

    static Graph graph(Graph graph) {
        var inline = new Inline();
        List<Value> in = graph.in().stream().map(v -> new Value(v.type())).toList();
        List<Value> out = inline.add(graph, in);
        return new Graph(in, live(inline.equations, out), out);
    }

    private List<Value> add(Graph graph, List<Value> in) {
        Map<Value, Value> now = new HashMap<>();
        for (int i = 0; i < in.size(); i++) {
            now.put(graph.in().get(i), in.get(i));
        }
        for (Equation eq : graph.equations()) {
            List<Value> read = eq.in().stream().map(now::get).toList();
            List<Value> made;
            if (eq.op() instanceof Op.Remat(Graph body)) {
                made = add(body, read);
            } else {
                made = eq.out().stream().map(v -> new Value(v.type())).toList();
                equations.add(new Equation(eq.op(), read, made, eq.site()));
            }
            for (int i = 0; i < made.size(); i++) {
                now.put(eq.out().get(i), made.get(i));
            }
        }
        return graph.out().stream().map(now::get).toList();
    }

    /// The equations that some values are computed by.
    static List<Equation> live(List<Equation> equations, List<Value> out) {
        Set<Value> read = new HashSet<>(out);
        var kept = new ArrayList<Equation>();
        for (Equation eq : equations.reversed()) {
            if (eq.out().stream().anyMatch(read::contains)) {
                read.addAll(eq.in());
                kept.add(eq);
            }
        }
        return kept.reversed();
    }
}
