package dev.linum.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

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

    private ScanVjp() {}

    static Vjp.Forward forward(Op.Scan scan, List<Tensor> in, List<Boolean> activeIn) {
        Graph body = scan.body();
        List<Boolean> wanted = fixpoint(scan, activeIn);
        Set<Value> active = Vjp.active(body, wanted);

        var forwardTrace = new Trace(Trace.open().orElse(null));
        List<Value> inputs = body.in().stream().map(v -> new Value(v.type())).toList();
        List<Tensor> arguments =
                inputs.stream().map(v -> (Tensor) new Traced(forwardTrace, v)).toList();
        Vjp.Forward step = forwardTrace.within(() -> Vjp.forward(body, arguments, wanted));
        List<Value> outputs =
                new ArrayList<>(step.outputs().stream().map(forwardTrace::lift).toList());

        // The backward body: (captured, d carry', d y, d sum) -> (d carry, d x, d const).
        int carry = scan.carry();
        List<Integer> activeCarry = range(0, carry)
                .filter(i -> wanted.get(scan.consts() + i))
                .boxed()
                .toList();
        List<Integer> activeYs = floats(body, active, carry, carry + scan.stacked());
        List<Integer> activeSums =
                floats(body, active, carry + scan.stacked(), body.out().size());
        List<Integer> activeXs = range(0, scan.xs())
                .filter(i -> wanted.get(scan.consts() + carry + i))
                .boxed()
                .toList();
        List<Integer> activeConsts =
                range(0, scan.consts()).filter(wanted::get).boxed().toList();
        List<Type> given = new ArrayList<>();
        activeCarry.forEach(i -> given.add(body.out().get(i).type()));
        activeYs.forEach(i -> given.add(body.out().get(i).type()));
        activeSums.forEach(i -> given.add(body.out().get(i).type()));

        Trace.Closure reading = forwardTrace.within(() -> Trace.closure(given, cts -> {
            var all = new ArrayList<Tensor>(
                    java.util.Collections.nCopies(body.out().size(), null));
            int at = 0;
            for (List<Integer> group : List.of(activeCarry, activeYs, activeSums)) {
                for (int i : group) {
                    all.set(i, cts.get(at++));
                }
            }
            List<Tensor> pulled = step.pull().apply(all);
            var out = new ArrayList<Tensor>();
            activeCarry.forEach(i -> out.add(orZero(pulled, body, scan.consts() + i)));
            activeXs.forEach(i -> out.add(orZero(pulled, body, scan.consts() + carry + i)));
            activeConsts.forEach(i -> out.add(orZero(pulled, body, i)));
            return out;
        }));
        var free = new ArrayList<>(outputs.subList(carry, carry + scan.stacked()));
        free.addAll(inputs.subList(scan.consts() + carry, inputs.size()));
        Trace.Closure back = Recompute.again(
                scan.saving(),
                forwardTrace,
                forwardTrace.close(inputs, outputs),
                inputs.subList(scan.consts(), inputs.size()),
                free,
                reading);

        // Where each captured value of the forward body comes from in the backward loop.
        var residuals = new ArrayList<Value>();
        var backConsts = new ArrayList<Value>();
        var backXs = new ArrayList<Value>();
        var constSources = new ArrayList<Tensor>();
        var xsSources = new ArrayList<java.util.function.Function<List<Tensor>, Tensor>>();
        for (int c = 0; c < back.captured().size(); c++) {
            Tensor source = back.captured().get(c);
            Value inside = back.graph().in().get(c);
            if (!(source instanceof Traced traced) || traced.trace() != forwardTrace) {
                backConsts.add(inside);
                constSources.add(source);
                continue;
            }
            int at = inputs.indexOf(traced.value());
            if (at >= 0 && at < scan.consts()) {
                backConsts.add(inside);
                constSources.add(in.get(at));
            } else if (at >= scan.consts() + carry) {
                backXs.add(inside);
                Tensor xs = in.get(at);
                xsSources.add(_ -> xs);
            } else {
                int stacked = outputs.subList(carry, carry + scan.stacked()).indexOf(traced.value());
                int index = stacked >= 0 ? carry + stacked : carry + scan.stacked() + residuals.size();
                if (stacked < 0) {
                    residuals.add(traced.value());
                }
                backXs.add(inside);
                xsSources.add(all -> all.get(index));
            }
        }

        List<Value> values = back.graph().in();
        int first = back.captured().size();
        int sumsAt = first + activeCarry.size() + activeYs.size();
        var bodyIn = new ArrayList<Value>();
        if (scan.isRagged()) {
            bodyIn.add(new Value(in.getFirst().type()));
        }
        bodyIn.addAll(backConsts);
        bodyIn.addAll(values.subList(sumsAt, sumsAt + activeSums.size()));
        int consts = bodyIn.size();
        bodyIn.addAll(values.subList(first, first + activeCarry.size()));
        bodyIn.addAll(backXs);
        bodyIn.addAll(values.subList(first + activeCarry.size(), sumsAt));
        var shorter = new Op.Scan(
                new Graph(bodyIn, back.graph().equations(), back.graph().out()),
                consts,
                activeCarry.size(),
                backXs.size() + activeYs.size(),
                activeXs.size(),
                activeConsts.size(),
                scan.steps(),
                !scan.reverse(),
                scan.ragged(),
                scan.saving());
        // The residuals of rows that were left out are zeros, which only a loop that leaves them out too may read.
        boolean longer = scan.leavesRowsOut() && !leavesRowsOut(shorter);
        Op.Scan.Ragged ragged = longer ? Op.Scan.Ragged.KEPT : scan.ragged();
        Op.Scan backward = shorter.withRagged(ragged);

        outputs.addAll(carry + scan.stacked(), residuals);
        // What the body captured comes after the loop's own constants, of which the first may be special.
        Trace.Closure joint = forwardTrace.close(inputs, outputs);
        int captures = joint.captured().size();
        List<Tensor> jointIn = after(scan.consts(), in, joint.captured());
        List<Value> jointBody = after(
                scan.consts(),
                joint.graph().in().subList(captures, captures + in.size()),
                joint.graph().in().subList(0, captures));
        var forwardScan = new Op.Scan(
                new Graph(jointBody, joint.graph().equations(), joint.graph().out()),
                captures + scan.consts(),
                carry,
                scan.xs(),
                scan.stacked() + residuals.size(),
                scan.sums(),
                scan.steps(),
                scan.reverse(),
                ragged,
                scan.saving());
        List<Tensor> all = Loop.emit(forwardScan, jointIn);
        var visible = new ArrayList<>(all);
        visible.subList(carry + scan.stacked(), carry + scan.stacked() + residuals.size())
                .clear();

        return new Vjp.Forward(visible, cotangents -> {
            var loopIn = new ArrayList<Tensor>();
            if (scan.isRagged()) {
                loopIn.add(in.getFirst());
            }
            loopIn.addAll(constSources);
            activeSums.forEach(i -> loopIn.add(given(cotangents, visible, i)));
            activeCarry.forEach(i -> loopIn.add(given(cotangents, visible, i)));
            xsSources.forEach(source -> loopIn.add(source.apply(all)));
            activeYs.forEach(i -> loopIn.add(given(cotangents, visible, i)));
            List<Tensor> pulled = Loop.emit(backward, loopIn);
            var result = new ArrayList<Tensor>(java.util.Collections.nCopies(in.size(), null));
            int at = 0;
            for (int i : activeCarry) {
                result.set(scan.consts() + i, pulled.get(at++));
            }
            for (int i : activeXs) {
                result.set(scan.consts() + carry + i, pulled.get(at++));
            }
            for (int i : activeConsts) {
                result.set(i, pulled.get(at++));
            }
            return result;
        });
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
        Set<Value> active = Vjp.active(scan.body(), fixpoint(scan, activeIn));
        List<Boolean> wanted = fixpoint(scan, activeIn);
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

    private static IntStream range(int from, int to) {
        return IntStream.range(from, to);
    }

    private static List<Integer> floats(Graph body, Set<Value> active, int from, int to) {
        return range(from, to)
                .filter(i -> active.contains(body.out().get(i)))
                .boxed()
                .toList();
    }

    private static Tensor orZero(List<Tensor> pulled, Graph body, int index) {
        Tensor ct = pulled.get(index);
        return ct != null ? ct : Ops.zeros(body.in().get(index).type());
    }

    private static Tensor given(List<Tensor> cotangents, List<Tensor> outputs, int index) {
        Tensor ct = cotangents.get(index);
        return ct != null ? ct : Ops.zeros(outputs.get(index).type());
    }
}
