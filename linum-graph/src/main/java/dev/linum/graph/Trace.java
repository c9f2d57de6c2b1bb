package dev.linum.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Records what a Java function does to tensors as a graph.
///
/// Operations ask for the trace that is open in their thread ([#open()]): with one, they append an equation
/// to it; with none, they run at once. A trace opened inside another records the body of a loop. What such a
/// body reads of the outside becomes an input of the body (closure conversion), so bodies are closed graphs.
public final class Trace {

    private static final ScopedValue<Optional<Trace>> OPEN = ScopedValue.newInstance();

    private final Trace parent;
    private final List<Equation> equations = new ArrayList<>();
    private final Map<Tensor, Value> captured = new LinkedHashMap<>();
    private final IdentityHashMap<Array, Value> constants = new IdentityHashMap<>();
    private final Map<Said, List<Tensor>> results = new HashMap<>();
    private final Map<Number, Value> numbers = new HashMap<>();
    private final Map<Value, Tensor> stands = new HashMap<>();
    private final Map<Value, List<Check>> checks = new HashMap<>();

    /// An operation on values: said twice, it is the same result.
    private record Said(Op op, List<Value> in) {}

    private record Number(DType dtype, long bits) {}

    Trace(Trace parent) {
        this.parent = parent;
    }

    /// A closed body and the outer tensors its first inputs stand for: `graph: (captured, inputs) -> outputs`.
    public record Closure(Graph graph, List<Tensor> captured) {}

    /// A graph of whole inputs and what was stated about the numbers of each.
    record Checked(Graph graph, List<List<Check>> checks) {

        /// Throws if an input is not what the function takes.
        void accept(List<Array> in) {
            for (int i = 0; i < in.size(); i++) {
                List<Check> ofInput = checks.get(i);
                for (int c = 0; c < ofInput.size(); c++) {
                    ofInput.get(c).accept(in.get(i));
                }
            }
        }
    }

    static Optional<Trace> open() {
        return OPEN.isBound() ? OPEN.get() : Optional.empty();
    }

    /// Records a function of whole inputs; it must not use tensors of another open trace.
    public static Graph of(List<Type> inputs, Function<List<Tensor>, List<Tensor>> function) {
        return checked(inputs, function).graph();
    }

    /// Records a function of whole inputs with the checks that it states.
    static Checked checked(List<Type> inputs, Function<List<Tensor>, List<Tensor>> function) {
        var trace = new Trace(null);
        Graph graph = trace.record(inputs, function).graph();
        return new Checked(
                graph,
                graph.in().stream()
                        .map(value -> trace.checks.getOrDefault(value, List.of()))
                        .toList());
    }

    /// States a condition on the numbers of a tensor.
    ///
    /// It is asked at once if they are known, and at each run of the function being traced if the tensor is one of
    /// its arguments. A tensor that is computed on the way is not asked.
    public static void check(Tensor tensor, Check check) {
        switch (tensor) {
            case Array known -> check.accept(known);
            case Traced t
            when t.trace().stands.containsKey(t.value()) ->
                check(t.trace().stands.get(t.value()), check);
            case Traced t ->
                t.trace()
                        .checks
                        .computeIfAbsent(t.value(), _ -> new ArrayList<>())
                        .add(check);
        }
    }

    /// Records a function that may read tensors of the traces around it.
    static Closure closure(List<Type> inputs, Function<List<Tensor>, List<Tensor>> function) {
        return new Trace(open().orElse(null)).record(inputs, function);
    }

    /// Records a function that is about to be applied to tensors of the traces around it.
    static Closure closureOver(List<Tensor> arguments, Function<List<Tensor>, List<Tensor>> function) {
        var trace = new Trace(open().orElse(null));
        return trace.record(arguments.stream().map(Tensor::type).toList(), inner -> {
            for (int i = 0; i < inner.size(); i++) {
                trace.stands.put(((Traced) inner.get(i)).value(), arguments.get(i));
            }
            return function.apply(inner);
        });
    }

    /// Runs code outside any trace, so that its operations run at once.
    public static <R> R eagerly(ScopedValue.CallableOp<R, RuntimeException> code) {
        return ScopedValue.where(OPEN, Optional.<Trace>empty()).call(code);
    }

    /// Runs code inside this trace.
    <R> R within(ScopedValue.CallableOp<R, RuntimeException> code) {
        return ScopedValue.where(OPEN, Optional.of(this)).call(code);
    }

    private Closure record(List<Type> types, Function<List<Tensor>, List<Tensor>> function) {
        List<Value> inputs = types.stream().map(Value::new).toList();
        List<Tensor> arguments =
                inputs.stream().map(v -> (Tensor) new Traced(this, v)).toList();
        List<Value> outputs =
                within(() -> function.apply(arguments).stream().map(this::lift).toList());
        return close(inputs, outputs);
    }

    /// Makes the closed graph of this trace, what it captured first.
    Closure close(List<Value> inputs, List<Value> outputs) {
        var in = new ArrayList<>(captured.values());
        in.addAll(inputs);
        return new Closure(new Graph(in, equations, outputs), List.copyOf(captured.keySet()));
    }

    /// Applies an operation here and now: recorded in the open trace, or run at once if there is none.
    public static List<Tensor> apply(Op op, List<Tensor> in) {
        Optional<Trace> trace = open();
        if (trace.isPresent()) {
            return trace.get().append(op, in);
        }
        for (Tensor t : in) {
            if (t instanceof Traced) {
                throw new IllegalStateException("a value of a trace was used after the trace was over; "
                        + "return it from the traced function instead of keeping it");
            }
        }
        infer(op, in.stream().map(Tensor::type).toList(), null);
        return List.copyOf(
                Backends.current().run(op, in.stream().map(Array.class::cast).toList()));
    }

    private static List<Type> infer(Op op, List<Type> types, Site site) {
        try {
            return Infer.types(op, types);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException((site == null ? Site.here() : site) + " " + e.getMessage(), e);
        }
    }

    /// Applies an operation of one result.
    static Tensor apply1(Op op, Tensor... in) {
        return apply(op, List.of(in)).getFirst();
    }

    private List<Tensor> append(Op op, List<Tensor> in) {
        List<Value> values = in.stream().map(this::lift).toList();
        boolean isWhole = op instanceof Op.Scan || op instanceof Op.Remat;
        var said = new Said(op, values);
        if (!isWhole && results.containsKey(said)) {
            return results.get(said);
        }
        List<Tensor> out = emit(op, values);
        if (!isWhole) {
            results.put(said, out);
        }
        return out;
    }

    private List<Tensor> emit(Op op, List<Value> values) {
        Site site = Site.here();
        List<Type> types = infer(op, values.stream().map(Value::type).toList(), site);
        List<Value> out = types.stream().map(Value::new).toList();
        equations.add(new Equation(op, values, out, site));
        return out.stream().map(v -> (Tensor) new Traced(this, v)).toList();
    }

    /// Returns the value of this trace that stands for a tensor, capturing it if it comes from outside.
    Value lift(Tensor tensor) {
        return switch (tensor) {
            case Traced t when t.trace() == this -> t.value();
            case Traced t -> {
                if (!isInside(t.trace())) {
                    throw new IllegalStateException("a value of a trace was used outside it; "
                            + "return it from the traced function instead of keeping it");
                }
                yield captured.computeIfAbsent(t, outer -> new Value(outer.type()));
            }
            case Array a
            when parent != null && a.shape().rank() > 0 ->
                captured.computeIfAbsent(a, outer -> new Value(outer.type()));
            case Array a
            when a.shape().rank() == 0 ->
                numbers.computeIfAbsent(new Number(a.dtype(), Double.doubleToRawLongBits(a.item())), _ -> constant(a));
            case Array a -> constants.computeIfAbsent(a, this::constant);
        };
    }

    private Value constant(Array array) {
        var value = new Value(array.type());
        equations.add(new Equation(new Op.Constant(array), List.of(), List.of(value), Site.here()));
        return value;
    }

    private boolean isInside(Trace other) {
        for (Trace t = parent; t != null; t = t.parent) {
            if (t == other) {
                return true;
            }
        }
        return false;
    }
}
