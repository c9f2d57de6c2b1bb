package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Packing;
import dev.linum.graph.Saving;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import dev.linum.graph.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// A loop whose body may use variables and random streams: the scope is taken apart into what the loop carries,
/// slices, stacks or shares, and put together again inside.
///
/// ```
///                    broadcast ───────────── read by every step
///  variables ──┬──── carried ──── v0 ─▶ step ─▶ v1 ─▶ step ─▶ v2 ...
///              └──── per step ─── v[0]    ▲     v[1]    ▲
///  streams ────┬──── split ────── key[0] ─┘     key[1] ─┘
///              └──── shared ───── the same key at every step
/// ```
///
/// The body is recorded twice. The first time its graph is thrown away; it shows which variables the steps
/// make, carry and record, which must be known before the loop can be built. Flax does the same, and since
/// the counters of random streams run on, the keys inside the loop are Flax's.
final class LiftedScan {

    /// A step with a scope; it sees the step's inputs and, with lengths, which sequences are not over: bool [*batch].
    interface Body<C> {
        Loop.Step<C, Tensor> step(Scope scope, C carry, Bundle.Tensors x);
    }

    private final Scope scope;
    private final Call outer;
    private final Lift lift;
    private final Timing timing;
    private final int steps;
    private final Saving saving;

    private LiftedScan(Scope scope, Lift lift, Timing timing, Saving saving) {
        this.scope = scope;
        this.outer = scope.call();
        this.lift = lift;
        this.timing = timing;
        this.steps = timing.steps();
        this.saving = saving;
    }

    /// Runs a step over sequences; inputs and outputs have time where `timing` says.
    static <C extends Bundle<C>> Loop.Step<C, Tensor> run(
            Scope scope,
            Lift lift,
            Timing timing,
            Saving saving,
            Loop.Order order,
            C initial,
            Tensor inputs,
            Body<C> body) {
        return new LiftedScan(scope, lift, timing, saving).run(order, initial, inputs, body);
    }

    /// One step outside a loop, for stepping: carried variables go in and out of the scope, nothing is split.
    static <R> R single(Scope scope, Lift lift, Function<Scope, R> step) {
        for (String collection : lift.axes().keySet()) {
            if (!scope.call().paths(collection, scope.path()).isEmpty() && !collection.equals("intermediates")) {
                throw new IllegalArgumentException("the collection \"" + collection
                        + "\" has a value for each step of a sequence, so single steps cannot use it");
            }
        }
        return step.apply(scope);
    }

    private <C extends Bundle<C>> Loop.Step<C, Tensor> run(Loop.Order order, C initial, Tensor inputs, Body<C> body) {
        Map<String, Tensor> split = splitKeys();
        Type one = inputs.type().withShape(inputs.shape().drop(timing.timeAxis()));
        StepCall seen = rehearse(initial, one, body, split);
        if (seen.madePerStep()) {
            seen = rehearse(initial, one, body, split);
            seen.keepPerStep();
            seen = rehearse(initial, one, body, split);
        }
        if (timing.lengths().isPresent() && timing.batch().rank() == 1 && seen.isPlain()) {
            return packed(order, initial, inputs, body);
        }
        List<String> carried = seen.carriedPaths();
        List<String> sliced = perStepPaths();
        List<String> written = seen.writtenPerStep();

        var initialPair = Bundle.Pair.of(
                initial, new Bundle.Tensors(carried.stream().map(outer::value).toList()));
        var slices = new ArrayList<>(split.values());
        sliced.forEach(path -> slices.add(outer.value(path).moveAxis(axis(path), 0)));
        boolean backwards = order == Loop.Order.BACKWARDS;
        if (backwards) {
            // Keys and variables of the first step belong to the last input.
            slices.replaceAll(each -> each.reverse(0));
        }
        Bundle.Tensors xs = withoutPadding(inputs.moveAxis(timing.timeAxis(), 0), timing.valid());
        var all = Bundle.Pair.of(xs, new Bundle.Tensors(slices));
        var ran = Loop.scan(initialPair, all, steps, order, Optional.empty(), saving, (carry, x) -> {
            var inner = new StepCall(outer, lift, steps, scope.path());
            inner.keys(keys(split, x.second().leaves()));
            inner.bind(carried, carry.second().leaves());
            inner.bind(sliced, x.second().leaves().subList(split.size(), slices.size()));
            Loop.Step<C, Tensor> step = body.step(scope.with(inner), carry.first(), x.first());
            var next = Bundle.Pair.of(step.carry(), inner.values(carried));
            return new Loop.Step<>(
                    next, Bundle.Pair.of(new Bundle.Tensors(List.of(step.output())), inner.values(written)));
        });

        for (int i = 0; i < carried.size(); i++) {
            if (seen.isWritten(carried.get(i))) {
                outer.write(carried.get(i), ran.carry().second().get(i));
            }
        }
        for (int i = 0; i < written.size(); i++) {
            String path = written.get(i);
            Tensor each = ran.output().second().get(i);
            outer.write(path, (backwards ? each.reverse(0) : each).moveAxis(0, axis(path)));
        }
        return new Loop.Step<>(ran.carry().first(), ran.output().first().get(0).moveAxis(0, timing.timeAxis()));
    }

    /// Runs steps that only read shared variables, with the sequences packed: then the rows that have something to do
    /// at a step are the first ones, and the others need not be touched.
    private <C extends Bundle<C>> Loop.Step<C, Tensor> packed(
            Loop.Order order, C initial, Tensor inputs, Body<C> body) {
        Packing packing = Packing.of(timing.lengths().orElseThrow(), steps, timing.timeAxis() == 0);
        Bundle.Tensors xs = withoutPadding(packing.pack(inputs), Optional.of(packing.atWork()));
        var ran = Loop.scan(initial, xs, steps, order, Optional.of(packing.sequences()), saving, (carry, x) -> {
            var inner = new StepCall(outer, lift, steps, scope.path());
            inner.keys(keys(Map.of()));
            return body.step(scope.with(inner), carry, x);
        });
        return new Loop.Step<>(ran.carry(), packing.unpack(ran.output()));
    }

    /// Returns what the steps see: inputs with zeros in the padding, and which sequences are not over.
    private static Bundle.Tensors withoutPadding(Tensor inputs, Optional<Tensor> valid) {
        return valid.map(real -> Bundle.Tensors.of(Timing.rows(real, inputs, Tensor.zeros(inputs.type())), real))
                .orElseGet(() -> Bundle.Tensors.of(inputs));
    }

    /// Records the body on the first step's types and returns what it asked for.
    private <C extends Bundle<C>> StepCall rehearse(C initial, Type x, Body<C> body, Map<String, Tensor> split) {
        var inner = new StepCall(outer, lift, steps, scope.path());
        var first = new LinkedHashMap<String, Key>();
        if (steps > 0) {
            split.forEach((stream, keys) -> first.put(stream, new Key(eager(keys, k -> k.index(0, 0)))));
        }
        inner.keys(keys(first));
        inner.rehearsing(split);
        var types = new ArrayList<>(List.of(x));
        timing.lengths().ifPresent(_ -> types.add(new Type(DType.BOOL, timing.batch())));
        boolean mayMove = Loop.rehearse(initial, types, (carry, step) -> {
            for (String path : perStepPaths()) {
                Tensor all = outer.value(path);
                inner.bind(List.of(path), List.of(firstOf(all, axis(path))));
            }
            for (String path : carriedPaths()) {
                inner.bind(List.of(path), List.of(outer.value(path)));
            }
            return body.step(scope.with(inner), carry, step);
        });
        inner.mayMove(mayMove);
        return inner;
    }

    private static Tensor firstOf(Tensor all, int axis) {
        if (all.shape().dim(axis) == 0) {
            return Tensor.zeros(all.type().withShape(all.shape().drop(axis)));
        }
        return all.index(axis, 0);
    }

    private List<String> perStepPaths() {
        return lift.axes().keySet().stream()
                .filter(collection -> !collection.equals("intermediates"))
                .flatMap(collection -> outer.paths(collection, scope.path()).stream())
                .toList();
    }

    private List<String> carriedPaths() {
        return lift.carried().stream()
                .flatMap(collection -> outer.paths(collection, scope.path()).stream())
                .toList();
    }

    private int axis(String path) {
        return lift.axes().get(Call.collection(path));
    }

    private Map<String, Tensor> splitKeys() {
        var split = new LinkedHashMap<String, Tensor>();
        outer.keys().streams().forEach((stream, key) -> {
            if (lift.split().getOrDefault(stream, false)) {
                split.put(stream, eager(key.words(), words -> new Key(words).splits(steps)));
            }
        });
        return split;
    }

    /// Computes at once what can be, so that parameters can be drawn while a graph is being recorded.
    private static Tensor eager(Tensor in, Function<Tensor, Tensor> function) {
        return in instanceof dev.linum.graph.Array ? Trace.eagerly(() -> function.apply(in)) : function.apply(in);
    }

    private Keys keys(Map<String, Tensor> split, List<Tensor> slices) {
        var each = new HashMap<String, Key>();
        int at = 0;
        for (String stream : split.keySet()) {
            each.put(stream, new Key(slices.get(at++)));
        }
        return keys(each);
    }

    private Keys keys(Map<String, Key> split) {
        var all = new LinkedHashMap<String, Key>();
        outer.keys().streams().forEach((stream, key) -> {
            if (lift.split().containsKey(stream)) {
                all.put(stream, split.getOrDefault(stream, key));
            }
        });
        return Keys.of(all);
    }
}
