package dev.linum.graph;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// A program: inputs, equations in the order they run, outputs. Immutable.
public record Graph(List<Value> in, List<Equation> equations, List<Value> out) {

    public Graph {
        in = List.copyOf(in);
        equations = List.copyOf(equations);
        out = List.copyOf(out);
    }

    /// Checks that every value is defined once, before it is read, and that every equation's types are what its
    /// operation returns; throws with the equation's text otherwise.
    public Graph verify() {
        Set<Value> known = new HashSet<>(in);
        if (known.size() != in.size()) {
            throw new IllegalStateException("a value is an input twice in\n" + this);
        }
        for (Equation eq : equations) {
            for (Value v : eq.in()) {
                if (!known.contains(v)) {
                    throw new IllegalStateException(
                            eq.site() + " " + eq.op() + " reads a value that is not defined before it, in\n" + this);
                }
            }
            List<Type> types =
                    Infer.types(eq.op(), eq.in().stream().map(Value::type).toList());
            List<Type> stated = eq.out().stream().map(Value::type).toList();
            if (!types.equals(stated)) {
                throw new IllegalStateException(
                        eq.site() + " " + eq.op() + " returns " + types + " but the graph says " + stated);
            }
            for (Value v : eq.out()) {
                if (!known.add(v)) {
                    throw new IllegalStateException(eq.site() + " " + eq.op() + " defines a value again");
                }
            }
            if (eq.op() instanceof Op.Scan scan) {
                scan.body().verify();
            }
            if (eq.op() instanceof Op.Remat remat) {
                remat.body().verify();
            }
        }
        for (Value v : out) {
            if (!known.contains(v)) {
                throw new IllegalStateException("an output is not defined in\n" + this);
            }
        }
        return this;
    }

    /// Returns a graph of the same inputs and outputs without sums with zero and what nobody reads.
    public Graph simplified() {
        return Simplify.graph(this);
    }

    /// Returns all values that some are computed from, and those themselves.
    Set<Value> sources(List<Value> of) {
        Set<Value> all = new HashSet<>(of);
        for (Equation eq : equations.reversed()) {
            if (eq.out().stream().anyMatch(all::contains)) {
                all.addAll(eq.in());
            }
        }
        return all;
    }

    /// Counts the equations with an operation of one class, those in bodies not included.
    public long count(Class<? extends Op> op) {
        return equations.stream().filter(eq -> op.isInstance(eq.op())).count();
    }

    /// Returns the scans of this graph, outermost only.
    public List<Op.Scan> scans() {
        return equations.stream()
                .map(Equation::op)
                .filter(Op.Scan.class::isInstance)
                .map(Op.Scan.class::cast)
                .toList();
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        print(text, "", new IdentityHashMap<>());
        return text.toString();
    }

    private void print(StringBuilder text, String indent, Map<Value, String> names) {
        text.append(indent).append("(").append(list(in, names, true)).append(") {\n");
        for (Equation eq : equations) {
            text.append(indent)
                    .append("  ")
                    .append(list(eq.out(), names, true))
                    .append(" = ")
                    .append(describe(eq.op()))
                    .append("(")
                    .append(list(eq.in(), names, false))
                    .append(")  # ")
                    .append(eq.site())
                    .append("\n");
            if (eq.op() instanceof Op.Scan scan) {
                scan.body().print(text, indent + "    ", names);
            }
            if (eq.op() instanceof Op.Remat remat) {
                remat.body().print(text, indent + "    ", names);
            }
        }
        text.append(indent).append("  return ").append(list(out, names, false)).append("\n");
        text.append(indent).append("}\n");
    }

    private static String list(List<Value> values, Map<Value, String> names, boolean withTypes) {
        return values.stream()
                .map(v -> names.computeIfAbsent(v, _ -> "v" + names.size()) + (withTypes ? ":" + v.type() : ""))
                .collect(Collectors.joining(", "));
    }

    private static String describe(Op op) {
        return switch (op) {
            case Op.Elementwise(Fn fn) -> fn.name().toLowerCase(java.util.Locale.ROOT);
            case Op.Scan s ->
                "scan[steps=" + s.steps() + (s.reverse() ? ", reverse" : "") + (s.isRagged() ? ", ragged" : "")
                        + ", consts=" + s.consts() + ", carry=" + s.carry() + ", xs=" + s.xs() + ", stacked="
                        + s.stacked() + ", sums=" + s.sums() + "]";
            case Op.Remat _ -> "remat";
            case Op.Constant(Array value) ->
                value.shape().rank() == 0 ? "constant[" + value.item() + "]" : "constant" + value.type();
            case Op.Cast _,
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
                    Op.MatMul _,
                    Op.Gather _,
                    Op.ScatterAdd _,
                    Op.Pack _,
                    Op.Threefry _,
                    Op.Random _,
                    Op.StopGradient _ -> op.toString();
        };
    }
}
