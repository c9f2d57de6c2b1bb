package dev.linum.nn;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import dev.linum.graph.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// What a scope sees inside the loop of a [LiftedScan]: the call around it through the glasses of a [Lift].
final class StepCall extends Call {

    private final Call outer;
    private final Lift lift;
    private final int steps;
    private final Map<String, Tensor> bound = new LinkedHashMap<>();
    private final Set<String> carried = new LinkedHashSet<>();
    private final Set<String> written = new LinkedHashSet<>();
    private final Map<String, Tensor> stacked = new LinkedHashMap<>();
    private boolean drew;
    private boolean mayMove;
    private Keys keys = Keys.none();
    private Map<String, Tensor> split = Map.of();

    StepCall(Call outer, Lift lift, int steps, List<String> cell) {
        super(Variables.empty(), Keys.none(), outer.mode(), outer.counters());
        this.outer = outer;
        this.lift = lift;
        this.steps = steps;
        carried.addAll(lift.carried().stream()
                .flatMap(collection -> outer.paths(collection, cell).stream())
                .toList());
    }

    void keys(Keys given) {
        keys = given;
    }

    /// Lets this call make per-step variables, each step's from its own key.
    void rehearsing(Map<String, Tensor> splitKeys) {
        split = splitKeys;
    }

    void bind(List<String> paths, List<Tensor> values) {
        for (int i = 0; i < paths.size(); i++) {
            bound.put(paths.get(i), values.get(i));
        }
    }

    Bundle.Tensors values(List<String> paths) {
        return new Bundle.Tensors(paths.stream().map(bound::get).toList());
    }

    List<String> carriedPaths() {
        return List.copyOf(carried);
    }

    void mayMove(boolean rows) {
        mayMove = rows;
    }

    /// Whether nothing depends on where a sequence is in the batch: no row reads another or what belongs to one
    /// row, and nothing is carried, sliced, recorded or drawn besides.
    boolean isPlain() {
        return mayMove && bound.isEmpty() && written.isEmpty() && !drew;
    }

    boolean isWritten(String path) {
        return written.contains(path);
    }

    List<String> writtenPerStep() {
        return written.stream()
                .filter(path -> lift.axes().containsKey(collection(path)))
                .toList();
    }

    boolean madePerStep() {
        return !stacked.isEmpty();
    }

    void keepPerStep() {
        stacked.forEach(outer::make);
    }

    @Override
    Keys keys() {
        return keys;
    }

    @Override
    boolean has(String path) {
        return bound.containsKey(path) || lift.broadcast().contains(collection(path)) && outer.has(path);
    }

    @Override
    List<String> paths(String collection, List<String> under) {
        if (lift.broadcast().contains(collection)) {
            return outer.paths(collection, under);
        }
        String prefix = prefix(collection, under);
        return bound.keySet().stream().filter(path -> path.startsWith(prefix)).toList();
    }

    @Override
    Tensor value(String path) {
        return lift.broadcast().contains(collection(path)) ? outer.value(path) : bound.get(path);
    }

    @Override
    void make(String path, Tensor value) {
        read(path, () -> value);
    }

    @Override
    Tensor read(String path, Supplier<Tensor> initial) {
        String collection = collection(path);
        if (lift.broadcast().contains(collection)) {
            return outer.read(path, initial);
        }
        Tensor value = bound.get(path);
        if (value != null) {
            return value;
        }
        if (lift.carried().contains(collection)) {
            Tensor first = outer.read(path, initial);
            carried.add(path);
            bound.put(path, first);
            return first;
        }
        if (lift.axes().containsKey(collection)) {
            if (!mode().makesVariables()) {
                return outer.read(path, initial);
            }
            Tensor all = drawEach(initial);
            int axis = lift.axes().get(collection);
            stacked.put(path, Trace.eagerly(() -> all.moveAxis(0, axis)));
            Tensor first = Trace.eagerly(() -> all.index(0, 0));
            bound.put(path, first);
            return first;
        }
        throw unlisted(path);
    }

    @Override
    void asked(String path, Type type, Init init) {
        outer.asked(path, type, init);
    }

    /// Draws a per-step variable once for each step, with the keys of that step and the same counters.
    private Tensor drawEach(Supplier<Tensor> initial) {
        Keys here = keys;
        Map<String, Integer> before = new HashMap<>(counters());
        var each = new ArrayList<Tensor>();
        for (int t = 0; t < steps; t++) {
            counters().clear();
            counters().putAll(before);
            var step = new LinkedHashMap<>(here.streams());
            int at = t;
            split.forEach((stream, all) -> {
                if (all instanceof Array) {
                    step.put(stream, new Key(Trace.eagerly(() -> all.index(0, at))));
                }
            });
            keys = Keys.of(step);
            each.add(Trace.eagerly(initial::get));
        }
        keys = here;
        if (each.isEmpty()) {
            throw new IllegalArgumentException(
                    "variables with a value for each step cannot be made from a sequence of no steps");
        }
        return Trace.eagerly(() -> Tensor.stack(0, each));
    }

    @Override
    void write(String path, Tensor value) {
        String collection = collection(path);
        if (lift.broadcast().contains(collection)) {
            throw new IllegalArgumentException("a step changes " + path + ", but the collection \"" + collection
                    + "\" is the same for all steps; carry it with Lift.withCarried(\"" + collection
                    + "\") or stack it with Lift.withAxis(\"" + collection + "\", 0)");
        }
        if (lift.carried().contains(collection) && !carried.contains(path)) {
            throw new IllegalArgumentException(
                    "a step puts " + path
                            + ", which is carried from step to step but was not there before; ask for it with variable(...) first");
        }
        if (!lift.carried().contains(collection) && !lift.axes().containsKey(collection)) {
            throw unlisted(path);
        }
        bound.put(path, value);
        written.add(path);
    }

    @Override
    Key root(String stream, List<String> path) {
        drew = true;
        if (outer.keys().get(stream).isPresent() && keys.get(stream).isEmpty()) {
            throw new IllegalArgumentException(String.join("/", path) + " needs the random stream \"" + stream
                    + "\" inside a loop, which is given only " + lift.split().keySet()
                    + "; say with Lift.withSplit(\"" + stream + "\") or Lift.withShared(\"" + stream
                    + "\") whether each step draws anew");
        }
        return super.root(stream, path);
    }

    private IllegalArgumentException unlisted(String path) {
        return new IllegalArgumentException("a step uses " + path + ", but only the collections " + lift.describe()
                + " reach the inside of the loop; name \"" + collection(path)
                + "\" in Lift.withBroadcast, withCarried or withAxis");
    }
}
