package dev.linum.nn;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// How variables and random streams cross the loop of an [Rnn].
///
/// | a collection is | which means |
/// |---|---|
/// | broadcast | every step reads the same value (Flax's `variable_broadcast`) |
/// | carried | a step reads what the step before it left (`variable_carry`) |
/// | per step | step t has a value of its own; all are stacked along an axis (`variable_axes`) |
///
/// A random stream is either split, so that each step draws anew, or the same at each step (`split_rngs`).
/// By default `params` are broadcast, `intermediates` are recorded per step, the stream `dropout` is split and
/// `recurrent_dropout` is not.
///
/// @param broadcast collections
/// @param carried collections
/// @param axes for each collection per step, the axis of its variables that is time
/// @param split for each stream, whether it is split
public record Lift(Set<String> broadcast, Set<String> carried, Map<String, Integer> axes, Map<String, Boolean> split) {

    public Lift {
        broadcast = Collections.unmodifiableSet(new LinkedHashSet<>(broadcast));
        carried = Collections.unmodifiableSet(new LinkedHashSet<>(carried));
        axes = Collections.unmodifiableMap(new LinkedHashMap<>(axes));
        split = Collections.unmodifiableMap(new LinkedHashMap<>(split));
    }

    public static Lift standard() {
        return new Lift(Set.of(Variables.PARAMS), Set.of(), Map.of("intermediates", 0), Map.of())
                .withShared(Variables.PARAMS, Dropout.RECURRENT_STREAM)
                .withSplit(Dropout.STREAM);
    }

    /// Lets every step read the same variables of these collections.
    public Lift withBroadcast(String... collections) {
        Lift next = this;
        for (String name : collections) {
            next = next.without(name);
        }
        return new Lift(add(next.broadcast, collections), next.carried, next.axes, split);
    }

    /// Carries the variables of these collections from step to step.
    public Lift withCarried(String... collections) {
        Lift next = this;
        for (String name : collections) {
            next = next.without(name);
        }
        return new Lift(next.broadcast, add(next.carried, collections), next.axes, split);
    }

    /// Gives each step its own variables of a collection, stacked along an axis.
    public Lift withAxis(String collection, int axis) {
        Lift next = without(collection);
        var more = new LinkedHashMap<>(next.axes);
        more.put(collection, axis);
        return new Lift(next.broadcast, next.carried, more, split);
    }

    /// Gives each step keys of its own from these streams.
    public Lift withSplit(String... streams) {
        return split(true, streams);
    }

    /// Gives all steps the same keys from these streams.
    public Lift withShared(String... streams) {
        return split(false, streams);
    }

    private Lift split(boolean each, String... streams) {
        var next = new LinkedHashMap<>(split);
        for (String stream : streams) {
            next.put(stream, each);
        }
        return new Lift(broadcast, carried, axes, next);
    }

    private Lift without(String collection) {
        var fewerAxes = new LinkedHashMap<>(axes);
        fewerAxes.remove(collection);
        return new Lift(minus(broadcast, collection), minus(carried, collection), fewerAxes, split);
    }

    private static Set<String> add(Set<String> names, String... more) {
        var next = new LinkedHashSet<>(names);
        next.addAll(List.of(more));
        return next;
    }

    private static Set<String> minus(Set<String> names, String less) {
        return names.stream().filter(name -> !name.equals(less)).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    String describe() {
        return Stream.of(broadcast, carried, axes.keySet())
                .flatMap(Set::stream)
                .sorted()
                .toList()
                .toString();
    }
}
