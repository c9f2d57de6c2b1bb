package dev.linum.cpu;

import dev.linum.graph.Equation;
import dev.linum.graph.Fn;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Rows;
import dev.linum.graph.Shape;
import dev.linum.graph.Value;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Which products and moves around loops over packed sequences ([dev.linum.graph.Packing]) need only the real steps of
/// sequences, not their padding.
///
/// ```
///            x W  for all steps at once              loop                    sum over steps and rows of x' dz
///   row 0   # # # # #                               # # # # #                 # # # # #
///   row 1   # # # .        only # is asked for      # # # .       . is zero   # # # .       only # adds anything
///   row 2   # # .                                   # # .                     # # .
/// ```
///
/// What such a loop stacks is zero where rows are not at work, and stays so through products and the like. What
/// only such loops read is asked for where rows are at work; so is what a gather reads that puts zeros where padding
/// goes.
final class Tokens {

    /// What the rows work on at each step, i32 [steps, batch], -1 for nothing; a tensor has `steps * batch` rows in
    /// its first axes.
    record Work(Value sequences, int steps, int batch) {

        /// Says whether a tensor's first axis is that of its rows.
        boolean isOf(Value v) {
            return v.type().shape().rank() > 0 && v.type().shape().dim(0) == steps * batch;
        }
    }

    private final Map<Value, Work> zero = new HashMap<>();
    private final Map<Value, Work> asked = new HashMap<>();

    /// What is made together with other things, perhaps only after a product that is to leave rows out by it.
    private final Set<Value> late = new HashSet<>();

    private Tokens() {}

    static Tokens of(Graph graph) {
        var tokens = new Tokens();
        graph.equations().stream()
                .filter(eq ->
                        eq.op() instanceof Op.Elementwise || eq.op() instanceof Op.Cast || eq.op() instanceof Op.Concat)
                .forEach(eq -> tokens.late.addAll(eq.out()));
        graph.equations().forEach(tokens::forwards);
        tokens.backwards(graph);
        return tokens;
    }

    /// The rows that all readers of a value ask for; nothing if one may ask for others.
    Optional<Work> asked(Value v) {
        return Optional.ofNullable(asked.get(v));
    }

    /// The rows in which a value may be other than zero; nothing if that may be any.
    Optional<Work> zero(Value v) {
        return Optional.ofNullable(zero.get(v));
    }

    /// All that is said of what rows work on: products and moves read it, although they do not say so.
    Set<Value> sequences() {
        return Stream.concat(zero.values().stream(), asked.values().stream())
                .map(Work::sequences)
                .collect(Collectors.toSet());
    }

    /// The rows of a product `A B` that have to be computed; nothing if all have to be.
    Optional<Work> rows(Equation product) {
        Value left = product.in().getFirst();
        Value out = product.out().getFirst();
        return fitting(zero.containsKey(left) ? zero.get(left) : asked.get(out), left);
    }

    /// The rows of A and B that a product `A' B` has to sum over; nothing if all have to be.
    Optional<Work> summed(Equation product) {
        Value left = product.in().get(0);
        Value right = product.in().get(1);
        return fitting(zero.containsKey(right) ? zero.get(right) : zero.get(left), left);
    }

    /// Says whether a product leaves anything out.
    boolean leavesOut(Equation product) {
        return rows(product).isPresent() || summed(product).isPresent();
    }

    private static Optional<Work> fitting(Work work, Value left) {
        return work != null && left.type().shape().rank() == 2 && work.isOf(left)
                ? Optional.of(work)
                : Optional.empty();
    }

    private void forwards(Equation eq) {
        Value out = eq.out().getFirst();
        switch (eq.op()) {
            case Op.Scan scan
            when scan.leavesRowsOut() -> {
                int batch = Rows.batch(scan, scan.body());
                for (Value y : eq.out().subList(scan.carry(), scan.carry() + scan.stacked())) {
                    work(eq, scan, batch, y).ifPresent(w -> zero.put(y, w));
                }
            }
            case Op.Reshape _, Op.StopGradient _, Op.Cast _ -> copy(eq.in().getFirst(), out);
            case Op.Elementwise(Fn fn) when fn == Fn.NEG -> copy(eq.in().getFirst(), out);
            case Op.Elementwise(Fn fn)
            when fn == Fn.ADD || fn == Fn.SUB -> {
                Work left = zero.get(eq.in().get(0));
                if (left != null && left.equals(zero.get(eq.in().get(1)))) {
                    zero.put(out, left);
                }
            }
            // Of doubles all rows are computed, and zeros times infinity are no zeros.
            case Op.MatMul m
            when !m.transposeA() && TokenProducts.takes(m, eq) -> rows(eq).ifPresent(w -> zero.put(out, w));
            case Op _ -> {}
        }
    }

    private void copy(Value from, Value to) {
        if (zero.containsKey(from)) {
            zero.put(to, zero.get(from));
        }
    }

    /// What is at work in a loop, if a stacked value of it has the batch after the steps.
    private Optional<Work> work(Equation eq, Op.Scan scan, int batch, Value stacked) {
        Shape shape = stacked.type().shape();
        return !late.contains(eq.in().getFirst()) && batch > 0 && shape.rank() > 1 && shape.dim(1) == batch
                ? Optional.of(new Work(eq.in().getFirst(), scan.steps(), batch))
                : Optional.empty();
    }

    private void backwards(Graph graph) {
        Map<Value, Set<Optional<Work>>> readers = new HashMap<>();
        graph.out().forEach(v -> read(readers, v, Optional.empty()));
        for (Equation eq : graph.equations().reversed()) {
            for (Value v : eq.out()) {
                Set<Optional<Work>> all = readers.getOrDefault(v, Set.of());
                if (all.size() == 1) {
                    all.iterator().next().ifPresent(w -> asked.put(v, w));
                }
            }
            Value out = eq.out().getFirst();
            switch (eq.op()) {
                case Op.Scan scan
                when scan.leavesRowsOut() -> {
                    int batch = Rows.batch(scan, scan.body());
                    int firstX = scan.consts() + scan.carry();
                    for (int i = 0; i < eq.in().size(); i++) {
                        Value v = eq.in().get(i);
                        read(readers, v, i < firstX ? Optional.empty() : work(eq, scan, batch, v));
                    }
                }
                case Op.Reshape _, Op.StopGradient _, Op.Cast _ ->
                    read(readers, eq.in().getFirst(), Optional.ofNullable(asked.get(out)));
                case Op.Gather _ -> {
                    Value table = eq.in().getFirst();
                    read(readers, table, zero(table).filter(w -> w.isOf(table)));
                    read(readers, eq.in().get(1), Optional.empty());
                }
                case Op.MatMul m
                when TokenProducts.takes(m, eq) -> {
                    read(readers, eq.in().get(0), m.transposeA() ? summed(eq) : rows(eq));
                    read(readers, eq.in().get(1), m.transposeA() ? summed(eq) : Optional.empty());
                }
                case Op _ -> eq.in().forEach(v -> read(readers, v, Optional.empty()));
            }
        }
    }

    private static void read(Map<Value, Set<Optional<Work>>> readers, Value v, Optional<Work> by) {
        readers.computeIfAbsent(v, _ -> new HashSet<>()).add(by);
    }
}
