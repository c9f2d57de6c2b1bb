package dev.linum.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Drops what has no influence: sums with zero, turns and what turns them back, equations nobody reads, and the unread
/// parts of loops. Parts that are padded with zeros and added up are put side by side instead ([Parts]).
final class Simplify {

    private Simplify() {}

    /// `graph ==> smaller graph` with the same inputs and outputs.
    static Graph graph(Graph graph) {
        return withoutDead(Parts.joined(withoutZeros(graph, Set.of())));
    }

    // ---- zeros

    private static Graph withoutZeros(Graph graph, Set<Value> zeroInputs) {
        Set<Value> zero = new HashSet<>(zeroInputs);
        Map<Value, Value> same = new HashMap<>();
        Map<Value, Equation> makers = new HashMap<>();
        var kept = new ArrayList<Equation>();
        for (Equation given : graph.equations()) {
            Equation eq = once(
                    given, given.in().stream().map(v -> same.getOrDefault(v, v)).toList(), makers);
            List<Value> in = eq.in();
            Value out = eq.out().isEmpty() ? null : eq.out().getFirst();
            Op op = eq.op();
            switch (op) {
                case Op.Constant(Array value) -> {
                    if (value.shape().rank() == 0 && value.dtype().isFloat() && value.item() == 0) {
                        zero.add(out);
                    }
                }
                case Op.Reshape(Shape shape)
                when shape.equals(in.getFirst().type().shape()) -> same.put(out, in.getFirst());
                case Op.Broadcast _, Op.Reshape _, Op.Transpose _, Op.Slice _, Op.Pad _, Op.Reverse _ -> {
                    if (zero.contains(in.getFirst())) {
                        zero.add(out);
                    }
                }
                case Op.Elementwise(Fn fn) when fn == Fn.ADD && zero.contains(in.get(0)) -> same.put(out, in.get(1));
                case Op.Elementwise(Fn fn)
                when (fn == Fn.ADD || fn == Fn.SUB) && zero.contains(in.get(1)) -> same.put(out, in.get(0));
                case Op.Scan scan -> op = scan(scan, in, zero);
                case Op.Remat(Graph body) -> op = new Op.Remat(withoutZeros(body, zeros(body, in, zero)));
                case Op _ -> {}
            }
            if (!eq.out().stream().anyMatch(same::containsKey)) {
                var now = new Equation(op, in, eq.out(), eq.site());
                kept.add(now);
                eq.out().forEach(v -> makers.put(v, now));
            }
        }
        return new Graph(
                graph.in(),
                kept,
                graph.out().stream().map(v -> same.getOrDefault(v, v)).toList());
    }

    /// Makes one move of an equation that moves the numbers of another one that does; a Reshape, if all stay where they
    /// are.
    private static Equation once(Equation eq, List<Value> in, Map<Value, Equation> makers) {
        Equation before = in.isEmpty() ? null : makers.get(in.getFirst());
        Op op = eq.op();
        List<Value> from = in;
        if (op instanceof Op.Transpose(List<Integer> order)
                && before != null
                && before.op() instanceof Op.Transpose(List<Integer> first)) {
            op = new Op.Transpose(order.stream().map(first::get).toList());
            from = before.in();
            before = makers.get(from.getFirst());
        }
        if (op instanceof Op.Transpose(List<Integer> order)
                && isView(order, from.getFirst().type().shape())) {
            op = new Op.Reshape(eq.out().getFirst().type().shape());
        }
        if (op instanceof Op.Reshape && before != null && before.op() instanceof Op.Reshape) {
            from = before.in();
        }
        return new Equation(op, from, eq.out(), eq.site());
    }

    /// Says whether all numbers stay where they are: the axes that change places have one number each.
    private static boolean isView(List<Integer> order, Shape shape) {
        List<Integer> moved = order.stream().filter(axis -> shape.dim(axis) > 1).toList();
        return moved.equals(moved.stream().sorted().toList());
    }

    /// Returns the inputs of a body that are given zeros.
    private static Set<Value> zeros(Graph body, List<Value> in, Set<Value> zero) {
        Set<Value> inside = new HashSet<>();
        for (int i = 0; i < in.size(); i++) {
            if (zero.contains(in.get(i))) {
                inside.add(body.in().get(i));
            }
        }
        return inside;
    }

    private static Op scan(Op.Scan scan, List<Value> in, Set<Value> zero) {
        Set<Value> inside = zeros(scan.body(), in, zero);
        inside.removeAll(scan.body().in().subList(scan.consts(), scan.consts() + scan.carry()));
        return scan.withBody(withoutZeros(scan.body(), inside));
    }

    // ---- dead equations

    private static Graph withoutDead(Graph graph) {
        Set<Value> live = new HashSet<>(graph.out());
        var kept = new ArrayList<Equation>();
        for (Equation eq : graph.equations().reversed()) {
            if (eq.out().stream().noneMatch(live::contains)) {
                continue;
            }
            Equation next = switch (eq.op()) {
                case Op.Scan scan -> prune(eq, scan, live);
                case Op.Remat(Graph body) -> prune(eq, body, live);
                case Op _ -> eq;
            };
            live.addAll(next.in());
            kept.add(next);
        }
        return new Graph(graph.in(), kept.reversed(), graph.out());
    }

    private static Equation prune(Equation eq, Graph body, Set<Value> live) {
        var bodyOut = new ArrayList<Value>();
        var out = new ArrayList<Value>();
        for (int i = 0; i < eq.out().size(); i++) {
            if (live.contains(eq.out().get(i))) {
                bodyOut.add(body.out().get(i));
                out.add(eq.out().get(i));
            }
        }
        Graph pruned = withoutDead(new Graph(body.in(), body.equations(), bodyOut));
        Set<Value> read = new HashSet<>(bodyOut);
        pruned.equations().forEach(inner -> read.addAll(inner.in()));
        var bodyIn = new ArrayList<Value>();
        var in = new ArrayList<Value>();
        for (int i = 0; i < eq.in().size(); i++) {
            if (read.contains(body.in().get(i))) {
                bodyIn.add(body.in().get(i));
                in.add(eq.in().get(i));
            }
        }
        return new Equation(new Op.Remat(new Graph(bodyIn, pruned.equations(), bodyOut)), in, out, eq.site());
    }

    private static Equation prune(Equation eq, Op.Scan scan, Set<Value> live) {
        Graph body = scan.body();
        int carry = scan.carry();
        Set<Integer> outputs = new HashSet<>();
        for (int i = 0; i < eq.out().size(); i++) {
            if (live.contains(eq.out().get(i))) {
                outputs.add(i);
            }
        }
        Set<Value> read = read(body, outputs);
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int i = 0; i < carry; i++) {
                if (read.contains(body.in().get(scan.consts() + i)) && outputs.add(i)) {
                    changed = true;
                }
            }
            read = read(body, outputs);
        }
        var bodyIn = new ArrayList<Value>();
        var in = new ArrayList<Value>();
        int[] counts = new int[3];
        for (int i = 0; i < body.in().size(); i++) {
            int group = i < scan.consts() ? 0 : i < scan.consts() + carry ? 1 : 2;
            boolean keep = group == 1
                    ? outputs.contains(i - scan.consts())
                    : read.contains(body.in().get(i)) || scan.isRagged() && i == 0;
            if (keep) {
                bodyIn.add(body.in().get(i));
                in.add(eq.in().get(i));
                counts[group]++;
            }
        }
        var bodyOut = new ArrayList<Value>();
        var out = new ArrayList<Value>();
        int stacked = 0;
        int sums = 0;
        for (int i = 0; i < eq.out().size(); i++) {
            if (outputs.contains(i)) {
                bodyOut.add(body.out().get(i));
                out.add(eq.out().get(i));
                stacked += i >= carry && i < carry + scan.stacked() ? 1 : 0;
                sums += i >= carry + scan.stacked() ? 1 : 0;
            }
        }
        Graph pruned = withoutDead(new Graph(bodyIn, body.equations(), bodyOut));
        Op.Scan next = scan.with(pruned, counts[0], counts[1], counts[2], stacked, sums);
        return new Equation(next, in, out, eq.site());
    }

    /// Returns the values a body reads to make some of its outputs.
    private static Set<Value> read(Graph body, Set<Integer> outputs) {
        Set<Value> read = new HashSet<>();
        outputs.forEach(i -> read.add(body.out().get(i)));
        for (Equation eq : body.equations().reversed()) {
            if (eq.out().stream().anyMatch(read::contains)) {
                read.addAll(eq.in());
            }
        }
        return read;
    }
}
