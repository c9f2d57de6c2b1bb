package dev.linum.cpu;

import dev.linum.graph.Array;
import dev.linum.graph.Backend;
import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Infer;
import dev.linum.graph.Op;
import dev.linum.graph.Type;
import dev.linum.graph.Value;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Runs graphs on the processor, on all cores and with the best kernels there are.
public final class CpuBackend implements Backend {

    private static final int LIMIT = 1024;

    private record Single(Op op, List<Type> in) {}

    /// Plans of single operations; forgetting them changes nothing but time.
    private final Map<Single, Plan> singles = new ConcurrentHashMap<>();

    public CpuBackend() {}

    @Override
    public String name() {
        return "cpu (" + KernelChoice.kernels().name() + ", " + Team.shared().size() + " threads)";
    }

    @Override
    public Executable compile(Graph graph) {
        return Planner.plan(graph, KernelChoice.kernels(), Team.shared());
    }

    @Override
    public List<Array> run(Op op, List<Array> in) {
        List<Type> types = in.stream().map(Array::type).toList();
        var key = new Single(op, types);
        Plan plan = singles.get(key);
        if (plan == null) {
            if (singles.size() >= LIMIT) {
                singles.clear();
            }
            List<Value> inputs = types.stream().map(Value::new).toList();
            List<Value> outputs =
                    Infer.types(op, types).stream().map(Value::new).toList();
            var graph = new Graph(inputs, List.of(new Equation(op, inputs, outputs, null)), outputs);
            plan = Planner.plan(graph, KernelChoice.kernels(), Team.shared());
            singles.put(key, plan);
        }
        return plan.run(in);
    }
}
