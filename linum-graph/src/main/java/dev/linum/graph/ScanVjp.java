package dev.linum.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The derivative of a loop is a loop the other way round.
///
/// ```
///   forward    h0 --> [body] --> [body] --> [body] --> hT        each step leaves what the
///                       |r1        |r2        |r3                pull will read: residuals r
///   backward   dh0 <-- [pull] <-- [pull] <-- [pull] <-- dhT      dxs stacked, dconsts summed
/// ```
///
/// Two traces are opened, the backward body's inside the forward body's. The forward body is emitted into the
/// first through [Vjp], which leaves a pull; the pull is emitted into the second. Whatever the pull reads of
/// the forward body is captured by the second trace (closure conversion), and those captured values are
/// exactly the residuals:
///
/// | a residual that is ... | reaches the backward loop as |
/// |---|---|
/// | a constant of the loop | the same constant |
/// | an input of the step (xs) | the same xs |
/// | the carry coming in, or anything computed in the step | a further stacked output of the forward loop |
///
/// Those that are only repeated numbers, or cheap to compute again if so wanted, are left out ([Recompute]).
///
/// The cotangents of the carry are the carry of the backward loop; those of constants are its sums.
/// (Pearlmutter and Siskind, "Reverse-mode AD in a functional framework", 2008, and the scan rule of JAX.)
final class ScanVjp {

    /// A value that the backward body reads, and where it comes from among the results of the forward loop, or else.
    private record Read(Value inside, Function<List<Tensor>, Tensor> source) {}

    private final Op.Scan scan;
    private final Graph body;
    private final List<Tensor> in;

    /// The first per-step value among what comes in, and the first sum among what is returned.
    private final int firstX;

    private final int firstSum;

    /// The active outputs of the body, by their places.
    private final List<Integer> carry;

    private final List<Integer> stacked;
    private final List<Integer> sums;

    /// The active inputs of the body besides the carry, by their places.
    private final List<Integer> xs;

    private final List<Integer> consts;

    /// The forward body, whose outputs grow by the residuals, and its pull.
    private final Trace forward;

    private final List<Value> inputs;
    private final List<Value> outputs;
    private final Vjp.Pull pull;
    private final List<Value> residuals = new ArrayList<>();

    private final List<Read> constsRead = new ArrayList<>();
    private final List<Read> xsRead = new ArrayList<>();

    private ScanVjp(Op.Scan scan, List<Tensor> in, List<Boolean> wanted) {
        this.scan = scan;
        this.in = in;
        body = scan.body();
        firstX = scan.consts() + scan.carry();
        firstSum = scan.carry() + scan.stacked();
        Set<Value> active = Vjp.active(body, wanted);
        IntPredicate isActive = i -> active.contains(body.out().get(i));
        carry = places(0, scan.carry(), i -> wanted.get(scan.consts() + i));
        stacked = places(scan.carry(), firstSum, isActive);
        sums = places(firstSum, body.out().size(), isActive);
        xs = places(firstX, body.in().size(), wanted::get);
        consts = places(0, scan.consts(), wanted::get);

        forward = new Trace(Trace.open().orElse(null));
        inputs = body.in().stream().map(v -> new Value(v.type())).toList();
        List<Tensor> arguments =
                inputs.stream().map(v -> (Tensor) new Traced(forward, v)).toList();
        Vjp.Forward step = forward.within(() -> Vjp.forward(body, arguments, wanted));
        outputs = new ArrayList<>(step.outputs().stream().map(forward::lift).toList());
        pull = step.pull();
    }

    static Vjp.Forward forward(Op.Scan scan, List<Tensor> in, List<Boolean> activeIn) {
        return new ScanVjp(scan, in, fixpoint(scan, activeIn)).forward();
    }

    private Vjp.Forward forward() {
        Trace.Closure back = backwardBody();
        read(back);
        Op.Scan shorter = backwardLoop(back);
        // The residuals of rows that were left out are zeros, which only a loop that leaves them out too may read.
        boolean longer = scan.leavesRowsOut() && !leavesRowsOut(shorter);
        Op.Scan.Ragged ragged = longer ? Op.Scan.Ragged.KEPT : scan.ragged();
        Op.Scan backward = shorter.withRagged(ragged);
        List<Tensor> all = runForwards(ragged);
        var visible = new ArrayList<>(all);
        visible.subList(firstSum, firstSum + residuals.size()).clear();
        return new Vjp.Forward(visible, cotangents -> runBackwards(backward, all, visible, cotangents));
    }

    /// One step backwards: (captured, d carry', d y, d sum) -> (d carry, d x, d const).
    private Trace.Closure backwardBody() {
        List<Integer> given = concat(carry, stacked, sums);
        List<Type> types = given.stream().map(i -> body.out().get(i).type()).toList();
        Trace.Closure reading = forward.within(() -> Trace.closure(types, cotangents -> {
            List<Tensor> pulled =
                    pull.apply(spread(cotangents, given, body.out().size()));
            return pulledTo().stream()
                    .map(i -> orZero(pulled.get(i), body.in().get(i).type()))
                    .toList();
        }));
        return Recompute.again(
                scan.saving(),
                forward,
                forward.close(inputs, outputs),
                inputs.subList(scan.consts(), inputs.size()),
                concat(outputs.subList(scan.carry(), firstSum), inputs.subList(firstX, inputs.size())),
                reading);
    }

    /// Finds where each value that the backward body captured comes from in the backward loop.
    private void read(Trace.Closure back) {
        List<Value> ys = outputs.subList(scan.carry(), firstSum);
        for (int c = 0; c < back.captured().size(); c++) {
            Tensor source = back.captured().get(c);
            Value inside = back.graph().in().get(c);
            if (!(source instanceof Traced traced) || traced.trace() != forward) {
                constsRead.add(new Read(inside, _ -> source));
                continue;
            }
            int input = inputs.indexOf(traced.value());
            int y = ys.indexOf(traced.value());
            if (input >= 0 && input < scan.consts()) {
                constsRead.add(new Read(inside, _ -> in.get(input)));
            } else if (input >= firstX) {
                xsRead.add(new Read(inside, _ -> in.get(input)));
            } else if (y >= 0) {
                xsRead.add(new Read(inside, all -> all.get(scan.carry() + y)));
            } else {
                int residual = firstSum + residuals.size();
                residuals.add(traced.value());
                xsRead.add(new Read(inside, all -> all.get(residual)));
            }
        }
    }

    private Op.Scan backwardLoop(Trace.Closure back) {
        List<Value> values = back.graph().in();
        int carryAt = back.captured().size();
        int stackedAt = carryAt + carry.size();
        int sumsAt = stackedAt + stacked.size();
        var bodyIn = new ArrayList<Value>();
        if (scan.isRagged()) {
            bodyIn.add(new Value(in.getFirst().type()));
        }
        constsRead.forEach(read -> bodyIn.add(read.inside()));
        bodyIn.addAll(values.subList(sumsAt, values.size()));
        int constants = bodyIn.size();
        bodyIn.addAll(values.subList(carryAt, stackedAt));
        xsRead.forEach(read -> bodyIn.add(read.inside()));
        bodyIn.addAll(values.subList(stackedAt, sumsAt));
        var step = new Graph(bodyIn, back.graph().equations(), back.graph().out());
        int read = xsRead.size() + stacked.size();
        return scan.with(step, constants, carry.size(), read, xs.size(), consts.size())
                .reversed();
    }

    /// Runs the loop with the residuals as further stacked outputs.
    private List<Tensor> runForwards(Op.Scan.Ragged ragged) {
        outputs.addAll(firstSum, residuals);
        // What the body captured comes after the loop's own constants, of which the first may be special.
        Trace.Closure joint = forward.close(inputs, outputs);
        int captures = joint.captured().size();
        List<Value> values = joint.graph().in();
        List<Value> bodyIn = after(scan.consts(), values.subList(captures, values.size()), values.subList(0, captures));
        var step = new Graph(bodyIn, joint.graph().equations(), joint.graph().out());
        int kept = scan.stacked() + residuals.size();
        Op.Scan loop = scan.with(step, captures + scan.consts(), scan.carry(), scan.xs(), kept, scan.sums())
                .withRagged(ragged);
        return Loop.emit(loop, after(scan.consts(), in, joint.captured()));
    }

    /// @param all what the forward loop returned
    /// @param visible the same without residuals
    private List<Tensor> runBackwards(
            Op.Scan backward, List<Tensor> all, List<Tensor> visible, List<Tensor> cotangents) {
        IntFunction<Tensor> given =
                i -> orZero(cotangents.get(i), visible.get(i).type());
        var arguments = new ArrayList<Tensor>();
        if (scan.isRagged()) {
            arguments.add(in.getFirst());
        }
        constsRead.forEach(read -> arguments.add(read.source().apply(all)));
        sums.forEach(i -> arguments.add(given.apply(i)));
        carry.forEach(i -> arguments.add(given.apply(i)));
        xsRead.forEach(read -> arguments.add(read.source().apply(all)));
        stacked.forEach(i -> arguments.add(given.apply(i)));
        return spread(Loop.emit(backward, arguments), pulledTo(), in.size());
    }

    /// The places of the inputs that the results of the backward loop are the cotangents of.
    private List<Integer> pulledTo() {
        return concat(carry.stream().map(i -> scan.consts() + i).toList(), xs, consts);
    }

    /// Says whether a ragged loop, split, can be run without the rows that are over.
    private static boolean leavesRowsOut(Op.Scan scan) {
        List<Type> types = scan.body().in().stream().map(Value::type).toList();
        int firstX = scan.consts() + scan.carry();
        var whole = new ArrayList<>(types.subList(0, firstX));
        types.subList(firstX, types.size())
                .forEach(t -> whole.add(t.withShape(t.shape().insert(0, scan.steps()))));
        Graph graph = Trace.of(whole, in -> Loop.emit(scan, in));
        return graph.scans().stream()
                .filter(Op.Scan::leavesRowsOut)
                .noneMatch(loop -> Rows.of(loop, loop.body()).isEmpty());
    }

    /// Says which outputs of a loop depend on its active inputs.
    static List<Boolean> activeOutputs(Op.Scan scan, List<Boolean> activeIn) {
        List<Boolean> wanted = fixpoint(scan, activeIn);
        Set<Value> active = Vjp.active(scan.body(), wanted);
        return IntStream.range(0, scan.body().out().size())
                .mapToObj(i ->
                        active.contains(scan.body().out().get(i)) || i < scan.carry() && wanted.get(scan.consts() + i))
                .toList();
    }

    /// A carry is active if it starts active or any step makes it so.
    private static List<Boolean> fixpoint(Op.Scan scan, List<Boolean> activeIn) {
        var wanted = new ArrayList<>(activeIn);
        for (int i = 0; i < wanted.size(); i++) {
            wanted.set(
                    i, wanted.get(i) && scan.body().in().get(i).type().dtype().isFloat());
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            Set<Value> active = Vjp.active(scan.body(), wanted);
            for (int i = 0; i < scan.carry(); i++) {
                if (!wanted.get(scan.consts() + i)
                        && active.contains(scan.body().out().get(i))) {
                    wanted.set(scan.consts() + i, true);
                    changed = true;
                }
            }
        }
        return wanted;
    }

    private static <E> List<E> after(int at, List<E> list, List<E> more) {
        var all = new ArrayList<>(list);
        all.addAll(at, more);
        return all;
    }

    @SafeVarargs
    private static <E> List<E> concat(List<E>... lists) {
        return Stream.of(lists).flatMap(List::stream).toList();
    }

    private static List<Integer> places(int from, int to, IntPredicate wanted) {
        return IntStream.range(from, to).filter(wanted).boxed().toList();
    }

    /// Puts tensors to their places in a list of so many, with nothing, which means zero, at the others.
    private static List<Tensor> spread(List<Tensor> tensors, List<Integer> places, int count) {
        var all = new ArrayList<Tensor>(Collections.nCopies(count, null));
        for (int i = 0; i < places.size(); i++) {
            all.set(places.get(i), tensors.get(i));
        }
        return all;
    }

    private static Tensor orZero(Tensor cotangent, Type type) {
        return cotangent != null ? cotangent : Ops.zeros(type);
    }
}
