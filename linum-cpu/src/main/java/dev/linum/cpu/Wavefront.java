package dev.linum.cpu;

import dev.linum.graph.Equation;
import dev.linum.graph.Fn;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Site;
import dev.linum.graph.Type;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Cuts the steps of layers that lie one above the other into pieces, so that several layers run at the same time.
///
/// ```
///   worker 1    a[0..k) | a[k..2k) | a[2k..3k) | a[3k..4k) |
///   worker 2            | b[0..k)  | b[k..2k)  | b[2k..3k) | b[3k..4k)
/// ```
///
/// The upper loop `b` waits for a piece of `a`, not for all of it. What is between the two for all steps at once (the
/// product of the lower layer's outputs with the upper one's kernel) is cut the same way. Which pieces then run
/// side by side is found by [IndependentLoops]: piece n of `a` and piece n-1 of `b` do not read each other.
///
/// Only loops that one worker runs are cut: with sequences enough workers share these, and wait for nobody. Loops with
/// sums are left whole, since sums of pieces have other last digits; everything else is computed in the same order as
/// before, so the numbers are the same. Backwards the same is done with the upper layer first. (Appleyard, Kocisky,
/// Blunsom 2016, arXiv 1604.01946.)
final class Wavefront {

    /// More pieces leave less to wait for at both ends, and cost more hand-overs and copies of what is saved.
    private static final int PIECES = 4;

    /// The fewest multiplications of a piece of a loop.
    private static final long LEAST = 1 << 21;

    /// The most numbers that a loop reads at each of its steps: a worker has them in its own cache. More are read
    /// faster by two workers, each some columns.
    private static final int WEIGHTS = 1 << 17;

    private final Graph graph;
    private final Map<Value, Equation> makers = new HashMap<>();

    /// The loops that may be cut, by their first results, and for each value those that it waits for.
    private final Map<Value, Equation> loops = new LinkedHashMap<>();

    private final Map<Value, Set<Value>> waitsFor = new HashMap<>();

    /// The loops that are cut, and what lies between them, with the number of their steps.
    private final Map<Value, Integer> cut = new HashMap<>();

    private final Map<Value, List<Value>> pieces = new HashMap<>();
    private final List<Equation> equations = new ArrayList<>();

    private Wavefront(Graph graph) {
        this.graph = graph;
    }

    /// Returns a graph that computes the same.
    static Graph graph(Graph graph, int workers) {
        return workers == 1 ? graph : new Wavefront(graph).graph();
    }

    private Graph graph() {
        for (Equation eq : graph.equations()) {
            Set<Value> waits = new HashSet<>();
            eq.in().forEach(v -> waits.addAll(waits(v)));
            if (isWorthIt(eq)) {
                loops.put(name(eq), eq);
                waits.add(name(eq));
            }
            for (Value v : eq.out()) {
                makers.put(v, eq);
                waitsFor.put(v, waits);
            }
        }
        loops.values().forEach(this::follow);
        if (cut.isEmpty()) {
            return graph;
        }
        for (Equation eq : graph.equations()) {
            if (!cut.containsKey(name(eq))) {
                equations.add(eq);
            } else if (eq.op() instanceof Op.Scan scan) {
                cutLoop(eq, scan);
            } else {
                cutBetween(eq);
            }
        }
        return new Graph(graph.in(), Inline.live(equations, graph.out()), graph.out());
    }

    private static Value name(Equation eq) {
        return eq.out().getFirst();
    }

    private Value name(Value v) {
        return makers.containsKey(v) ? name(makers.get(v)) : v;
    }

    private Set<Value> waits(Value v) {
        return waitsFor.getOrDefault(v, Set.of());
    }

    private static boolean isWorthIt(Equation eq) {
        return eq.op() instanceof Op.Scan scan
                && !scan.isRagged()
                && scan.sums() == 0
                && count(scan) > 1
                && weights(scan) <= WEIGHTS
                && IndependentLoops.isForOneWorker(scan);
    }

    /// The pieces that a loop would be cut into if nobody else had a say.
    private static int count(Op.Scan scan) {
        long most = Math.min(PIECES, scan.steps());
        return (int) Math.min(most, Loops.work(scan, Inline.graph(scan.body())) / LEAST);
    }

    private static int weights(Op.Scan scan) {
        return scan.body().in().subList(0, scan.consts()).stream()
                .mapToInt(v -> v.type().shape().count())
                .sum();
    }

    // ---- which loops

    /// What one loop reads: piece by piece from loops below it, and whole.
    private final class Way {
        final Op.Scan upper;
        final Set<Value> below = new HashSet<>();
        final Map<Value, Boolean> between = new HashMap<>();
        final Set<Value> whole = new HashSet<>();

        /// Whether sums of products are made as they would be if nothing was cut.
        boolean isExact = true;

        Way(Op.Scan upper) {
            this.upper = upper;
        }

        /// Says whether a value comes piece by piece from a loop below, and notes what is on the way.
        boolean follows(Value v) {
            Equation maker = makers.get(v);
            if (maker == null) {
                return false;
            }
            if (loops.get(name(maker)) == maker) {
                var scan = (Op.Scan) maker.op();
                boolean follows = scan.steps() == upper.steps()
                        && scan.reverse() == upper.reverse()
                        && maker.out().indexOf(v) >= scan.carry();
                if (follows) {
                    below.add(name(maker));
                }
                return follows;
            }
            Boolean known = between.get(v);
            if (known == null) {
                Optional<Op> op = piece(maker, upper.steps(), upper.steps());
                known = op.isPresent() && !isAddedUp(maker) && anyFollows(op.get(), maker.in());
                between.put(v, known);
            }
            return known;
        }

        private boolean anyFollows(Op op, List<Value> operands) {
            boolean any = false;
            for (int i = 0; i < operands.size(); i++) {
                if (isCut(op, i) && follows(operands.get(i))) {
                    any = true;
                } else {
                    takeWhole(operands.get(i));
                }
            }
            return any;
        }

        void takeWhole(Value v) {
            whole.add(v);
            isExact &= !makers.containsKey(v) || !isAddedUp(makers.get(v));
        }

        /// Says whether the first piece can be had before the loops below are done, and all have the same numbers.
        boolean isGood() {
            return isExact
                    && !below.isEmpty()
                    && whole.stream().noneMatch(v -> waits(v).stream().anyMatch(below::contains));
        }
    }

    /// Says whether a product may be added to another one, or to an input, as it is made: to which one, and so the last
    /// digits, would depend on what was cut.
    private boolean isAddedUp(Equation eq) {
        return eq.op() instanceof Op.Elementwise(Fn fn)
                && fn == Fn.ADD
                && eq.in().stream()
                        .map(makers::get)
                        .allMatch(maker -> maker == null || maker.op() instanceof Op.MatMul);
    }

    private void follow(Equation eq) {
        var way = new Way((Op.Scan) eq.op());
        int firstX = way.upper.consts() + way.upper.carry();
        for (int i = 0; i < eq.in().size(); i++) {
            Value v = eq.in().get(i);
            if (i < firstX || !way.follows(v)) {
                way.takeWhole(v);
            }
        }
        var all = new HashSet<>(way.below);
        all.add(name(eq));
        way.between.forEach((v, follows) -> {
            if (follows) {
                all.add(v);
            }
        });
        int steps = way.upper.steps();
        if (way.isGood() && all.stream().allMatch(v -> cut.getOrDefault(v, steps) == steps)) {
            all.forEach(v -> cut.put(v, steps));
        }
    }

    // ---- operations on some steps

    /// Says whether an operation on some steps reads only these of an operand; else it reads all of it.
    private static boolean isCut(Op op, int operand) {
        return switch (op) {
            case Op.MatMul _ -> operand == 0;
            case Op.Broadcast broadcast -> hasSteps(broadcast);
            default -> true;
        };
    }

    private static boolean hasSteps(Op.Broadcast broadcast) {
        return !broadcast.axes().isEmpty() && broadcast.axes().getFirst() == 0;
    }

    /// The operation that makes `now` steps of a result whose first axis is `steps` steps, each some rows; nothing if
    /// its steps do not depend on those of its operands alone.
    private static Optional<Op> piece(Equation eq, int steps, int now) {
        Shape out = eq.out().getFirst().type().shape();
        Shape in = eq.in().isEmpty() ? out : eq.in().getFirst().type().shape();
        if (!hasSteps(out, steps) || eq.in().isEmpty()) {
            return Optional.empty();
        }
        int rows = out.dim(0) / steps * now;
        return Optional.ofNullable(
                switch (eq.op()) {
                    case Op.Elementwise _, Op.Cast _, Op.StopGradient _ -> eq.op();
                    case Op.Broadcast b ->
                        !hasSteps(b) || in.dim(0) == out.dim(0) ? new Op.Broadcast(out.with(0, rows), b.axes()) : null;
                    case Op.Reshape _ -> hasSteps(in, steps) ? new Op.Reshape(out.with(0, rows)) : null;
                    case Op.MatMul m -> !m.transposeA() && in.rank() == 2 ? m : null;
                    case Op.Transpose(List<Integer> order) -> order.getFirst() == 0 ? eq.op() : null;
                    case Op.Slice(List<Integer> starts, List<Integer> stops, List<Integer> by) -> {
                        var some = new ArrayList<>(stops);
                        some.set(0, rows);
                        yield in.dim(0) == out.dim(0) ? new Op.Slice(starts, some, by) : null;
                    }
                    case Op.Pad _ -> in.dim(0) == out.dim(0) ? eq.op() : null;
                    case Op.Concat(int axis) -> axis == 0 ? null : eq.op();
                    case Op.Reverse(int axis) -> axis == 0 ? null : eq.op();
                    case Op.Reduce r -> r.axes().contains(0) ? null : r;
                    case Op.Constant _,
                            Op.Iota _,
                            Op.ArgMax _,
                            Op.Gather _,
                            Op.ScatterAdd _,
                            Op.Pack _,
                            Op.Threefry _,
                            Op.Random _,
                            Op.Scan _,
                            Op.Remat _ -> null;
                });
    }

    private static boolean hasSteps(Shape shape, int steps) {
        return shape.rank() > 0 && shape.dim(0) % steps == 0;
    }

    // ---- pieces

    /// The first step of each piece, and the end: the same for all loops of so many steps.
    private int[] cuts(int steps) {
        int count = loops.values().stream()
                .filter(eq -> cut.getOrDefault(name(eq), 0) == steps)
                .map(eq -> (Op.Scan) eq.op())
                .mapToInt(Wavefront::count)
                .min()
                .orElseThrow();
        return IntStream.rangeClosed(0, count).map(i -> steps * i / count).toArray();
    }

    private void cutBetween(Equation eq) {
        Value whole = eq.out().getFirst();
        int steps = cut.get(whole);
        int[] cuts = cuts(steps);
        var made = new ArrayList<Value>();
        for (int i = 0; i + 1 < cuts.length; i++) {
            int now = cuts[i + 1] - cuts[i];
            Op op = piece(eq, steps, now).orElseThrow();
            var in = new ArrayList<Value>();
            for (int operand = 0; operand < eq.in().size(); operand++) {
                Value v = eq.in().get(operand);
                in.add(isCut(op, operand) ? piece(v, cuts, i, eq.site()) : v);
            }
            var out = new Value(sized(whole, steps, now));
            equations.add(new Equation(op, in, List.of(out), eq.site()));
            made.add(out);
        }
        join(eq, whole, made);
    }

    private void cutLoop(Equation eq, Op.Scan scan) {
        int[] cuts = cuts(scan.steps());
        int count = cuts.length - 1;
        int firstX = scan.consts() + scan.carry();
        List<Value> carry = eq.in().subList(scan.consts(), firstX);
        var made = new ArrayList<List<Value>>(Collections.nCopies(count, null));
        for (int n = 0; n < count; n++) {
            int i = scan.reverse() ? count - 1 - n : n;
            int now = cuts[i + 1] - cuts[i];
            var in = new ArrayList<>(eq.in().subList(0, scan.consts()));
            in.addAll(carry);
            eq.in().subList(firstX, eq.in().size()).forEach(x -> in.add(piece(x, cuts, i, eq.site())));
            var out = new ArrayList<Value>();
            for (int j = 0; j < eq.out().size(); j++) {
                Value whole = eq.out().get(j);
                boolean isLast = n == count - 1 && j < scan.carry();
                out.add(isLast ? whole : new Value(j < scan.carry() ? whole.type() : sized(whole, scan.steps(), now)));
            }
            equations.add(new Equation(scan.withSteps(now), in, out, eq.site()));
            carry = out.subList(0, scan.carry());
            made.set(i, out);
        }
        for (int j = scan.carry(); j < eq.out().size(); j++) {
            int output = j;
            join(eq, eq.out().get(j), made.stream().map(out -> out.get(output)).toList());
        }
    }

    /// A piece of a value that was cut, or of one that is there from the beginning.
    private Value piece(Value v, int[] cuts, int i, Site site) {
        int steps = cuts[cuts.length - 1];
        if (cut.getOrDefault(name(v), 0) == steps && pieces.containsKey(v)) {
            return pieces.get(v).get(i);
        }
        int now = cuts[i + 1] - cuts[i];
        var out = new Value(sized(v, steps, now));
        Equation maker = makers.get(v);
        if (maker != null && maker.op() instanceof Op.Broadcast broadcast && !hasSteps(broadcast)) {
            Op repeated = piece(maker, steps, now).orElseThrow();
            equations.add(new Equation(repeated, maker.in(), List.of(out), maker.site()));
            return out;
        }
        Shape shape = v.type().shape();
        int rows = shape.dim(0) / steps;
        var starts = new ArrayList<>(Collections.nCopies(shape.rank(), 0));
        starts.set(0, cuts[i] * rows);
        List<Integer> stops = shape.with(0, cuts[i + 1] * rows).dims();
        var slice = new Op.Slice(starts, stops, Collections.nCopies(shape.rank(), 1));
        equations.add(new Equation(slice, List.of(v), List.of(out), site));
        return out;
    }

    /// The whole value, for others that read it.
    private void join(Equation eq, Value whole, List<Value> made) {
        equations.add(new Equation(new Op.Concat(0), made, List.of(whole), eq.site()));
        pieces.put(whole, made);
    }

    private static Type sized(Value whole, int steps, int now) {
        Shape shape = whole.type().shape();
        return whole.type().withShape(shape.with(0, shape.dim(0) / steps * now));
    }
}
