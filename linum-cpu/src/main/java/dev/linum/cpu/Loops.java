package dev.linum.cpu;

import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Rows;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Set;

/// Plans loops, those of a group side by side; each by a [LoopPlan].
final class Loops {

    private final Planner planner;

    Loops(Planner planner) {
        this.planner = planner;
    }

    /// Plans loops of which none reads another.
    void plan(List<Equation> loops, List<Step> steps) {
        if (!IndependentLoops.pays(loops, planner.workers.size())) {
            loops.forEach(eq -> plan((Op.Scan) eq.op(), eq, steps));
            return;
        }
        // What was put off is carried out before, not by one loop while another reads it.
        loops.forEach(eq -> planner.slots(eq, steps));
        var each = new ArrayList<Step>();
        planner.storage.apart(loops.stream()
                .map(eq -> (Runnable) () -> new LoopPlan(planner, (Op.Scan) eq.op(), eq).plan(steps, each))
                .toList());
        steps.add(new SideBySide(each, Long.MAX_VALUE));
    }

    void plan(Op.Scan scan, Equation eq, List<Step> steps) {
        new LoopPlan(planner, scan, eq).plan(steps, steps);
    }

    /// Says whether each worker takes some rows of the batch through all steps, without those that are over.
    static boolean isRunByRows(Op.Scan scan) {
        Graph body = Inline.graph(scan.body());
        var items = Fusion.items(body, new HashMap<>(), new HashMap<>(), new HashMap<>(), _ -> true, _ -> false);
        return !byRows(scan, body, items).isEmpty();
    }

    /// The values of a body that lie in rows if its steps can take any rows; else none.
    static Set<Value> byRows(Op.Scan scan, Graph body, List<Fusion.Item> items) {
        Set<Value> rows = Rows.of(scan, body);
        if (rows.isEmpty()) {
            return rows;
        }
        int batch = Rows.batch(scan, body);
        boolean fits = items.stream().filter(Fusion.Item::isGroup).allMatch(item -> {
            int rowsOfGrid = item.columns() == 0 ? item.total() : item.total() / item.columns();
            return rowsOfGrid % batch == 0;
        });
        return fits ? rows : Set.of();
    }

    /// The multiplications of a loop, about.
    static long work(Op.Scan scan, Graph body) {
        long each = 0;
        for (Equation eq : body.equations()) {
            long out = eq.out().getFirst().type().shape().count();
            each += switch (eq.op()) {
                case Op.MatMul m -> out * eq.in().getFirst().type().shape().dim(m.transposeA() ? -2 : -1);
                case Op.Scan inner -> work(inner, Inline.graph(inner.body()));
                case Op _ -> out;
            };
        }
        return each * scan.steps();
    }
}
