package dev.linum.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/// Keeps sums over steps and rows row by row in the loop, instead of stacking what is summed.
///
/// ```
///   sum over steps of (sum over rows of v)     becomes     a' = a + v  in the loop,  sum over rows of a  after it
/// ```
///
/// The gradients of a layer's scale and bias are such sums. Stacked, `v` is as large as all steps together, and is
/// written to memory and read again; `a` is as large as one step and stays in cache. Each row adds up its own steps,
/// so workers that have some rows each need not meet, and the sum does not depend on how many there are.
///
/// Left alone is what is stacked anyway, for a product over all steps or as a result, and what follows from a product
/// that could leave the loop ([Fission]).
final class RowSums {

    private final Op.Scan scan;
    private final Graph body;
    private final int batch;
    private final Map<Value, Equation> source = new HashMap<>();

    private RowSums(Op.Scan scan) {
        this.scan = scan;
        this.body = scan.body();
        this.batch = Rows.batch(scan, body);
        body.equations().forEach(eq -> eq.out().forEach(v -> source.put(v, eq)));
    }

    /// The results of a loop, which `emit` adds to the open trace with such sums as further carries.
    static List<Tensor> kept(Op.Scan scan, List<Tensor> in, BiFunction<Op.Scan, List<Tensor>, List<Tensor>> emit) {
        return new RowSums(scan).emit(in, emit);
    }

    private List<Tensor> emit(List<Tensor> in, BiFunction<Op.Scan, List<Tensor>, List<Tensor>> emit) {
        int firstSum = scan.carry() + scan.stacked();
        List<Value> sums = body.out().subList(firstSum, body.out().size());
        Set<Value> stacked = stacked(sums);
        Set<Value> kept = body.sources(body.out().subList(0, scan.carry()));
        var summed = new LinkedHashSet<Value>();
        for (Value sum : sums) {
            Equation eq = source.get(sum);
            if (isOverRows(eq)
                    && !stacked.contains(eq.in().getFirst())
                    && staysInside(eq.in().getFirst(), kept)) {
                summed.add(eq.in().getFirst());
            }
        }
        if (summed.isEmpty()) {
            return emit.apply(scan, in);
        }
        int firstX = scan.consts() + scan.carry();
        var inputs = new ArrayList<>(body.in());
        var arguments = new ArrayList<>(in);
        var equations = new ArrayList<>(body.equations());
        var outputs = new ArrayList<>(body.out().subList(0, firstSum));
        int at = 0;
        for (Value v : summed) {
            var before = new Value(v.type());
            var after = new Value(v.type());
            inputs.add(firstX + at, before);
            arguments.add(firstX + at, Ops.zeros(v.type()));
            equations.add(new Equation(
                    new Op.Elementwise(Fn.ADD),
                    List.of(before, v),
                    List.of(after),
                    source.get(v).site()));
            outputs.add(scan.carry() + at, after);
            at++;
        }
        var left = new ArrayList<Value>();
        for (Value sum : sums) {
            if (!isKept(sum, summed)) {
                left.add(sum);
            }
        }
        outputs.addAll(left);
        Op.Scan next = scan.with(
                new Graph(inputs, equations, outputs),
                scan.consts(),
                scan.carry() + summed.size(),
                scan.xs(),
                scan.stacked(),
                left.size());
        List<Tensor> ran = emit.apply(next, arguments);

        List<Value> order = List.copyOf(summed);
        var results = new ArrayList<>(ran.subList(0, scan.carry()));
        results.addAll(ran.subList(scan.carry() + summed.size(), firstSum + summed.size()));
        for (Value sum : sums) {
            results.add(
                    isKept(sum, summed)
                            ? Trace.apply1(
                                    source.get(sum).op(),
                                    ran.get(scan.carry()
                                            + order.indexOf(source.get(sum).in().getFirst())))
                            : ran.get(firstSum + summed.size() + left.indexOf(sum)));
        }
        return results;
    }

    private boolean isKept(Value sum, Set<Value> summed) {
        Equation eq = source.get(sum);
        return isOverRows(eq) && summed.contains(eq.in().getFirst());
    }

    private boolean isOverRows(Equation eq) {
        if (eq == null || !(eq.op() instanceof Op.Reduce(Op.Reduce.Kind kind, List<Integer> axes))) {
            return false;
        }
        Shape shape = eq.in().getFirst().type().shape();
        return kind == Op.Reduce.Kind.SUM
                && axes.equals(List.of(0))
                && batch > 0
                && shape.rank() > 1
                && shape.dim(0) == batch;
    }

    /// What is stacked anyway: results, factors of products summed over the steps, and the parts of both.
    private Set<Value> stacked(List<Value> sums) {
        Set<Value> all = new HashSet<>(body.out().subList(scan.carry(), scan.carry() + scan.stacked()));
        var left = new ArrayList<>(sums);
        while (!left.isEmpty()) {
            Equation eq = source.get(left.removeLast());
            if (eq != null && eq.op() instanceof Op.MatMul) {
                all.addAll(eq.in());
            } else if (eq != null && eq.op() instanceof Op.Elementwise(Fn fn) && fn == Fn.ADD) {
                left.addAll(eq.in());
            }
        }
        for (Equation eq : body.equations().reversed()) {
            if (eq.op() instanceof Op.Concat && all.contains(eq.out().getFirst())) {
                all.addAll(eq.in());
            }
        }
        return all;
    }

    /// Whether a value is computed in the loop, and from no product that the carry does not wait for.
    private boolean staysInside(Value v, Set<Value> kept) {
        Equation eq = source.get(v);
        if (eq == null || kept.contains(v)) {
            return eq != null;
        }
        boolean isCheap =
                eq.op() instanceof Op.Elementwise || eq.op() instanceof Op.Broadcast || eq.op() instanceof Op.Reshape;
        return isCheap && eq.in().stream().allMatch(from -> source.get(from) == null || staysInside(from, kept));
    }
}
