package dev.linum.cpu;

import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Rows;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Plans loops.
///
/// The body is planned once. While it runs, slots are pointed elsewhere from step to step instead of copying:
///
/// ```
///   x_t      into the stacked inputs, at t
///   y_t      into the stacked outputs, at t: the step that makes it writes it to its place
///   carry    at what the step before wrote: among the outputs if it is stacked, else one of two buffers in turn
///   s_t      a product is added to the sum as it is made
///   x_t W    at its part of a product of some steps, see [Window]
/// ```
///
/// What the body returns without making it (an input, a constant, the same value twice) is copied.
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
                .map(eq -> (Runnable) () -> plan((Op.Scan) eq.op(), eq, steps, each))
                .toList());
        steps.add(new SideBySide(each, Long.MAX_VALUE));
    }

    void plan(Op.Scan scan, Equation eq, List<Step> steps) {
        plan(scan, eq, steps, steps);
    }

    /// @param before takes what is done once, before the loops of a group
    private void plan(Op.Scan scan, Equation eq, List<Step> before, List<Step> steps) {
        Graph body = Inline.graph(scan.body());
        List<Fusion.Item> items = planner.fuse(body);
        Set<Value> rows = byRows(scan, body, items);
        int batch = rows.isEmpty() ? 1 : Rows.batch(scan, body);
        long work = work(scan, body);
        int together = batch == 1 ? 1 : Window.steps(batch / LoopStep.parts(work, batch, planner.workers));
        int firstX = scan.consts() + scan.carry();
        int[] in = new int[eq.in().size()];
        boolean[] isTurned = new boolean[in.length];
        for (int i = 0; i < in.length; i++) {
            Value v = eq.in().get(i);
            Value from = planner.turnedFrom(v);
            isTurned[i] = i >= firstX
                    && from != null
                    && together > 1
                    && planner.batch() == 1
                    && isReadByWindows(body.in().get(i), scan, body, rows);
            in[i] = planner.slot(isTurned[i] ? from : v, steps);
        }
        boolean leavesOut = scan.leavesRowsOut() && !rows.isEmpty();
        int named = scan.isRagged() ? eq.in().getFirst().type().shape().dim(1) : 0;
        int height = Math.max(batch, named);
        Set<Integer> unchanged = new HashSet<>();
        var fixed = new ArrayList<LoopStep.Row>();
        for (int i = 0; i < scan.consts(); i++) {
            Value v = body.in().get(i);
            if (rows.contains(v)) {
                fixed.add(new LoopStep.Row(planner.bare(v), in[i], 0, count(v) / batch, true, false));
            } else {
                planner.share(v, in[i]);
                unchanged.add(in[i]);
            }
        }
        var xs = new ArrayList<LoopStep.Row>();
        Map<Value, LoopStep.Row> perStep = new HashMap<>();
        for (int i = firstX; i < in.length; i++) {
            Value x = body.in().get(i);
            int row = batch > 1 && !rows.contains(x) ? 0 : count(x) / batch;
            int step = isTurned[i] ? row : count(x);
            int next = isTurned[i] ? row * scan.steps() : row;
            xs.add(new LoopStep.Row(planner.bare(x), in[i], step, next, true, false));
            perStep.put(x, xs.getLast());
        }
        var windows = new Window.All(together, perStep, new ArrayList<>());
        Products.Outer outer = planner.products.enter(unchanged, before, windows);
        List<Value> carried = body.in().subList(scan.consts(), firstX);
        carried.forEach(planner::bare);
        int[] results = eq.out().stream().mapToInt(planner::allocate).toArray();

        // Who writes where: a stacked value first, then a carry, then a sum.
        List<Value> out = body.out().stream().map(planner::root).toList();
        int firstSum = scan.carry() + scan.stacked();
        Set<Value> free = Planner.made(items);
        boolean[] own = new boolean[out.size()];
        for (int i = scan.carry(); i < firstSum; i++) {
            own[i] = free.remove(out.get(i));
        }
        List<Value> ys = out.subList(scan.carry(), firstSum);
        int[] ahead = new int[out.size()];
        var kept = new ArrayList<LoopStep.Kept>();
        for (int i = 0; i < scan.carry(); i++) {
            int stacked = ys.indexOf(carried.get(i));
            if (!free.remove(out.get(i))) {
                kept.add(isStacked(out, own, i, scan) ? LoopStep.Kept.STACKED : LoopStep.Kept.COPIED);
            } else if (stacked >= 0) {
                own[i] = true;
                ahead[i] = scan.carry() + stacked;
                kept.add(LoopStep.Kept.AHEAD);
            } else {
                own[i] = true;
                kept.add(LoopStep.Kept.IN_TURN);
            }
        }
        Set<Value> products = unreadProducts(body);
        for (int i = firstSum; i < out.size(); i++) {
            own[i] = products.contains(out.get(i)) && free.remove(out.get(i));
            if (own[i]) {
                planner.products.sum(out.get(i));
            }
        }
        for (int i = 0; i < out.size(); i++) {
            if (own[i]) {
                planner.external(out.get(i));
            }
        }

        var inside = new ArrayList<Step>();
        Planner.Around around = planner.enter(batch);
        planner.items(body, items, inside);
        var carries = new ArrayList<LoopStep.Carry>();
        var stackedRows = new ArrayList<LoopStep.Row>();
        var sums = new ArrayList<LoopStep.Row>();
        Set<Integer> isAhead = new HashSet<>();
        for (int i = 0; i < out.size(); i++) {
            Value v = out.get(i);
            int slot = planner.slot(v, inside);
            if (i < scan.carry()) {
                int other = switch (kept.get(i)) {
                    case IN_TURN, COPIED -> planner.fresh(v.type(), count(v));
                    case AHEAD -> results[ahead[i]];
                    case STACKED -> scan.isRagged() ? planner.fresh(v.type(), count(v)) : -1;
                };
                if (kept.get(i) == LoopStep.Kept.AHEAD) {
                    isAhead.add(ahead[i]);
                }
                int start = in[scan.consts() + i];
                int read = planner.slot(carried.get(i), inside);
                boolean apart = scan.isRagged() && kept.get(i) != LoopStep.Kept.STACKED;
                int last = apart ? planner.fresh(v.type(), count(v)) : results[i];
                carries.add(new LoopStep.Carry(
                        kept.get(i),
                        read,
                        slot,
                        start,
                        results[i],
                        last,
                        other,
                        count(v),
                        count(v) / height,
                        kept.get(i) == LoopStep.Kept.AHEAD && leavesOut && isSeen(eq, ahead[i])));
            } else if (i >= firstSum) {
                sums.add(new LoopStep.Row(slot, results[i], count(v), 0, own[i], false));
            } else if (!isAhead.contains(i)) {
                stackedRows.add(new LoopStep.Row(slot, results[i], count(v), count(v) / batch, own[i], isSeen(eq, i)));
            }
        }
        for (int i = firstX; i < in.length; i++) {
            LoopStep.Row x = xs.get(i - firstX);
            if (isTurned[i] && windows.windows().stream().noneMatch(w -> w.x() == x)) {
                throw new IllegalStateException("loop: no window reads input " + i + ", which is not turned");
            }
        }
        int[] local = planner.leave(around).stream().mapToInt(Integer::intValue).toArray();
        planner.release(body);
        planner.products.leave(outer);
        steps.add(new LoopStep(
                new LoopStep.Shape(
                        scan.steps(),
                        scan.reverse(),
                        batch,
                        work,
                        together,
                        scan.isRagged() ? in[0] : -1,
                        named,
                        leavesOut),
                inside,
                carries,
                fixed,
                xs,
                windows.windows(),
                stackedRows,
                sums,
                local,
                planner.kernels));
    }

    /// Says whether each worker takes some rows of the batch through all steps, without those that are over.
    static boolean isRunByRows(Op.Scan scan) {
        Graph body = Inline.graph(scan.body());
        var items = Fusion.items(body, new HashMap<>(), new HashMap<>(), new HashMap<>(), _ -> true);
        return !byRows(scan, body, items).isEmpty();
    }

    /// The values of a body that lie in rows if its steps can take any rows; else none.
    private static Set<Value> byRows(Op.Scan scan, Graph body, List<Fusion.Item> items) {
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

    /// Says whether all that reads what comes into a loop is a [Window].
    private boolean isReadByWindows(Value x, Op.Scan scan, Graph body, Set<Value> rows) {
        Set<Value> out = new HashSet<>(body.out().stream().map(planner::root).toList());
        List<Equation> readers = body.equations().stream()
                .filter(eq -> eq.in().stream().anyMatch(v -> planner.root(v) == x))
                .toList();
        return rows.contains(x)
                && !out.contains(x)
                && !readers.isEmpty()
                && readers.stream()
                        .allMatch(eq -> eq.op() instanceof Op.MatMul op
                                && eq.in().getFirst() == x
                                && isSame(eq.in().getLast(), scan, body, rows)
                                && planner.products.isWindow(op, eq)
                                && !out.contains(eq.out().getFirst()));
    }

    /// Says whether a value is the same at each step.
    private static boolean isSame(Value v, Op.Scan scan, Graph body, Set<Value> rows) {
        int place = body.in().indexOf(v);
        return place >= 0 && place < scan.consts() && !rows.contains(v);
    }

    /// The multiplications of a loop, about.
    static long work(Op.Scan scan, Graph body) {
        long each = 0;
        for (Equation eq : body.equations()) {
            long out = count(eq.out().getFirst());
            each += switch (eq.op()) {
                case Op.MatMul m -> out * eq.in().getFirst().type().shape().dim(m.transposeA() ? -2 : -1);
                case Op.Scan inner -> work(inner, Inline.graph(inner.body()));
                case Op _ -> out;
            };
        }
        return each * scan.steps();
    }

    private static int count(Value v) {
        return v.type().shape().count();
    }

    /// Says whether somebody may read the rows that a loop leaves out of a stacked value.
    private boolean isSeen(Equation loop, int output) {
        return planner.tokens()
                .asked(loop.out().get(output))
                .filter(work -> work.sequences() == loop.in().getFirst())
                .isEmpty();
    }

    /// Says whether a carry's next value is written to its place among the stacked outputs.
    private static boolean isStacked(List<Value> out, boolean[] own, int carry, Op.Scan scan) {
        for (int i = scan.carry(); i < scan.carry() + scan.stacked(); i++) {
            if (own[i] && out.get(i) == out.get(carry)) {
                return true;
            }
        }
        return false;
    }

    /// The products that are returned once and read nowhere.
    private Set<Value> unreadProducts(Graph body) {
        Map<Value, Integer> reads = new HashMap<>();
        Set<Value> products = new HashSet<>();
        for (Equation eq : body.equations()) {
            eq.in().forEach(v -> reads.merge(planner.root(v), 1, Integer::sum));
            if (eq.op() instanceof Op.MatMul) {
                products.addAll(eq.out());
            }
        }
        body.out().forEach(v -> reads.merge(planner.root(v), 1, Integer::sum));
        // A view of a product counts as a read above, so a product behind a view is simply not among these.
        products.removeIf(v -> reads.getOrDefault(v, 0) != 1);
        return products;
    }
}
