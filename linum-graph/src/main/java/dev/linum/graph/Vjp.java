package dev.linum.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reverse-mode derivatives, graph to graph.
///
/// ```
/// f: (x...) -> (y...)   ==>   forward: (x...) -> (y..., pull),   pull: (dy...) -> (dx...)
/// ```
///
/// The forward equations are emitted again, here and now; each leaves its inputs and outputs behind. The pull
/// walks them backwards, asks [VjpRules] for each one's share and sums the shares where a value was read more
/// than once. Both directions emit into whatever trace is open, so the result is ordinary equations: it can
/// be optimised, printed, planned and differentiated again. (Griewank and Walther, "Evaluating Derivatives",
/// 2008, chapter 3.)
final class Vjp {

    /// Cotangents of the outputs to cotangents of the inputs; null means zero on both sides.
    interface Pull {
        List<Tensor> apply(List<Tensor> cotangents);
    }

    record Forward(List<Tensor> outputs, Pull pull) {}

    private record Step(Equation equation, List<Tensor> in, List<Tensor> out, Pull pull) {}

    private Vjp() {}

    /// Runs a graph forwards, ready to be pulled back to those inputs whose derivative is wanted.
    static Forward forward(Graph graph, List<Tensor> inputs, List<Boolean> wanted) {
        Set<Value> active = active(graph, wanted);
        Map<Value, Tensor> known = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            known.put(graph.in().get(i), inputs.get(i));
        }
        var steps = new ArrayList<Step>();
        for (Equation eq : graph.equations()) {
            List<Tensor> in = eq.in().stream().map(known::get).toList();
            boolean matters = eq.out().stream().anyMatch(active::contains);
            List<Boolean> activeIn = eq.in().stream().map(active::contains).toList();
            Forward done = switch (eq.op()) {
                case Op.Constant(Array value) -> new Forward(List.of(value), null);
                case Op.Scan scan when matters -> ScanVjp.forward(scan, in, activeIn);
                case Op.Remat remat
                when matters -> {
                    List<Tensor> out = Trace.apply(remat, in);
                    yield new Forward(out, cts -> again(remat.body(), in, activeIn, cts));
                }
                case Op op -> {
                    List<Tensor> out = Trace.apply(op, in);
                    yield new Forward(out, cts -> VjpRules.pull(op, in, out, cts));
                }
            };
            for (int i = 0; i < eq.out().size(); i++) {
                known.put(eq.out().get(i), done.outputs().get(i));
            }
            if (matters) {
                steps.add(new Step(eq, in, done.outputs(), done.pull()));
            }
        }
        List<Tensor> outputs = graph.out().stream().map(known::get).toList();
        return new Forward(outputs, cotangents -> pull(graph, steps, active, cotangents));
    }

    /// Runs a body again and pulls back through it: one operation that leaves nothing behind but the cotangents.
    private static List<Tensor> again(Graph body, List<Tensor> in, List<Boolean> activeIn, List<Tensor> cotangents) {
        List<Tensor> given =
                cotangents.stream().filter(java.util.Objects::nonNull).toList();
        var known = new ArrayList<Integer>();
        Trace.Closure pull = Trace.closure(given.stream().map(Tensor::type).toList(), inner -> {
            var all = new ArrayList<Tensor>();
            int at = 0;
            for (Tensor ct : cotangents) {
                all.add(ct == null ? null : inner.get(at++));
            }
            List<Tensor> pulled = forward(body, in, activeIn).pull().apply(all);
            for (int i = 0; i < pulled.size(); i++) {
                if (pulled.get(i) != null) {
                    known.add(i);
                }
            }
            return known.stream().map(pulled::get).toList();
        });
        List<Tensor> shares = Trace.apply(new Op.Remat(pull.graph()), Bundle.concat(pull.captured(), given));
        var result = new ArrayList<Tensor>(Collections.nCopies(in.size(), null));
        for (int i = 0; i < shares.size(); i++) {
            result.set(known.get(i), shares.get(i));
        }
        return result;
    }

    private static List<Tensor> pull(Graph graph, List<Step> steps, Set<Value> active, List<Tensor> cotangents) {
        Map<Value, Tensor> sums = new HashMap<>();
        for (int i = 0; i < graph.out().size(); i++) {
            add(sums, active, graph.out().get(i), cotangents.get(i));
        }
        for (Step step : steps.reversed()) {
            List<Tensor> out = new ArrayList<>();
            for (Value v : step.equation().out()) {
                out.add(sums.get(v));
            }
            if (out.stream().allMatch(java.util.Objects::isNull)) {
                continue;
            }
            List<Tensor> in = step.pull().apply(Collections.unmodifiableList(out));
            for (int i = 0; i < in.size(); i++) {
                add(sums, active, step.equation().in().get(i), in.get(i));
            }
        }
        var result = new ArrayList<Tensor>();
        for (Value v : graph.in()) {
            result.add(sums.get(v));
        }
        return result;
    }

    private static void add(Map<Value, Tensor> sums, Set<Value> active, Value value, Tensor share) {
        if (share != null && active.contains(value)) {
            sums.merge(value, share, Tensor::plus);
        }
    }

    /// Returns the floating values that depend on a wanted input by a path a derivative can take.
    static Set<Value> active(Graph graph, List<Boolean> wanted) {
        Set<Value> active = new HashSet<>();
        for (int i = 0; i < graph.in().size(); i++) {
            if (wanted.get(i) && graph.in().get(i).type().dtype().isFloat()) {
                active.add(graph.in().get(i));
            }
        }
        for (Equation eq : graph.equations()) {
            if (eq.op() instanceof Op.StopGradient || eq.in().stream().noneMatch(active::contains)) {
                continue;
            }
            if (eq.op() instanceof Op.Scan scan) {
                List<Boolean> out = ScanVjp.activeOutputs(
                        scan, eq.in().stream().map(active::contains).toList());
                for (int i = 0; i < out.size(); i++) {
                    if (out.get(i)) {
                        active.add(eq.out().get(i));
                    }
                }
            } else {
                eq.out().stream().filter(v -> v.type().dtype().isFloat()).forEach(active::add);
            }
        }
        return active;
    }
}
