package dev.linum.cpu;

import dev.linum.graph.Array;
import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Type;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Turns a graph into a [Plan]: every value gets a slot, every slot its memory, every item of [Fusion] a step.
///
/// Reshapes share the slot of their input. Bodies of loops are planned by [Loops] into the same slots.
final class Planner {

    final Kernels kernels;
    final Workers workers;
    final Storage storage = new Storage();
    private final List<Integer> buffers = new ArrayList<>();
    private final List<Object> constants = new ArrayList<>();
    private final Map<Value, Integer> slots = new HashMap<>();
    private final Map<Value, Value> roots = new HashMap<>();
    private final Map<Value, Fusion.PutOff> putOff = new HashMap<>();
    private final Map<Value, Value> addedTo = new HashMap<>();
    private final Map<Value, Integer> owned = new HashMap<>();
    private final Set<Value> external = new HashSet<>();
    private final Moves moves = new Moves(this);
    private final Loops loops = new Loops(this);
    final Products products = new Products(this);
    private Frame.Room room = Frame.Room.NONE;

    /// The rows of the batch in the loop being planned if its steps can take any of them, else 1.
    private int batch = 1;

    private List<Integer> local = new ArrayList<>();

    private Tokens tokens;

    /// What loops of the graph make.
    private final Set<Value> looped = new HashSet<>();

    private Planner(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    static Plan plan(Graph graph, Kernels kernels, Workers workers) {
        return new Planner(kernels, workers).plan(graph);
    }

    private Plan plan(Graph given) {
        Graph atWork = AtWork.graph(Inline.graph(given));
        var independent = IndependentLoops.of(Wavefront.graph(atWork, workers.size()));
        Graph graph = constantsFirst(Sink.graph(independent.graph(), workers.size()));
        tokens = Tokens.of(graph);
        int[] inputs = graph.in().stream().mapToInt(this::bare).toArray();
        graph.equations().stream().filter(eq -> eq.op() instanceof Op.Scan).forEach(eq -> looped.addAll(eq.out()));
        List<Fusion.Item> items = IndependentProducts.join(
                independent.join(Fusion.items(graph, roots, putOff, addedTo, eq -> !tokens.leavesOut(eq), _ -> false)),
                this);
        Set<Value> made = made(items);
        Set<Value> own = new HashSet<>();
        for (Value v : graph.out()) {
            if (made.contains(root(v))) {
                own.add(root(v));
            }
        }
        external.addAll(own);
        var steps = new ArrayList<Step>();
        items(graph, items, steps);
        var results = new ArrayList<Plan.Result>();
        var overwriting = new Overwriting(this, graph, items, lastReads(graph, items), steps);
        for (Value v : graph.out()) {
            int slot = slot(v, steps);
            boolean isOwn = own.remove(root(v));
            results.add(new Plan.Result(slot, v.type(), isOwn, isOwn ? overwriting.input(root(v), slot) : -1));
        }
        return new Plan(
                steps,
                storage,
                buffers.stream().mapToInt(Integer::intValue).toArray(),
                constants.toArray(),
                inputs,
                results,
                room,
                workers,
                overwriting.first());
    }

    /// A product that leaves rows out reads which those are, although it does not say so.
    private static Graph constantsFirst(Graph graph) {
        var equations = new ArrayList<>(graph.equations());
        equations.sort(Comparator.comparing(eq -> !(eq.op() instanceof Op.Constant)));
        return new Graph(graph.in(), equations, graph.out());
    }

    /// The values whose steps write them, so that they can be told where to.
    static Set<Value> made(List<Fusion.Item> items) {
        Set<Value> made = new HashSet<>();
        for (Fusion.Item item : items) {
            item.equations().stream().filter(eq -> isMade(eq.op())).forEach(eq -> made.addAll(eq.out()));
        }
        return made;
    }

    /// Says whether the steps of an operation write its result (it is not a view of something else).
    static boolean isMade(Op op) {
        return switch (op) {
            case Op.Reshape _, Op.StopGradient _, Op.Constant _, Op.Iota _, Op.Remat _ -> false;
            case Op.Elementwise _,
                    Op.Broadcast _,
                    Op.Cast _,
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
                    Op.Scan _ -> true;
        };
    }

    // ---- rows of a batch

    /// How many rows of the batch the sizes of what is being planned are for; 1 if they cannot be told apart.
    int batch() {
        return batch;
    }

    /// What was known of the loop around.
    record Around(int batch, List<Integer> local) {}

    /// Begins a loop whose steps take any rows of a batch.
    Around enter(int rows) {
        var around = new Around(batch, local);
        batch = rows;
        local = new ArrayList<>();
        return around;
    }

    /// Ends it; returns the slots that its steps allocated for themselves.
    List<Integer> leave(Around around) {
        List<Integer> made = local;
        batch = around.batch();
        local = around.local();
        return made;
    }

    /// What the products of the graph need not compute.
    Tokens tokens() {
        return tokens;
    }

    // ---- slots

    private int slot(int buffer, Object constant) {
        buffers.add(buffer);
        constants.add(constant);
        return buffers.size() - 1;
    }

    /// Gives a value a slot whose memory is set while running.
    int bare(Value v) {
        int slot = slot(-1, null);
        slots.put(v, slot);
        return slot;
    }

    /// A slot of memory that nothing else uses, not even at other times.
    int fresh(Type type, int count) {
        return slot(storage.fresh(Storage.Kind.of(type), count), null);
    }

    /// A slot of something else that nothing else uses.
    int fresh(Supplier<?> other) {
        return slot(storage.fresh(other), null);
    }

    /// Gives a value the slot of another.
    void share(Value v, int slot) {
        slots.put(v, slot);
    }

    /// Gives the result of a step its slot and memory.
    int allocate(Value v) {
        if (external.contains(v)) {
            return bare(v);
        }
        int gaps = batch > 1 ? LoopStep.gaps(workers) : 0;
        int buffer = storage.take(Storage.Kind.of(v.type()), v.type().shape().count() + gaps);
        owned.put(v, buffer);
        int slot = slot(buffer, null);
        slots.put(v, slot);
        local.add(slot);
        return slot;
    }

    /// A slot that steps of a loop leave something in for later steps, each worker in its own part.
    int kept(Type type, int count) {
        int slot = fresh(type, count + LoopStep.gaps(workers));
        local.add(slot);
        return slot;
    }

    /// What a product is added to as it is made, if to anything.
    Optional<Value> addedTo(Value product) {
        return Optional.ofNullable(addedTo.get(product));
    }

    /// Says whether a product is added to another value, or one to it.
    boolean isPartOfSum(Value product) {
        return addedTo.containsKey(product) || addedTo.containsValue(product);
    }

    /// Gives a product that is added to another the slot and memory of that one.
    int takeOver(Value product, Value first) {
        int slot = slots.get(first);
        slots.put(product, slot);
        Integer buffer = owned.remove(first);
        if (buffer != null) {
            owned.put(product, buffer);
        }
        return slot;
    }

    /// Lets the memory of a value be set while running; to be said before the value is planned.
    void external(Value v) {
        external.add(v);
    }

    boolean isExternal(Value v) {
        return external.contains(v);
    }

    void constant(Value v, Object data) {
        slots.put(v, constant(data));
    }

    /// A slot whose numbers are known while planning.
    int constant(Object data) {
        return slot(-1, data);
    }

    boolean isConstant(int slot) {
        return constants.get(slot) != null;
    }

    Object constant(int slot) {
        return constants.get(slot);
    }

    /// Says whether a loop of the graph made a value.
    boolean isFromLoop(Value v) {
        return looped.contains(root(v));
    }

    /// All values that an equation reads.
    Set<Value> reads(Equation eq) {
        return Fusion.reads(eq.in(), roots, putOff);
    }

    /// Returns the value whose memory a value has.
    Value root(Value v) {
        return roots.getOrDefault(v, v);
    }

    /// Returns what was put off and can be read over a grid of so many columns; null if the value itself must be
    /// read.
    Fusion.PutOff putOff(Value root, int columns) {
        Fusion.PutOff off = slots.containsKey(root) ? null : putOff.get(root);
        return off == null || off.reading().columns() != 0 && off.reading().columns() != columns ? null : off;
    }

    /// Asks for room in every frame; returns the number of the row program that it is for.
    int room(int floats, int doubles, int ints) {
        room = room.and(new Frame.Room(floats, doubles, ints, 1));
        return room.programs() - 1;
    }

    /// Returns the slot of a value; carries out first what was put off.
    int slot(Value v, List<Step> steps) {
        Value root = root(v);
        if (!slots.containsKey(root)) {
            Equation eq = putOff.get(root).equation();
            moves.plan(eq, steps);
        }
        return slots.get(root);
    }

    /// Returns what a value is turned from, if that was put off; else null.
    Value turnedFrom(Value v) {
        Value root = root(v);
        Fusion.PutOff off = slots.containsKey(root) ? null : putOff.get(root);
        boolean isTurned = off != null && off.reading() == Reading.TURNED;
        return isTurned && root.type().shape().equals(v.type().shape()) ? off.input() : null;
    }

    int[] slots(Equation eq, List<Step> steps) {
        return eq.in().stream().mapToInt(v -> slot(v, steps)).toArray();
    }

    // ---- items

    /// Orders the equations of a loop's body.
    List<Fusion.Item> fuse(Op.Scan scan, Graph body) {
        return Fusion.items(body, roots, putOff, addedTo, _ -> true, eq -> Sink.isOfInputs(scan, body, eq));
    }

    /// Plans the items of a graph whose inputs have slots; what it returns stays until [#release].
    void items(Graph graph, List<Fusion.Item> items, List<Step> steps) {
        Map<Value, Integer> last = lastReads(graph, items);
        for (int i = 0; i < items.size(); i++) {
            Fusion.Item item = items.get(i);
            if (item.isGroup()) {
                RowBuilder.plan(this, item, last::containsKey, steps);
            } else if (item.equations().size() > 1) {
                switch (item.one().op()) {
                    case Op.Scan _ -> loops.plan(item.equations(), steps);
                    default -> products.plan(item.equations(), steps);
                }
            } else {
                equation(item.one(), steps);
            }
            int now = i;
            owned.entrySet().removeIf(entry -> {
                boolean over = last.getOrDefault(entry.getKey(), Integer.MAX_VALUE) <= now;
                if (over) {
                    storage.release(entry.getValue());
                }
                return over;
            });
        }
    }

    /// Lets the memory that a graph's planning still holds be used again.
    void release(Graph graph) {
        for (Equation eq : graph.equations()) {
            for (Value v : eq.out()) {
                Integer buffer = owned.remove(v);
                if (buffer != null) {
                    storage.release(buffer);
                }
            }
        }
    }

    /// For each value, the last item that reads it, other than the group that makes it; no entry if none does.
    private Map<Value, Integer> lastReads(Graph graph, List<Fusion.Item> items) {
        Map<Value, Integer> last = new HashMap<>();
        for (int i = 0; i < items.size(); i++) {
            Fusion.Item item = items.get(i);
            int now = i;
            Set<Value> inside = new HashSet<>();
            for (Equation eq : item.equations()) {
                for (Value v : reads(eq)) {
                    if (!inside.contains(v)) {
                        last.put(v, i);
                    }
                }
                eq.out().stream().filter(addedTo::containsKey).forEach(v -> last.put(addedTo.get(v), now));
                inside.addAll(eq.out());
            }
            if (!item.isGroup()) {
                item.equations().forEach(eq -> eq.out().forEach(v -> last.put(v, now)));
            }
        }
        var kept = new ArrayList<>(graph.out());
        kept.addAll(tokens.sequences());
        for (Value v : Fusion.reads(kept, roots, putOff)) {
            last.put(v, Integer.MAX_VALUE);
        }
        return last;
    }

    private void equation(Equation eq, List<Step> steps) {
        switch (eq.op()) {
            case Op.Constant(Array value) -> constant(eq.out().getFirst(), value.data());
            case Op.Iota(int size) -> {
                var data = new int[size];
                Arrays.setAll(data, i -> i);
                constant(eq.out().getFirst(), data);
            }
            case Op.Scan scan -> loops.plan(scan, eq, steps);
            case Op.MatMul matMul -> products.plan(matMul, eq, steps);
            case Op.Transpose _,
                    Op.Broadcast _,
                    Op.Slice _,
                    Op.Pad _,
                    Op.Concat _,
                    Op.Reverse _,
                    Op.Reduce _,
                    Op.ArgMax _,
                    Op.Gather _,
                    Op.ScatterAdd _,
                    Op.Pack _,
                    Op.Threefry _,
                    Op.Random _ -> moves.plan(eq, steps);
            case Op.Elementwise _, Op.Cast _, Op.Reshape _, Op.StopGradient _, Op.Remat _ ->
                throw new IllegalStateException(eq.op() + " is planned elsewhere");
        }
    }
}
