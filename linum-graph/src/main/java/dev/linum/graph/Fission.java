package dev.linum.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Splits a loop: what need not be in it leaves it.
///
/// A step of a recurrent network is mostly matrix products, and many of them do not wait for the step before:
///
/// ```
///   for t:  h = tanh(x[t] (Wa|Wb) + h U)                 y[t] = h V
///
///   becomes
///     W = (Wa|Wb)                       invariant: the same at each step, computed once
///     p = x W                           before: reads only inputs, all steps in one tall product
///     for t:  h = tanh(p[t] + h U)      the recurrence itself
///     y = h V                           after: nothing in the loop waits for it, nor for what is made of y
/// ```
///
/// The backward loop profits the same way. The gradient of a weight is a sum of products over the steps,
/// `sum_t a[t]' g[t]`; with the factors stacked it is a single product whose contraction runs over time and batch.
///
/// A product over all rows is many times faster than one per step, because it reads the weights once per cache block
/// and not once per step. (Appleyard et al., "Optimizing performance of recurrent neural networks on GPUs", 2016,
/// does this by hand for the LSTM; here it follows from what each equation reads.)
///
/// Repetitions (Broadcast) and numbers are not moved: inside the loop they cost nothing, outside they would be
/// memory.
final class Fission {

    private static final ScopedValue<Boolean> OFF = ScopedValue.newInstance();

    /// When a value is known.
    private enum When {
        /// A number, or a repeated number: made wherever it is read.
        ALWAYS,
        /// Before the loop, the same for each step.
        INVARIANT,
        /// Before the loop, for all steps at once.
        BEFORE,
        INSIDE
    }

    private final Op.Scan scan;
    private final Graph body;
    private final List<Tensor> in;
    private final Map<Value, Equation> source = new HashMap<>();
    private final Map<Value, Integer> reads = new HashMap<>();
    private final Map<Value, When> when = new HashMap<>();
    private final Map<Value, Tensor> outside = new HashMap<>();
    private final Set<Equation> moved = new HashSet<>();

    private final Map<Value, Tensor> consts = new LinkedHashMap<>();
    private final Map<Value, Tensor> xs = new LinkedHashMap<>();
    private final Set<Value> following = new HashSet<>();
    private final Map<Value, Tensor> followed = new HashMap<>();
    private final Set<Value> stacked = new LinkedHashSet<>();
    private final List<Value> sums = new ArrayList<>();

    private Fission(Op.Scan scan, List<Tensor> in) {
        this.scan = scan;
        this.body = scan.body();
        this.in = in;
    }

    /// Adds a loop to the open trace, or runs it, with everything moved out that can be.
    static List<Tensor> emit(Op.Scan scan, List<Tensor> in) {
        if (scan.steps() < 1 || OFF.isBound()) {
            return Trace.apply(scan, in);
        }
        var joined = scan.withBody(Parts.joined(Slices.moved(scan.body())));
        return RowSums.kept(joined, in, (loop, given) -> new Fission(loop, given).emit());
    }

    /// Runs code in which loops are left as they are.
    static <R> R off(ScopedValue.CallableOp<R, RuntimeException> code) {
        return ScopedValue.where(OFF, true).call(code);
    }

    private List<Tensor> emit() {
        classify();
        moveBefore();

        // What follows the loop, for each output: asked for now, computed when the loop has run.
        int carry = scan.carry();
        var after = new ArrayList<After>();
        Set<Value> kept = body.sources(body.out().subList(0, carry));
        follow(kept);
        for (int i = 0; i < scan.stacked(); i++) {
            after.add(overTime(body.out().get(carry + i)));
        }
        for (int i = 0; i < scan.sums(); i++) {
            after.add(afterSum(body.out().get(carry + scan.stacked() + i), kept));
        }

        List<Value> outputs = new ArrayList<>(body.out().subList(0, carry));
        List<Value> ys = List.copyOf(stacked);
        outputs.addAll(ys);
        outputs.addAll(sums);
        List<Equation> inside = inside(outputs);
        List<Value> inputs = new ArrayList<>(consts.keySet());
        inputs.addAll(body.in().subList(scan.consts(), scan.consts() + carry));
        inputs.addAll(xs.keySet());
        List<Tensor> arguments = new ArrayList<>(consts.values());
        arguments.addAll(in.subList(scan.consts(), scan.consts() + carry));
        arguments.addAll(xs.values());
        Op.Scan next =
                scan.with(new Graph(inputs, inside, outputs), consts.size(), carry, xs.size(), ys.size(), sums.size());
        List<Tensor> ran = Trace.apply(next, arguments);

        Map<Value, Tensor> all = new HashMap<>();
        for (int i = 0; i < ys.size(); i++) {
            all.put(ys.get(i), ran.get(carry + i));
        }
        List<Tensor> summed = ran.subList(carry + ys.size(), ran.size());
        var results = new ArrayList<>(ran.subList(0, carry));
        after.forEach(a -> results.add(a.compute(all, summed)));
        return results;
    }

    // ---- before the loop

    private void classify() {
        for (int i = 0; i < body.in().size(); i++) {
            boolean isConst = i < scan.consts();
            boolean isX = i >= scan.consts() + scan.carry();
            Value v = body.in().get(i);
            when.put(v, isConst ? When.INVARIANT : isX ? When.BEFORE : When.INSIDE);
            if (isConst || isX) {
                outside.put(v, in.get(i));
            }
        }
        for (Equation eq : body.equations()) {
            eq.in().forEach(v -> reads.merge(v, 1, Integer::sum));
            eq.out().forEach(v -> source.put(v, eq));
            When at = when(eq);
            eq.out().forEach(v -> when.put(v, at));
        }
    }

    private When when(Equation eq) {
        Set<When> operands = new HashSet<>();
        eq.in().forEach(v -> operands.add(when.get(v)));
        boolean isNumber = switch (eq.op()) {
            case Op.Constant(Array value) -> value.shape().rank() == 0;
            case Op.Broadcast _ -> operands.equals(Set.of(When.ALWAYS));
            case Op.Reshape _ -> operands.equals(Set.of(When.ALWAYS));
            default -> false;
        };
        if (isNumber) {
            return When.ALWAYS;
        }
        if (operands.contains(When.INSIDE)) {
            return When.INSIDE;
        }
        if (!operands.contains(When.BEFORE)) {
            return When.INVARIANT;
        }
        return TimeBatch.can(eq.op(), eq.in(), varying(eq)) ? When.BEFORE : When.INSIDE;
    }

    private List<Boolean> varying(Equation eq) {
        return eq.in().stream().map(v -> when.get(v) == When.BEFORE).toList();
    }

    /// Moves out products that read only inputs, with all that leads to them, random numbers, which differ
    /// from row to row by their place alone, and everything invariant.
    private void moveBefore() {
        Set<Value> wanted = new HashSet<>();
        for (Equation eq : body.equations().reversed()) {
            boolean before = when.get(eq.out().getFirst()) == When.BEFORE;
            boolean moves = eq.op() instanceof Op.MatMul || eq.op() instanceof Op.Random;
            if (before && (moves || eq.out().stream().anyMatch(wanted::contains))) {
                wanted.addAll(eq.in());
                moved.add(eq);
            }
        }
        Set<Value> used = body.sources(body.out());
        for (Equation eq : body.equations()) {
            boolean invariant = when.get(eq.out().getFirst()) == When.INVARIANT;
            if (!invariant && !moved.contains(eq) || eq.out().stream().noneMatch(used::contains)) {
                continue;
            }
            moved.add(eq);
            List<Tensor> operands = eq.in().stream().map(this::outside).toList();
            if (invariant) {
                List<Tensor> results = Trace.apply(eq.op(), operands);
                for (int i = 0; i < results.size(); i++) {
                    outside.put(eq.out().get(i), results.get(i));
                }
            } else {
                outside.put(eq.out().getFirst(), atOnce(eq, operands));
            }
        }
    }

    private Tensor outside(Value v) {
        Tensor known = outside.get(v);
        if (known != null) {
            return known;
        }
        Equation eq = source.get(v);
        Tensor made = Trace.apply(eq.op(), eq.in().stream().map(this::outside).toList())
                .getFirst();
        outside.put(v, made);
        return made;
    }

    // ---- what stays

    /// Returns the equations left for the loop; what they read of the outside becomes its constants and inputs.
    private List<Equation> inside(List<Value> outputs) {
        Set<Value> live = new HashSet<>(outputs);
        var left = new ArrayList<Equation>();
        for (Equation eq : body.equations().reversed()) {
            boolean stays = !moved.contains(eq) || eq.op() instanceof Op.Broadcast;
            if (stays && eq.out().stream().anyMatch(live::contains)) {
                left.add(eq);
                live.removeAll(eq.out());
                live.addAll(eq.in());
            }
        }
        if (scan.isRagged()) {
            consts.put(body.in().getFirst(), in.getFirst());
        }
        Set<Value> carry = new HashSet<>(body.in().subList(scan.consts(), scan.consts() + scan.carry()));
        var ordered = new ArrayList<>(body.in());
        body.equations().forEach(eq -> ordered.addAll(eq.out()));
        for (Value v : ordered) {
            if (live.contains(v) && !carry.contains(v)) {
                (when.get(v) == When.INVARIANT ? consts : xs).put(v, outside(v));
            }
        }
        return left.reversed();
    }

    // ---- after the loop

    /// Makes an output of the original loop from what the new loop returned.
    private interface After {
        Tensor compute(Map<Value, Tensor> stacked, List<Tensor> sums);
    }

    /// Finds what follows from the loop: nothing left in it waits for these values, and a product leads to them.
    private void follow(Set<Value> kept) {
        for (Equation eq : body.equations()) {
            Value out = eq.out().getFirst();
            List<Boolean> varying = eq.in().stream().map(this::varies).toList();
            if (when.get(out) == When.INSIDE
                    && !kept.contains(out)
                    && TimeBatch.can(eq.op(), eq.in(), varying)
                    && (!scan.leavesRowsOut() || leads(out))
                    && (eq.op() instanceof Op.MatMul || eq.in().stream().anyMatch(following::contains))) {
                following.add(out);
            }
        }
        Set<Value> used = body.sources(body.out());
        Set<Value> summed = new HashSet<>(
                body.out().subList(scan.carry() + scan.stacked(), body.out().size()));
        for (Equation eq : body.equations().reversed()) {
            Value out = eq.out().getFirst();
            if (summed.contains(out) && eq.op() instanceof Op.Elementwise) {
                summed.addAll(eq.in());
            } else if (used.contains(out) && !following.contains(out) && !summed.contains(out)) {
                eq.in().forEach(following::remove);
            }
        }
    }

    /// A value of every step, stacked.
    private After overTime(Value v) {
        if (when.get(v) == When.BEFORE && outside.containsKey(v)) {
            Tensor known = outside.get(v);
            boolean given = source.get(v) == null;
            return (_, _) ->
                    scan.leavesRowsOut() && !given && leads(v) ? atWork(known, Tensor.zeros(known.type())) : known;
        }
        if (following.contains(v)) {
            After made = made(v);
            return isZeroed(v)
                    ? made
                    : (ys, ss) -> {
                        Tensor steps = made.compute(ys, ss);
                        return atWork(steps, Tensor.zeros(steps.type()));
                    };
        }
        stacked.add(v);
        return (ys, _) -> ys.get(v);
    }

    /// A value that follows, computed from what the loop stacks.
    private After made(Value v) {
        Equation eq = source.get(v);
        List<After> operands = eq.in().stream().map(this::operand).toList();
        return (ys, ss) -> {
            if (!followed.containsKey(v)) {
                List<Tensor> of = operands.stream().map(a -> a.compute(ys, ss)).toList();
                followed.put(v, atOnce(eq, of));
            }
            return followed.get(v);
        };
    }

    private After operand(Value v) {
        if (!varies(v)) {
            return (_, _) -> outside(v);
        }
        Equation eq = source.get(v);
        boolean ofInputs = when.get(v) == When.BEFORE && !outside.containsKey(v);
        return ofInputs || following.contains(v) ? made(v) : overTime(v);
    }

    // ---- rows that are not at work

    /// Says whether a value that follows is zero in these rows, as what the loop stacks is.
    private boolean isZeroed(Value v) {
        Equation eq = source.get(v);
        return !scan.leavesRowsOut()
                || eq.op() instanceof Op.MatMul && !following.contains(eq.in().getFirst());
    }

    private boolean leads(Value v) {
        Shape shape = v.type().shape();
        return shape.rank() > 0 && shape.dim(0) == Rows.batch(scan, body);
    }

    /// Puts a filler into these rows: computed from zeros, they may hold anything, even NaN.
    private Tensor atWork(Tensor steps, Tensor filler) {
        Shape shape = steps.shape();
        Tensor work = Packing.atWork(in.getFirst());
        for (int axis = 2; axis < shape.rank(); axis++) {
            work = work.expand(axis);
        }
        return work.broadcastTo(shape).select(steps, filler);
    }

    /// Applies an operation for all steps; where it may be infinite, or its slope, these rows hold ones
    /// before it.
    private Tensor atOnce(Equation eq, List<Tensor> operands) {
        var safe = new ArrayList<Tensor>();
        for (int i = 0; i < operands.size(); i++) {
            Value v = eq.in().get(i);
            boolean fills = scan.leavesRowsOut() && varies(v) && leads(v) && mayBeInfinite(eq.op(), i);
            Tensor given = operands.get(i);
            safe.add(fills ? atWork(given, Tensor.ones(given.type())) : given);
        }
        return TimeBatch.apply(eq.op(), safe, eq.in().stream().map(this::varies).toList(), scan.steps());
    }

    private static boolean mayBeInfinite(Op op, int operand) {
        return op instanceof Op.Elementwise(Fn fn)
                && switch (fn) {
                    case LOG, LOG1P, SQRT, RECIPROCAL, POW -> true;
                    case DIV -> operand == 1;
                    case NEG,
                            EXP,
                            TANH,
                            SIGMOID,
                            ABS,
                            SIGN,
                            SIN,
                            COS,
                            FLOOR,
                            NOT,
                            ADD,
                            SUB,
                            MUL,
                            MAX,
                            MIN,
                            AND,
                            OR,
                            EQUAL,
                            LESS,
                            LESS_EQUAL,
                            SELECT -> false;
                };
    }

    /// A sum over the steps: of a product or of a table, one of all steps; of a sum, one sum or two; else a sum in the
    /// loop.
    private After afterSum(Value v, Set<Value> kept) {
        Equation eq = source.get(v);
        if (eq != null && !kept.contains(v) && when.get(v) != When.ALWAYS && when.get(v) != When.INVARIANT) {
            if (eq.op() instanceof Op.MatMul(boolean a, boolean b)
                    && a
                    && !b
                    && eq.in().stream()
                            .allMatch(f -> varies(f) && f.type().shape().rank() == 2)) {
                After left = overTime(eq.in().get(0));
                After right = overTime(eq.in().get(1));
                return (ys, ss) -> Trace.apply1(
                        new Op.MatMul(true, false), flat(left.compute(ys, ss)), flat(right.compute(ys, ss)));
            }
            if (eq.op() instanceof Op.ScatterAdd table && eq.in().stream().allMatch(this::varies)) {
                After index = overTime(eq.in().get(0));
                After updates = overTime(eq.in().get(1));
                return (ys, ss) -> Trace.apply1(table, index.compute(ys, ss), updates.compute(ys, ss));
            }
            if (eq.op() instanceof Op.Reduce(Op.Reduce.Kind kind, List<Integer> axes)
                    && kind == Op.Reduce.Kind.SUM
                    && varies(eq.in().getFirst())) {
                var both = new ArrayList<>(List.of(0));
                axes.forEach(axis -> both.add(axis + 1));
                var whole = new Op.Reduce(kind, both);
                Optional<Part> part = part(eq.in().getFirst()).filter(p -> !axes.contains(p.axis));
                if (part.isPresent()) {
                    Part p = part.get();
                    int axis =
                            p.axis - (int) axes.stream().filter(a -> a < p.axis).count();
                    return (ys, _) -> Trace.apply1(whole, ys.get(p.of)).slice(axis, p.start, p.end);
                }
                After all = overTime(eq.in().getFirst());
                return (ys, ss) -> Trace.apply1(whole, all.compute(ys, ss));
            }
            if (eq.op() instanceof Op.Elementwise(Fn fn) && fn == Fn.ADD) {
                After left = afterSum(eq.in().get(0), kept);
                After right = afterSum(eq.in().get(1), kept);
                return (ys, ss) -> left.compute(ys, ss).plus(right.compute(ys, ss));
            }
        }
        int at = sums.indexOf(v) >= 0 ? sums.indexOf(v) : sums.size();
        if (at == sums.size()) {
            sums.add(v);
        }
        return (_, ss) -> ss.get(at);
    }

    /// A piece of a stacked value along an axis of one step's.
    private record Part(Value of, int axis, int start, int end) {}

    /// Finds a stacked value of which another is a part, such as the gradient of all gates for that of one.
    private Optional<Part> part(Value v) {
        for (Equation eq : body.equations()) {
            if (eq.op() instanceof Op.Concat(int axis)
                    && stacked.contains(eq.out().getFirst())) {
                int start = 0;
                for (Value in : eq.in()) {
                    int end = start + in.type().shape().dim(axis);
                    if (in == v) {
                        return Optional.of(new Part(eq.out().getFirst(), axis, start, end));
                    }
                    start = end;
                }
            }
        }
        return Optional.empty();
    }

    private boolean varies(Value v) {
        return when.get(v) == When.INSIDE || when.get(v) == When.BEFORE;
    }

    private static Tensor flat(Tensor steps) {
        Shape shape = steps.shape();
        return steps.reshape(shape.sub(0, 2).count(), shape.dim(2));
    }
}
