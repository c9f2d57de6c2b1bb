package dev.linum.cpu;

import dev.linum.graph.DType;
import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Type;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Plans loops and the products in them.
///
/// The body is planned once. While it runs, slots are pointed elsewhere from step to step instead of copying:
///
/// ```
///   x_t      into the stacked inputs, at t
///   y_t      into the stacked outputs, at t: the step that makes it writes it to its place
///   carry    at what the step before wrote: its place among the outputs if it is one, else one of two buffers in
/// turn
/// ```
///
/// A matrix that is the same at each step is packed once, before the loop.
final class Loops {

    private final Planner planner;

    /// The slots that do not change in the innermost loop being planned, and what to do before it.
    private Set<Integer> constants = Set.of();

    private List<Step> before = List.of();

    Loops(Planner planner) {
        this.planner = planner;
    }

    /// One carried value: the slots its body reads and writes, and the two buffers it goes through.
    private record Carry(int in, int out, int one, int two, int size, Kept kept, int result, int first) {}

    private enum Kept {
        /// Written into one of two buffers in turn.
        IN_TURN,
        /// Written into its place among the stacked outputs.
        STACKED,
        /// A view of something else: copied into one of two buffers in turn.
        COPIED
    }

    private record Row(int body, int stacked, int size, boolean own) {}

    void plan(Op.Scan scan, Equation eq, List<Step> steps) {
        Graph body = Inline.graph(scan.body());
        List<Fusion.Item> items = planner.fuse(body);
        int[] in = planner.slots(eq, steps);
        Set<Integer> outerConstants = constants;
        List<Step> outerBefore = before;
        constants = new HashSet<>();
        before = new ArrayList<>();

        for (int i = 0; i < scan.consts(); i++) {
            planner.share(body.in().get(i), in[i]);
            constants.add(in[i]);
        }
        int firstX = scan.consts() + scan.carry();
        var xs = new ArrayList<Row>();
        for (int i = 0; i < scan.xs(); i++) {
            Value x = body.in().get(firstX + i);
            xs.add(new Row(planner.bare(x), in[firstX + i], x.type().shape().count(), true));
        }
        int[] carryIn = new int[scan.carry()];
        for (int i = 0; i < carryIn.length; i++) {
            carryIn[i] = planner.bare(body.in().get(scan.consts() + i));
        }
        int[] results = eq.out().stream().mapToInt(planner::allocate).toArray();

        Set<Value> made = Planner.made(items);
        Set<Value> placed = new HashSet<>();
        List<Value> out = body.out().stream().map(planner::root).toList();
        List<Value> ys = out.subList(scan.carry(), scan.carry() + scan.stacked());
        for (Value y : ys) {
            if (made.contains(y) && placed.add(y)) {
                planner.external(y);
            }
        }
        var kept = new ArrayList<Kept>();
        for (int i = 0; i < scan.carry(); i++) {
            Value next = out.get(i);
            if (placed.contains(next)) {
                kept.add(ys.contains(next) ? Kept.STACKED : Kept.COPIED);
            } else if (made.contains(next)) {
                placed.add(next);
                planner.external(next);
                kept.add(Kept.IN_TURN);
            } else {
                kept.add(Kept.COPIED);
            }
        }

        var inside = new ArrayList<Step>();
        planner.items(body, items, inside);
        var carries = new ArrayList<Carry>();
        for (int i = 0; i < scan.carry(); i++) {
            Value next = out.get(i);
            Type type = next.type();
            int size = type.shape().count();
            boolean stacked = kept.get(i) == Kept.STACKED;
            carries.add(new Carry(
                    carryIn[i],
                    planner.slot(next, inside),
                    stacked ? -1 : planner.fresh(type, size),
                    stacked ? -1 : planner.fresh(type, size),
                    size,
                    kept.get(i),
                    results[i],
                    in[scan.consts() + i]));
        }
        var rows = new ArrayList<Row>();
        Set<Value> seen = new HashSet<>();
        for (int i = 0; i < ys.size(); i++) {
            Value y = ys.get(i);
            boolean own = made.contains(y) && seen.add(y);
            rows.add(new Row(
                    planner.slot(y, inside),
                    results[scan.carry() + i],
                    y.type().shape().count(),
                    own));
        }
        var sums = new ArrayList<Row>();
        for (int i = scan.carry() + scan.stacked(); i < body.out().size(); i++) {
            Value s = out.get(i);
            sums.add(new Row(
                    planner.slot(s, inside), results[i], s.type().shape().count(), false));
        }
        planner.release(body);
        List<Step> first = before;
        constants = outerConstants;
        before = outerBefore;
        int count = scan.steps();
        boolean reverse = scan.reverse();
        Step[] all = inside.toArray(Step[]::new);
        Carry[] carry = carries.toArray(Carry[]::new);
        Row[] inputs = xs.toArray(Row[]::new);
        Row[] outputs = rows.toArray(Row[]::new);
        Row[] totals = sums.toArray(Row[]::new);
        Kernels kernels = planner.kernels;
        steps.add(f -> {
            for (Step step : first) {
                step.run(f);
            }
            run(f, count, reverse, all, carry, inputs, outputs, totals, kernels);
        });
    }

    private static void run(
            Frame f,
            int count,
            boolean reverse,
            Step[] steps,
            Carry[] carries,
            Row[] xs,
            Row[] rows,
            Row[] sums,
            Kernels kernels) {
        for (Carry c : carries) {
            f.set(c.in, f.data[c.first], f.offset[c.first]);
        }
        for (Row s : sums) {
            Storage.zero(f.data[s.stacked], f.offset[s.stacked], s.size);
        }
        for (int n = 0; n < count; n++) {
            int t = reverse ? count - 1 - n : n;
            boolean even = (n & 1) == 0;
            for (Row x : xs) {
                f.set(x.body, f.data[x.stacked], f.offset[x.stacked] + t * x.size);
            }
            for (Row y : rows) {
                if (y.own) {
                    f.set(y.body, f.data[y.stacked], f.offset[y.stacked] + t * y.size);
                }
            }
            for (Carry c : carries) {
                if (c.kept == Kept.IN_TURN) {
                    f.set(c.out, f.data[even ? c.one : c.two], 0);
                }
            }
            for (Step step : steps) {
                step.run(f);
            }
            for (Row y : rows) {
                if (!y.own) {
                    System.arraycopy(
                            f.data[y.body],
                            f.offset[y.body],
                            f.data[y.stacked],
                            f.offset[y.stacked] + t * y.size,
                            y.size);
                }
            }
            for (Row s : sums) {
                Moves.add(kernels, f.data[s.body], f.offset[s.body], f.data[s.stacked], f.offset[s.stacked], s.size);
            }
            for (Carry c : carries) {
                if (c.kept == Kept.COPIED) {
                    System.arraycopy(f.data[c.out], f.offset[c.out], f.data[even ? c.one : c.two], 0, c.size);
                }
            }
            for (Carry c : carries) {
                if (c.kept == Kept.COPIED) {
                    f.set(c.in, f.data[even ? c.one : c.two], 0);
                } else {
                    f.set(c.in, f.data[c.out], f.offset[c.out]);
                }
            }
        }
        for (Carry c : carries) {
            System.arraycopy(f.data[c.in], f.offset[c.in], f.data[c.result], f.offset[c.result], c.size);
        }
    }

    // ---- products

    void product(Op.MatMul op, Equation eq, List<Step> steps) {
        Value left = eq.in().get(0);
        Value right = eq.in().get(1);
        int a = planner.slot(left, steps);
        int b = planner.slot(right, steps);
        Value out = eq.out().getFirst();
        int to = planner.allocate(out);
        Shape as = left.type().shape();
        Shape bs = right.type().shape();
        int m = as.dim(op.transposeA() ? -1 : -2);
        int k = as.dim(op.transposeA() ? -2 : -1);
        int n = bs.dim(op.transposeB() ? -2 : -1);
        int aRow = op.transposeA() ? 1 : k;
        int aColumn = op.transposeA() ? m : 1;
        int bRow = op.transposeB() ? 1 : n;
        int bColumn = op.transposeB() ? k : 1;
        int batch = as.sub(0, as.rank() - 2).count();
        Kernels kernels = planner.kernels;
        Workers workers = planner.workers;
        if (out.type().dtype() == DType.F64) {
            steps.add(f -> {
                for (int i = 0; i < batch; i++) {
                    kernels.multiply(
                            m,
                            n,
                            k,
                            f.doubles(a),
                            f.offset[a] + i * m * k,
                            aRow,
                            aColumn,
                            f.doubles(b),
                            f.offset[b] + i * k * n,
                            bRow,
                            bColumn,
                            false,
                            f.doubles(to),
                            f.offset[to] + i * m * n,
                            n,
                            workers);
                }
            });
        } else if (batch == 1 && constants.contains(b) && (long) k * n > 0) {
            int packed = planner.fresh(out.type(), kernels.packedSize(k, n));
            before.add(f -> kernels.pack(k, n, f.floats(b), f.offset[b], bRow, bColumn, f.floats(packed), 0));
            steps.add(f -> kernels.multiplyPacked(
                    m,
                    n,
                    k,
                    f.floats(a),
                    f.offset[a],
                    aRow,
                    aColumn,
                    f.floats(packed),
                    0,
                    false,
                    f.floats(to),
                    f.offset[to],
                    n,
                    workers));
        } else {
            steps.add(f -> {
                for (int i = 0; i < batch; i++) {
                    kernels.multiply(
                            m,
                            n,
                            k,
                            f.floats(a),
                            f.offset[a] + i * m * k,
                            aRow,
                            aColumn,
                            f.floats(b),
                            f.offset[b] + i * k * n,
                            bRow,
                            bColumn,
                            false,
                            f.floats(to),
                            f.offset[to] + i * m * n,
                            n,
                            workers);
                }
            });
        }
    }
}
