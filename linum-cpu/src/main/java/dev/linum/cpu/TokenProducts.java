package dev.linum.cpu;

import dev.linum.graph.DType;
import dev.linum.graph.Equation;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Type;
import dev.linum.graph.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Plans products over the real steps of sequences only; see [Tokens].
///
/// Rows of a result that need not be computed are set to zero if somebody may read them. A product that sums over
/// rows adds the real ones in the same order as the whole product would, so it gives the same numbers.
final class TokenProducts {

    /// So many multiplications are done before another thread has taken its part of them.
    private static final long ALONE = 1 << 18;

    private final Planner planner;
    private final Map<Layout, Integer> rows = new HashMap<>();

    TokenProducts(Planner planner) {
        this.planner = planner;
    }

    /// Where the rows of a batch lie in a tensor `[steps, batch, size]`, and how many of them are at work.
    private record Layout(int sequences, int steps, int batch) {
        int count(Frame f, int t) {
            return LoopStep.atWork(f.ints(sequences), f.offset[sequences] + t * batch, batch);
        }
    }

    /// Plans a product of floats if it can leave rows out; says whether it did.
    boolean plan(Op.MatMul op, Equation eq, Tokens tokens, List<Step> steps) {
        Value left = eq.in().get(0);
        Value right = eq.in().get(1);
        if (!takes(op, eq)) {
            return false;
        }
        Optional<Tokens.Work> work = op.transposeA() ? tokens.summed(eq) : tokens.rows(eq);
        work.ifPresent(w -> {
            var layout = new Layout(planner.slot(w.sequences(), steps), w.steps(), w.batch());
            if (op.transposeA()) {
                sum(left, right, eq.out().getFirst(), layout, steps);
            } else {
                boolean clear =
                        tokens.asked(eq.out().getFirst()).filter(w::equals).isEmpty();
                rows(op, left, right, eq.out().getFirst(), layout, clear, steps);
            }
        });
        return work.isPresent();
    }

    /// Says whether a product is of a kind that can leave rows out.
    static boolean takes(Op.MatMul op, Equation eq) {
        Type left = eq.in().getFirst().type();
        return left.shape().rank() == 2
                && Storage.Kind.of(left) == Storage.Kind.FLOATS
                && !(op.transposeA() && op.transposeB());
    }

    private void rows(
            Op.MatMul op, Value left, Value right, Value out, Layout layout, boolean clear, List<Step> steps) {
        int a = planner.slot(left, steps);
        int b = planner.slot(right, steps);
        int to = planner.allocate(out);
        int k = left.type().shape().last();
        int n = out.type().shape().last();
        int bRow = op.transposeB() ? 1 : n;
        int bColumn = op.transposeB() ? k : 1;
        Kernels kernels = planner.kernels;
        int packed = planner.products.packed(b, k, n, bRow, bColumn, steps);
        Frame.Shared part = (f, index, parts) -> {
            // The steps that all rows take part in are one product, of which each worker has some rows.
            int full = 0;
            while (full < layout.steps && layout.count(f, full) == layout.batch) {
                full++;
            }
            int first = (int) ((long) full * layout.batch * index / parts);
            int end = (int) ((long) full * layout.batch * (index + 1) / parts);
            product(f, kernels, first, end - first, n, k, a, packed, to);
            for (int t = full + index; t < layout.steps; t += parts) {
                int m = layout.count(f, t);
                int row = t * layout.batch;
                product(f, kernels, row, m, n, k, a, packed, to);
                if (clear) {
                    Storage.zero(f.data[to], f.offset[to] + (row + m) * n, (layout.batch - m) * n);
                }
            }
        };
        steps.add(f -> {
            long work = 0;
            for (int t = 0; t < layout.steps && work < ALONE; t++) {
                work += (long) layout.count(f, t) * n * k;
            }
            f.share(part, work < ALONE ? 1 : f.workers.size());
        });
    }

    /// Some rows of `A B`, packed, by one worker.
    private static void product(Frame f, Kernels kernels, int row, int m, int n, int k, int a, int packed, int to) {
        kernels.multiplyPacked(
                m,
                n,
                k,
                f.floats(a),
                f.offset[a] + row * k,
                k,
                1,
                f.packed(packed),
                false,
                f.floats(to),
                f.offset[to] + row * n,
                n,
                Workers.ALONE);
    }

    private void sum(Value left, Value right, Value out, Layout layout, List<Step> steps) {
        int a = planner.slot(left, steps);
        int b = planner.slot(right, steps);
        int real = rows.computeIfAbsent(layout, _ -> rows(layout, steps));
        int to = planner.allocate(out);
        int m = left.type().shape().last();
        int n = right.type().shape().last();
        int most = layout.steps * layout.batch;
        Kernels kernels = planner.kernels;
        steps.add(f -> kernels.multiplyRows(
                f.ints(real),
                f.ints(real)[most],
                m,
                n,
                f.floats(a),
                f.offset[a],
                f.floats(b),
                f.offset[b],
                f.floats(to),
                f.offset[to],
                f.workers));
    }

    /// Returns a slot with the rows at work, and how many these are in its last place.
    private int rows(Layout layout, List<Step> steps) {
        int most = layout.steps * layout.batch;
        int to = planner.fresh(new Type(DType.I32, Shape.of(most + 1)), most + 1);
        steps.add(f -> {
            int[] rows = f.ints(to);
            int k = 0;
            for (int t = 0; t < layout.steps; t++) {
                int count = layout.count(f, t);
                for (int r = 0; r < count; r++) {
                    rows[k++] = t * layout.batch + r;
                }
            }
            rows[most] = k;
        });
        return to;
    }
}
