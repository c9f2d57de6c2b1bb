package dev.linum.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Computes once what depends on nothing but constants.
///
/// A function over fixed weights (one step of a stream) so finds its gates joined when it runs. Repetitions stay what
/// they are: they cost nothing where they are read and much memory where they are stored.
final class Fold {

    private Fold() {}

    /// `graph ==> graph` with the same inputs and outputs.
    static Graph graph(Graph graph) {
        Map<Value, Array> known = new HashMap<>();
        var equations = new ArrayList<Equation>();
        for (Equation eq : graph.equations()) {
            if (eq.op() instanceof Op.Constant(Array value)) {
                known.put(eq.out().getFirst(), value);
            }
            if (!folds(eq, known)) {
                equations.add(eq);
                continue;
            }
            List<Array> results = Backends.current()
                    .run(eq.op(), eq.in().stream().map(known::get).toList());
            for (int i = 0; i < results.size(); i++) {
                Value v = eq.out().get(i);
                known.put(v, results.get(i));
                equations.add(new Equation(new Op.Constant(results.get(i)), List.of(), List.of(v), eq.site()));
            }
        }
        return new Graph(graph.in(), equations, graph.out());
    }

    private static boolean folds(Equation eq, Map<Value, Array> known) {
        return switch (eq.op()) {
            case Op.Elementwise _,
                    Op.Cast _,
                    Op.Reshape _,
                    Op.Transpose _,
                    Op.Slice _,
                    Op.Pad _,
                    Op.Concat _,
                    Op.Reverse _,
                    Op.Reduce _,
                    Op.MatMul _,
                    Op.Gather _,
                    Op.StopGradient _ -> known.keySet().containsAll(eq.in());
            case Op.Constant _,
                    Op.Iota _,
                    Op.Broadcast _,
                    Op.ArgMax _,
                    Op.ScatterAdd _,
                    Op.Pack _,
                    Op.Threefry _,
                    Op.Random _,
                    Op.Scan _,
                    Op.Remat _ -> false;
        };
    }
}
