package dev.linum.cpu;

import dev.linum.graph.Array;
import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Type;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Turns a graph into a [Plan]: every value gets a slot, every slot its memory, every equation a step.
///
/// Reshapes share the slot of their input. A repetition (Broadcast) is not carried out where an element-wise step
/// can read
/// its input repeatedly; [Pointwise] asks for it. Bodies of loops are planned by [Loops] into the same slots.
final class Planner {

    /// A repetition that was not carried out: reads `input` over rows of `columns` elements.
    record Repeated(Value input, Mode mode, int columns) {}

    /// How an operand of an element-wise step is read over a grid of rows and columns.
    enum Mode {
        FULL,
        /// The same row again and again.
        ROW,
        /// One number per row.
        COLUMN,
        /// One number.
        SCALAR
    }

    final Kernels kernels;
    final Workers workers;
    final Storage storage = new Storage();
    final List<Integer> buffers = new ArrayList<>();
    private final List<Object> constants = new ArrayList<>();
    private final Map<Value, Integer> slots = new HashMap<>();
    private final Map<Value, Repeated> repeated = new HashMap<>();
    private final Map<Value, Integer> owned = new HashMap<>();
    private final Map<Value, Equation> sources = new HashMap<>();
    private final Set<Value> external = new HashSet<>();
    private final Pointwise pointwise = new Pointwise(this);
    private final Moves moves = new Moves(this);
    private final Loops loops = new Loops(this);

    private Planner(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    static Plan plan(Graph graph, Kernels kernels, Workers workers) {
        return new Planner(kernels, workers).plan(graph);
    }

    private Plan plan(Graph graph) {
        int[] inputs = graph.in().stream().mapToInt(this::bare).toArray();
        Set<Value> own = new HashSet<>();
        Set<Value> seen = new HashSet<>(graph.in());
        Set<Value> made = new HashSet<>();
        graph.equations().stream().filter(eq -> isMade(eq.op())).forEach(eq -> made.addAll(eq.out()));
        for (Value v : graph.out()) {
            if (seen.add(v) && made.contains(v)) {
                own.add(v);
            }
        }
        external.addAll(own);
        var steps = new ArrayList<Step>();
        equations(graph, steps);
        var results = new ArrayList<Plan.Result>();
        var first = new HashSet<Value>();
        for (Value v : graph.out()) {
            int slot = slot(v, steps);
            results.add(new Plan.Result(slot, v.type(), own.contains(v) && first.add(v)));
        }
        return new Plan(
                steps,
                storage,
                buffers.stream().mapToInt(Integer::intValue).toArray(),
                constants.toArray(),
                inputs,
                results);
    }

    /// Says whether the steps of an operation write its result (it is not a view of something else).
    static boolean isMade(Op op) {
        return switch (op) {
            case Op.Reshape _, Op.StopGradient _, Op.Broadcast _, Op.Constant _, Op.Iota _, Op.Remat _ -> false;
            case Op.Elementwise _,
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
                    Op.Threefry _,
                    Op.Random _,
                    Op.Scan _ -> true;
        };
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

    /// Gives a value the slot of another.
    void share(Value v, int slot) {
        slots.put(v, slot);
    }

    /// Gives the result of a step its slot and memory.
    int allocate(Value v) {
        if (external.contains(v)) {
            return bare(v);
        }
        int buffer = storage.take(Storage.Kind.of(v.type()), v.type().shape().count());
        owned.put(v, buffer);
        int slot = slot(buffer, null);
        slots.put(v, slot);
        return slot;
    }

    /// Lets the memory of a value be set while running; to be said before the value is planned.
    void external(Value v) {
        external.add(v);
    }

    void constant(Value v, Object data) {
        slots.put(v, slot(-1, data));
    }

    Repeated repeated(Value v) {
        return slots.containsKey(v) ? null : repeated.get(v);
    }

    Equation source(Value v) {
        return sources.get(v);
    }

    /// Returns the slot of a value; carries out its repetition first if that was put off.
    int slot(Value v, List<Step> steps) {
        Integer slot = slots.get(v);
        if (slot == null) {
            Equation eq = sources.get(v);
            int in = slot(eq.in().getFirst(), steps);
            moves.broadcast((Op.Broadcast) eq.op(), eq.in().getFirst(), in, v, steps);
            slot = slots.get(v);
        }
        return slot;
    }

    int[] slots(Equation eq, List<Step> steps) {
        return eq.in().stream().mapToInt(v -> slot(v, steps)).toArray();
    }

    // ---- equations

    /// Plans the equations of a graph whose inputs have slots; what it returns stays until [#release].
    void equations(Graph graph, List<Step> steps) {
        Map<Value, Integer> last = lastUses(graph);
        for (int i = 0; i < graph.equations().size(); i++) {
            Equation eq = graph.equations().get(i);
            eq.out().forEach(v -> sources.put(v, eq));
            equation(eq, steps);
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

    /// For each value made here, the last equation that reads it, directly or through a view.
    private static Map<Value, Integer> lastUses(Graph graph) {
        Map<Value, Integer> last = new HashMap<>();
        Map<Value, Value> viewOf = new HashMap<>();
        for (int i = 0; i < graph.equations().size(); i++) {
            Equation eq = graph.equations().get(i);
            for (Value v : eq.in()) {
                touch(v, i, last, viewOf);
            }
            if (eq.op() instanceof Op.Reshape
                    || eq.op() instanceof Op.StopGradient
                    || eq.op() instanceof Op.Broadcast) {
                viewOf.put(eq.out().getFirst(), eq.in().getFirst());
            }
            for (Value v : eq.out()) {
                last.put(v, i);
            }
        }
        for (Value v : graph.out()) {
            touch(v, Integer.MAX_VALUE, last, viewOf);
        }
        return last;
    }

    private static void touch(Value v, int at, Map<Value, Integer> last, Map<Value, Value> viewOf) {
        for (Value w = v; w != null; w = viewOf.get(w)) {
            if (last.containsKey(w)) {
                last.put(w, at);
            }
        }
    }

    private void equation(Equation eq, List<Step> steps) {
        switch (eq.op()) {
            case Op.Reshape _, Op.StopGradient _ ->
                share(eq.out().getFirst(), slot(eq.in().getFirst(), steps));
            case Op.Constant(Array value) -> constant(eq.out().getFirst(), value.data());
            case Op.Iota(int size) -> {
                var data = new int[size];
                java.util.Arrays.setAll(data, i -> i);
                constant(eq.out().getFirst(), data);
            }
            case Op.Broadcast broadcast -> putOff(broadcast, eq, steps);
            case Op.Elementwise(var fn) -> pointwise.plan(fn, eq, steps);
            case Op.Scan scan -> loops.plan(scan, eq, steps);
            case Op.Remat(Graph body) -> {
                for (int i = 0; i < body.in().size(); i++) {
                    share(body.in().get(i), slot(eq.in().get(i), steps));
                }
                equations(body, steps);
                for (int i = 0; i < body.out().size(); i++) {
                    share(eq.out().get(i), slot(body.out().get(i), steps));
                }
            }
            case Op.MatMul matMul -> loops.product(matMul, eq, steps);
            case Op.Cast _,
                    Op.Transpose _,
                    Op.Slice _,
                    Op.Pad _,
                    Op.Concat _,
                    Op.Reverse _,
                    Op.Reduce _,
                    Op.ArgMax _,
                    Op.Gather _,
                    Op.ScatterAdd _,
                    Op.Threefry _,
                    Op.Random _ -> moves.plan(eq, steps);
        }
    }

    private void putOff(Op.Broadcast op, Equation eq, List<Step> steps) {
        Value in = eq.in().getFirst();
        Value out = eq.out().getFirst();
        int count = in.type().shape().count();
        int total = op.shape().count();
        if (count == total) {
            share(out, slot(in, steps));
            return;
        }
        int columns = 1;
        Mode mode = Mode.SCALAR;
        if (count != 1) {
            mode = mode(op);
            columns = mode == Mode.ROW ? count : mode == Mode.COLUMN ? total / Math.max(1, count) : 0;
        }
        if (mode == Mode.FULL || total == 0) {
            moves.broadcast(op, in, slot(in, steps), out, steps);
        } else {
            slot(in, steps);
            slots.remove(out);
            repeated.put(out, new Repeated(in, mode, columns));
        }
    }

    /// Says whether the axes of the input are the last ones, the first ones, or neither; axes of size 1 do not
    /// count.
    private static Mode mode(Op.Broadcast op) {
        Shape shape = op.shape();
        var kept = new ArrayList<Boolean>();
        for (int axis = 0; axis < shape.rank(); axis++) {
            if (shape.dim(axis) != 1) {
                kept.add(op.axes().contains(axis));
            }
        }
        int changes = 0;
        for (int i = 1; i < kept.size(); i++) {
            changes += kept.get(i).equals(kept.get(i - 1)) ? 0 : 1;
        }
        return changes != 1 ? Mode.FULL : kept.getFirst() ? Mode.COLUMN : Mode.ROW;
    }
}
