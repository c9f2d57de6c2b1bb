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

/// Plans one loop.
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
final class LoopPlan {

    private final Planner planner;
    private final Op.Scan scan;
    private final Equation eq;
    private final Graph body;
    private final List<Fusion.Item> items;

    /// The values of the body that lie in rows of the batch.
    private final Set<Value> rows;

    private final int batch;
    private final long work;

    /// The steps of a [Window].
    private final int together;

    /// Whether rows that work on nothing need not be run.
    private final boolean leavesOut;

    /// The first per-step value among what comes in, and the first sum among what is returned.
    private final int firstX;

    private final int firstSum;

    /// The slots of what comes in.
    private final int[] in;

    /// What comes in as it lay before it was turned.
    private final boolean[] isTurned;

    private final List<LoopStep.Row> fixed = new ArrayList<>();
    private final List<LoopStep.Row> xs = new ArrayList<>();

    /// What the body returns.
    private final List<Value> out;

    /// What the body's steps write to its place.
    private final boolean[] own;

    private final List<LoopStep.Kept> kept = new ArrayList<>();

    /// The stacked output that a carry is written to a step ahead.
    private final int[] ahead;

    LoopPlan(Planner planner, Op.Scan scan, Equation eq) {
        this.planner = planner;
        this.scan = scan;
        this.eq = eq;
        body = Inline.graph(scan.body());
        items = planner.fuse(scan, body);
        rows = Loops.byRows(scan, body, items);
        batch = rows.isEmpty() ? 1 : Rows.batch(scan, body);
        work = Loops.work(scan, body);
        together = batch == 1 ? 1 : Window.steps(batch / LoopStep.parts(work, batch, planner.workers));
        leavesOut = scan.leavesRowsOut() && !rows.isEmpty();
        firstX = scan.consts() + scan.carry();
        firstSum = scan.carry() + scan.stacked();
        in = new int[eq.in().size()];
        isTurned = new boolean[in.length];
        out = body.out().stream().map(planner::root).toList();
        own = new boolean[out.size()];
        ahead = new int[scan.carry()];
    }

    /// @param before takes what is done once, before the loops of a group
    void plan(List<Step> before, List<Step> steps) {
        for (int i = 0; i < in.length; i++) {
            Value v = eq.in().get(i);
            Value from = planner.turnedFrom(v);
            isTurned[i] = i >= firstX
                    && from != null
                    && together > 1
                    && planner.batch() == 1
                    && isReadByWindows(body.in().get(i));
            in[i] = planner.slot(isTurned[i] ? from : v, before);
        }
        Set<Integer> unchanged = constants();
        var windows = new Window.All(together, perStep(), new ArrayList<>());
        Products.Outer outer = planner.products.enter(unchanged, before, windows);
        List<Value> carried = body.in().subList(scan.consts(), firstX);
        carried.forEach(planner::bare);
        int[] results = eq.out().stream().mapToInt(planner::allocate).toArray();
        writers(carried);

        var inside = new ArrayList<Step>();
        Planner.Around around = planner.enter(batch);
        planner.items(body, items, inside);
        var carries = new ArrayList<LoopStep.Carry>();
        for (int i = 0; i < scan.carry(); i++) {
            carries.add(carry(i, carried.get(i), results, inside));
        }
        var stacked = new ArrayList<LoopStep.Row>();
        for (int i = scan.carry(); i < firstSum; i++) {
            Value v = out.get(i);
            int slot = planner.slot(v, inside);
            if (!isAhead(i)) {
                stacked.add(new LoopStep.Row(slot, results[i], count(v), count(v) / batch, own[i], isSeen(i)));
            }
        }
        var sums = new ArrayList<LoopStep.Row>();
        for (int i = firstSum; i < out.size(); i++) {
            Value v = out.get(i);
            sums.add(new LoopStep.Row(planner.slot(v, inside), results[i], count(v), 0, own[i], false));
        }
        check(windows);
        int[] local = planner.leave(around).stream().mapToInt(Integer::intValue).toArray();
        planner.release(body);
        planner.products.leave(outer);
        var shape = new LoopStep.Shape(
                scan.steps(), scan.reverse(), batch, work, together, scan.isRagged() ? in[0] : -1, named(), leavesOut);
        steps.add(new LoopStep(
                shape, inside, carries, fixed, xs, windows.windows(), stacked, sums, local, planner.kernels));
    }

    /// Notes the constants that lie in rows; the slots of the others.
    private Set<Integer> constants() {
        Set<Integer> unchanged = new HashSet<>();
        for (int i = 0; i < scan.consts(); i++) {
            Value v = body.in().get(i);
            if (rows.contains(v)) {
                fixed.add(new LoopStep.Row(planner.bare(v), in[i], 0, count(v) / batch, true, false));
            } else {
                planner.share(v, in[i]);
                unchanged.add(in[i]);
            }
        }
        return unchanged;
    }

    private Map<Value, LoopStep.Row> perStep() {
        Map<Value, LoopStep.Row> perStep = new HashMap<>();
        for (int i = firstX; i < in.length; i++) {
            Value x = body.in().get(i);
            int row = batch > 1 && !rows.contains(x) ? 0 : count(x) / batch;
            int step = isTurned[i] ? row : count(x);
            int next = isTurned[i] ? row * scan.steps() : row;
            xs.add(new LoopStep.Row(planner.bare(x), in[i], step, next, true, false));
            perStep.put(x, xs.getLast());
        }
        return perStep;
    }

    /// Who writes where: a stacked value first, then a carry, then a sum.
    private void writers(List<Value> carried) {
        Set<Value> free = Planner.made(items);
        for (int i = scan.carry(); i < firstSum; i++) {
            own[i] = free.remove(out.get(i));
        }
        List<Value> ys = out.subList(scan.carry(), firstSum);
        for (int i = 0; i < scan.carry(); i++) {
            int stacked = ys.indexOf(carried.get(i));
            own[i] = free.remove(out.get(i));
            if (!own[i]) {
                kept.add(isStacked(i) ? LoopStep.Kept.STACKED : LoopStep.Kept.COPIED);
            } else if (stacked >= 0) {
                ahead[i] = scan.carry() + stacked;
                kept.add(LoopStep.Kept.AHEAD);
            } else {
                kept.add(LoopStep.Kept.IN_TURN);
            }
        }
        Set<Value> products = unreadProducts();
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
    }

    private LoopStep.Carry carry(int i, Value carried, int[] results, List<Step> inside) {
        Value v = out.get(i);
        LoopStep.Kept how = kept.get(i);
        int slot = planner.slot(v, inside);
        int other = switch (how) {
            case IN_TURN, COPIED -> planner.fresh(v.type(), count(v));
            case AHEAD -> results[ahead[i]];
            case STACKED -> scan.isRagged() ? planner.fresh(v.type(), count(v)) : -1;
        };
        int start = in[scan.consts() + i];
        int read = planner.slot(carried, inside);
        boolean apart = scan.isRagged() && how != LoopStep.Kept.STACKED;
        int last = apart ? planner.fresh(v.type(), count(v)) : results[i];
        int row = count(v) / Math.max(batch, named());
        boolean clear = how == LoopStep.Kept.AHEAD && leavesOut && isSeen(ahead[i]);
        return new LoopStep.Carry(how, read, slot, start, results[i], last, other, count(v), row, clear);
    }

    /// How many rows say what they work on, 0 if that never changes.
    private int named() {
        return scan.isRagged() ? eq.in().getFirst().type().shape().dim(1) : 0;
    }

    private boolean isAhead(int output) {
        for (int i = 0; i < scan.carry(); i++) {
            if (kept.get(i) == LoopStep.Kept.AHEAD && ahead[i] == output) {
                return true;
            }
        }
        return false;
    }

    /// What was not turned must be read by a window.
    private void check(Window.All windows) {
        for (int i = firstX; i < in.length; i++) {
            LoopStep.Row x = xs.get(i - firstX);
            if (isTurned[i] && windows.windows().stream().noneMatch(w -> w.x() == x)) {
                throw new IllegalStateException("loop: no window reads input " + i + ", which is not turned");
            }
        }
    }

    /// Says whether all that reads what comes into a loop is a [Window].
    private boolean isReadByWindows(Value x) {
        List<Equation> readers = body.equations().stream()
                .filter(reader -> reader.in().stream().anyMatch(v -> planner.root(v) == x))
                .toList();
        return rows.contains(x)
                && !out.contains(x)
                && !readers.isEmpty()
                && readers.stream()
                        .allMatch(reader -> reader.op() instanceof Op.MatMul op
                                && reader.in().getFirst() == x
                                && isSame(reader.in().getLast())
                                && planner.products.isWindow(op, reader)
                                && !out.contains(reader.out().getFirst()));
    }

    /// Says whether a value is the same at each step.
    private boolean isSame(Value v) {
        int place = body.in().indexOf(v);
        return place >= 0 && place < scan.consts() && !rows.contains(v);
    }

    private static int count(Value v) {
        return v.type().shape().count();
    }

    /// Says whether somebody may read the rows that a loop leaves out of a stacked value.
    private boolean isSeen(int output) {
        return planner.tokens()
                .asked(eq.out().get(output))
                .filter(work -> work.sequences() == eq.in().getFirst())
                .isEmpty();
    }

    /// Says whether a carry's next value is written to its place among the stacked outputs.
    private boolean isStacked(int carry) {
        for (int i = scan.carry(); i < firstSum; i++) {
            if (own[i] && out.get(i) == out.get(carry)) {
                return true;
            }
        }
        return false;
    }

    /// The products that are returned once and read nowhere.
    private Set<Value> unreadProducts() {
        Map<Value, Integer> reads = new HashMap<>();
        Set<Value> products = new HashSet<>();
        for (Equation each : body.equations()) {
            each.in().forEach(v -> reads.merge(planner.root(v), 1, Integer::sum));
            if (each.op() instanceof Op.MatMul) {
                products.addAll(each.out());
            }
        }
        body.out().forEach(v -> reads.merge(planner.root(v), 1, Integer::sum));
        // A view of a product counts as a read above, so a product behind a view is simply not among these.
        products.removeIf(v -> reads.getOrDefault(v, 0) != 1);
        return products;
    }
}
