package dev.linum.cpu;

import dev.linum.graph.DType;
import dev.linum.graph.Equation;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Value;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Plans matrix products.
///
/// A matrix that is the same at each step of a loop is packed once, before the loop and for all loops after it; a
/// constant, while planning. A product that a loop only sums is added to the sum as it is made. One of a loop's inputs
/// is computed for some steps at once, see [Window].
final class Products {

    private final Planner planner;
    private final Set<Value> summed = new HashSet<>();
    private final Set<Value> made = new HashSet<>();

    /// The slots that do not change in the innermost loop being planned, and what to do before it.
    private Set<Integer> constants = Set.of();

    private List<Step> before = List.of();

    private Window.All windows = Window.All.NONE;

    /// How a matrix is packed.
    private record Packing(int b, int k, int n, int bRow, int bColumn) {}

    /// For some steps, where those that come later find what is packed; constants are packed by none.
    private final Map<List<Step>, Map<Packing, Integer>> packed = new IdentityHashMap<>();

    private final TokenProducts tokens;

    Products(Planner planner) {
        this.planner = planner;
        this.tokens = new TokenProducts(planner);
    }

    /// What was known of the loop around.
    record Outer(Set<Integer> constants, List<Step> before, Window.All windows) {}

    /// Begins a loop in which some slots do not change.
    ///
    /// @param first takes what is to be done before it
    Outer enter(Set<Integer> unchanged, List<Step> first, Window.All all) {
        var outer = new Outer(constants, before, windows);
        constants = unchanged;
        before = first;
        windows = all;
        return outer;
    }

    /// Ends a loop.
    void leave(Outer outer) {
        constants = outer.constants();
        before = outer.before();
        windows = outer.windows();
    }

    /// Lets a product be added to what is in its place, not written over it.
    void sum(Value product) {
        summed.add(product);
    }

    /// Puts a number where a product is to be added to it.
    private void copy(Value v, int to, List<Step> steps) {
        int from = planner.slot(v, steps);
        int each = v.type().shape().count() / planner.batch();
        steps.add(f -> System.arraycopy(f.data[from], f.offset[from], f.data[to], f.offset[to], each * f.rows));
    }

    /// Returns the slot of a packed B: packed now if it is a constant, else by a step.
    int packed(int b, int k, int n, int bRow, int bColumn, List<Step> steps) {
        var by = planner.isConstant(b) ? List.<Step>of() : steps;
        return packed.computeIfAbsent(by, _ -> new HashMap<>())
                .computeIfAbsent(new Packing(b, k, n, bRow, bColumn), _ -> pack(b, k, n, bRow, bColumn, steps));
    }

    private int pack(int b, int k, int n, int bRow, int bColumn, List<Step> steps) {
        Kernels kernels = planner.kernels;
        if (planner.isConstant(b)) {
            MemorySegment all = kernels.roomForPacked(k, n);
            kernels.pack(k, n, (float[]) planner.constant(b), 0, bRow, bColumn, all, Workers.ALONE);
            return planner.constant(all);
        }
        int to = planner.fresh(() -> kernels.roomForPacked(k, n));
        steps.add(f -> kernels.pack(k, n, f.floats(b), f.offset[b], bRow, bColumn, f.packed(to), f.workers));
        return to;
    }

    /// Plans products of which none reads another, one for each worker.
    void plan(List<Equation> independent, List<Step> steps) {
        var each = new ArrayList<Step>();
        for (Equation eq : independent) {
            // What is looked up or packed before is there for the next ones too.
            plan((Op.MatMul) eq.op(), eq, steps);
            each.add(steps.removeLast());
        }
        steps.add(new SideBySide(
                each, independent.stream().mapToLong(IndependentProducts::work).sum()));
    }

    /// Says whether a product with a matrix that stays can be computed for some steps at once, unless a step returns
    /// it.
    boolean isWindow(Op.MatMul op, Equation eq) {
        Value left = planner.root(eq.in().getFirst());
        return !op.transposeA()
                && left.type().shape().rank() == 2
                && left.type().dtype() == DType.F32
                && planner.addedTo(eq.out().getFirst()).isEmpty();
    }

    /// Plans a product of what comes into a loop, if it can be computed for some steps at once.
    private boolean window(Op.MatMul op, Equation eq, List<Step> steps) {
        Value left = planner.root(eq.in().getFirst());
        Value out = eq.out().getFirst();
        LoopStep.Row x = windows.xs().get(left);
        if (windows.steps() == 1 || x == null || x.row() == 0 || !isWindow(op, eq) || planner.isExternal(out)) {
            return false;
        }
        int b = planner.slot(eq.in().get(1), steps);
        if (!constants.contains(b) && !planner.isConstant(b)) {
            return false;
        }
        int k = left.type().shape().last();
        int n = out.type().shape().last();
        int packed = packed(b, k, n, op.transposeB() ? 1 : n, op.transposeB() ? k : 1, before);
        int rows = planner.kept(left.type(), left.type().shape().count() * windows.steps());
        int parts = planner.kept(out.type(), out.type().shape().count() * windows.steps());
        Kernels kernels = planner.kernels;
        made.add(out);
        windows.windows()
                .add(new Window(
                        planner.bare(out),
                        parts,
                        n,
                        x,
                        rows,
                        k,
                        (f, m) -> kernels.multiplyPacked(
                                m,
                                n,
                                k,
                                f.floats(rows),
                                f.offset[rows],
                                k,
                                1,
                                f.packed(packed),
                                false,
                                f.floats(parts),
                                f.offset[parts],
                                n,
                                f.workers)));
        return true;
    }

    void plan(Op.MatMul op, Equation eq, List<Step> steps) {
        if (tokens.plan(op, eq, planner.tokens(), steps)) {
            return;
        }
        if (window(op, eq, steps)) {
            return;
        }
        Value left = eq.in().get(0);
        Value right = eq.in().get(1);
        int a = planner.slot(left, steps);
        int b = planner.slot(right, steps);
        Value out = eq.out().getFirst();
        int to = place(out, steps);
        Shape as = left.type().shape();
        Shape bs = right.type().shape();
        int height = as.dim(op.transposeA() ? -1 : -2);
        int k = as.dim(op.transposeA() ? -2 : -1);
        int n = bs.dim(op.transposeB() ? -2 : -1);
        int aRow = op.transposeA() ? 1 : k;
        int aColumn = op.transposeA() ? height : 1;
        int bRow = op.transposeB() ? 1 : n;
        int bColumn = op.transposeB() ? k : 1;
        int count = as.sub(0, as.rank() - 2).count();
        // In a loop over rows of a batch, either the rows of one product or the number of products follows the rows.
        boolean tall = as.rank() == 2;
        int m = tall ? height / planner.batch() : height;
        int batch = tall ? count : count / planner.batch();
        boolean add = planner.addedTo(out).isPresent() || summed.contains(out);
        boolean isDouble = out.type().dtype() == DType.F64;
        Kernels kernels = planner.kernels;
        if (!isDouble && tall && (long) k * n > 0 && (constants.contains(b) || planner.isConstant(b))) {
            int packed = packed(b, k, n, bRow, bColumn, before);
            steps.add(f -> kernels.multiplyPacked(
                    m * f.rows,
                    n,
                    k,
                    f.floats(a),
                    f.offset[a],
                    aRow,
                    aColumn,
                    f.packed(packed),
                    add,
                    f.floats(to),
                    f.offset[to],
                    n,
                    f.workers));
            return;
        }
        steps.add(f -> {
            int rows = tall ? m * f.rows : m;
            for (int i = 0; i < (tall ? batch : batch * f.rows); i++) {
                int ao = f.offset[a] + i * m * k;
                int bo = f.offset[b] + i * k * n;
                int co = f.offset[to] + i * m * n;
                if (isDouble) {
                    double[] x = f.doubles(a);
                    double[] y = f.doubles(b);
                    double[] z = f.doubles(to);
                    kernels.multiply(rows, n, k, x, ao, aRow, aColumn, y, bo, bRow, bColumn, add, z, co, n, f.workers);
                } else {
                    float[] x = f.floats(a);
                    float[] y = f.floats(b);
                    float[] z = f.floats(to);
                    kernels.multiply(rows, n, k, x, ao, aRow, aColumn, y, bo, bRow, bColumn, add, z, co, n, f.workers);
                }
            }
        });
    }

    /// The slot of a product: that of the product it is added to, or one with the number it is added to, if any.
    private int place(Value product, List<Step> steps) {
        Optional<Value> first = planner.addedTo(product);
        int to = first.filter(made::contains)
                .map(other -> planner.takeOver(product, other))
                .orElseGet(() -> planner.allocate(product));
        first.filter(v -> !made.contains(v)).ifPresent(v -> copy(v, to, steps));
        made.add(product);
        return to;
    }
}
