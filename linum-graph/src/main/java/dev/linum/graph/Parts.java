package dev.linum.graph;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Puts parts side by side instead of padding each with zeros and adding up.
///
/// ```
///   pad [a 0 0] + pad [0 b 0] + pad [0 0 c]   ==>   concat [a b c]
/// ```
///
/// This is what the derivative of a tensor cut into parts (the gates of a cell) comes to.
final class Parts {

    /// A tensor known to be zero but for some parts along one axis.
    private record Placed(int axis, List<Part> parts) {
        Optional<Placed> plus(Placed other) {
            if (axis != other.axis) {
                return Optional.empty();
            }
            var all = new ArrayList<>(parts);
            all.addAll(other.parts);
            all.sort(Comparator.comparingInt(Part::start));
            for (int i = 1; i < all.size(); i++) {
                if (all.get(i).start < all.get(i - 1).end()) {
                    return Optional.empty();
                }
            }
            return Optional.of(new Placed(axis, List.copyOf(all)));
        }

        boolean fills(int size) {
            int at = 0;
            for (Part part : parts) {
                if (part.start != at) {
                    return false;
                }
                at = part.end();
            }
            return at == size;
        }
    }

    private record Part(int start, int size, Value value) {
        int end() {
            return start + size;
        }
    }

    private Parts() {}

    static Graph joined(Graph graph) {
        Map<Value, Placed> placed = new HashMap<>();
        var equations = new ArrayList<Equation>();
        for (Equation eq : graph.equations()) {
            equations.add(joined(eq, placed));
        }
        return new Graph(graph.in(), equations, graph.out());
    }

    private static Equation joined(Equation eq, Map<Value, Placed> placed) {
        switch (eq.op()) {
            case Op.Pad pad ->
                placed(pad, eq.in().getFirst())
                        .ifPresent(p -> placed.put(eq.out().getFirst(), p));
            case Op.Elementwise(Fn fn)
            when fn == Fn.ADD -> {
                Value out = eq.out().getFirst();
                Placed left = placed.get(eq.in().get(0));
                Placed right = placed.get(eq.in().get(1));
                Optional<Placed> sum = left == null || right == null ? Optional.empty() : left.plus(right);
                sum.ifPresent(p -> placed.put(out, p));
                if (sum.isPresent() && sum.get().fills(out.type().shape().dim(sum.get().axis))) {
                    List<Value> parts =
                            sum.get().parts.stream().map(Part::value).toList();
                    return new Equation(new Op.Concat(sum.get().axis), parts, eq.out(), eq.site());
                }
            }
            case Op.Scan scan -> {
                return new Equation(scan.withBody(joined(scan.body())), eq.in(), eq.out(), eq.site());
            }
            case Op.Remat(Graph body) -> {
                return new Equation(new Op.Remat(joined(body)), eq.in(), eq.out(), eq.site());
            }
            case Op _ -> {}
        }
        return eq;
    }

    private static Optional<Placed> placed(Op.Pad pad, Value in) {
        int axis = -1;
        for (int i = 0; i < pad.low().size(); i++) {
            if (pad.inner().get(i) != 0) {
                return Optional.empty();
            }
            if (pad.low().get(i) + pad.high().get(i) > 0) {
                if (axis >= 0) {
                    return Optional.empty();
                }
                axis = i;
            }
        }
        return axis < 0
                ? Optional.empty()
                : Optional.of(new Placed(
                        axis,
                        List.of(new Part(pad.low().get(axis), in.type().shape().dim(axis), in))));
    }
}
