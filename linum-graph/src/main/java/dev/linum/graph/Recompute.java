package dev.linum.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Lets a backward step make values of the forward step again, so that fewer numbers are kept: always what is the same
/// numbers in another shape or repeated, or many numbers that one addition or multiplication gives; and with
/// [Saving#costly()] whatever is cheap.
///
/// ```
///    x W ──┐
///    h U ──┴─▶ z ──▶ i f g o ──▶ c' = f c + i g ──▶ tanh(c')         read backwards: i f g o, c, tanh(c'), h
///     c ─────────────────────────┘
///                        ╎
///                       cut                                          kept: i f g o, c, h;  again: c', tanh(c')
/// ```
///
/// Whatever the backward step reads must follow from what is kept by cheap operations alone. So the values kept are a
/// cut of the step, between what cannot be computed again (the carry, inputs, products, random numbers) and what is
/// read, and the best is the smallest one. It is never larger than what is read. (PyTorch's min-cut partitioner and
/// the policies of JAX's checkpoint do the same for whole functions.)
final class Recompute {

    /// Fewer numbers stay in cache: to keep them costs less than one more operation in each step.
    private static final int MANY = 1024;

    private Recompute() {}

    /// `backward step ==> backward step` with the same results, that captures less of the forward step.
    ///
    /// @param saving what may be computed again
    /// @param forward the trace of the forward step
    /// @param step the forward step, closed
    /// @param varying the inputs of the step that change from one to the next
    /// @param free what is kept of each step anyway
    static Trace.Closure again(
            Saving saving,
            Trace forward,
            Trace.Closure step,
            List<Value> varying,
            List<Value> free,
            Trace.Closure back) {
        Graph graph = step.graph();
        Map<Value, Value> inside = new HashMap<>();
        for (int i = 0; i < back.captured().size(); i++) {
            if (back.captured().get(i) instanceof Traced t && t.trace() == forward) {
                inside.put(t.value(), back.graph().in().get(i));
            }
        }
        Set<Value> kept = cut(saving, graph, varying, free, inside.keySet());

        Set<Value> wanted = new HashSet<>(inside.keySet());
        Set<Value> made = new HashSet<>();
        var again = new ArrayList<Equation>();
        for (Equation eq : graph.equations().reversed()) {
            Value out = eq.out().getFirst();
            if (wanted.contains(out) && !kept.contains(out)) {
                wanted.addAll(eq.in());
                made.add(out);
                again.add(eq);
            }
        }
        for (Value v : wanted) {
            inside.computeIfAbsent(v, _ -> new Value(v.type()));
        }
        var equations = new ArrayList<Equation>();
        for (Equation eq : again.reversed()) {
            equations.add(new Equation(
                    eq.op(),
                    eq.in().stream().map(inside::get).toList(),
                    eq.out().stream().map(inside::get).toList(),
                    eq.site()));
        }
        equations.addAll(back.graph().equations());

        var captured = new ArrayList<Tensor>();
        var in = new ArrayList<Value>();
        int before = back.captured().size();
        for (int i = 0; i < before; i++) {
            Tensor source = back.captured().get(i);
            if (!(source instanceof Traced t && t.trace() == forward)) {
                captured.add(source);
                in.add(back.graph().in().get(i));
            }
        }
        for (Value v : inOrder(graph)) {
            if (wanted.contains(v) && !made.contains(v)) {
                int outside = graph.in().indexOf(v);
                boolean isCaptured = outside >= 0 && outside < step.captured().size();
                captured.add(isCaptured ? step.captured().get(outside) : new Traced(forward, v));
                in.add(inside.get(v));
            }
        }
        in.addAll(back.graph().in().subList(before, back.graph().in().size()));
        return new Trace.Closure(new Graph(in, equations, back.graph().out()), captured);
    }

    private static Set<Value> cut(Saving saving, Graph graph, List<Value> varying, List<Value> free, Set<Value> read) {
        var cut = new MinimumCut();
        for (Value v : inOrder(graph)) {
            cut.value(v, free.contains(v) ? 0 : v.type().shape().count());
        }
        varying.forEach(cut::source);
        for (Equation eq : graph.equations()) {
            if (isView(eq.op()) || isQuick(eq) || saving instanceof Saving.Costly && isCheap(eq.op())) {
                eq.in().forEach(from -> cut.leads(from, eq.out().getFirst()));
            } else {
                eq.out().forEach(cut::source);
            }
        }
        read.forEach(cut::sink);
        return cut.find();
    }

    private static List<Value> inOrder(Graph graph) {
        var all = new ArrayList<>(graph.in());
        graph.equations().forEach(eq -> all.addAll(eq.out()));
        return all;
    }

    /// Says whether an operation shows the same numbers in another shape, or repeats them.
    private static boolean isView(Op op) {
        return op instanceof Op.Broadcast
                || op instanceof Op.Reshape
                || op instanceof Op.StopGradient
                || op instanceof Op.Constant;
    }

    /// Says whether an operation takes less time than writing its result to memory and reading it again.
    private static boolean isQuick(Equation eq) {
        return eq.op() instanceof Op.Elementwise e
                && eq.out().getFirst().type().shape().count() >= MANY
                && switch (e.fn()) {
                    case ADD, SUB, MUL, NEG -> true;
                    default -> false;
                };
    }

    /// Says whether an operation takes about as long as reading its result.
    private static boolean isCheap(Op op) {
        return switch (op) {
            case Op.Elementwise _,
                    Op.Cast _,
                    Op.Constant _,
                    Op.Iota _,
                    Op.Broadcast _,
                    Op.Reshape _,
                    Op.Transpose _,
                    Op.Slice _,
                    Op.Pad _,
                    Op.Concat _,
                    Op.Reverse _,
                    Op.Reduce _,
                    Op.ArgMax _,
                    Op.Gather _,
                    Op.StopGradient _ -> true;
            case Op.MatMul _, Op.ScatterAdd _, Op.Pack _, Op.Threefry _, Op.Random _, Op.Scan _, Op.Remat _ -> false;
        };
    }
}
