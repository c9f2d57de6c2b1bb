package dev.linum.graph;

import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// A function that is traced and planned once for each type of argument, then run.
///
/// The function itself runs only while it is traced: what else it does, such as printing, it does once for each type.
/// Plans of up to 256 types are kept while memory lasts. Safe to call from many threads. Called while another
/// function is being traced, it becomes part of that function.
///
/// @param <I> what the function takes
/// @param <O> what it returns
public final class Compiled<I extends Bundle<I>, O extends Bundle<O>> implements Function<I, O> {

    /// So many plans are kept, while memory lasts.
    private static final int LIMIT = 256;

    private record Signature(Object structure, List<Type> types) {}

    private record Plan<O>(
            Signature signature, Trace.Checked traced, Graph graph, Backend.Executable executable, O like) {

        /// Compares without making anything: most calls have the types of the call before.
        boolean fits(Object structure, List<Tensor> leaves) {
            List<Type> types = signature.types();
            if (leaves.size() != types.size()) {
                return false;
            }
            for (int i = 0; i < leaves.size(); i++) {
                if (!leaves.get(i).type().equals(types.get(i))) {
                    return false;
                }
            }
            return structure.equals(signature.structure());
        }
    }

    private final Function<I, O> function;
    private final ConcurrentHashMap<Signature, SoftReference<Plan<O>>> plans = new ConcurrentHashMap<>();
    private volatile Plan<O> last;

    private Compiled(Function<I, O> function) {
        this.function = function;
    }

    /// @param function a function of tensors that has no other inputs, and the same results for the same ones
    public static <I extends Bundle<I>, O extends Bundle<O>> Compiled<I, O> of(Function<I, O> function) {
        return new Compiled<>(function);
    }

    @Override
    public O apply(I argument) {
        return apply(argument, Spare.NONE);
    }

    /// Applies the function.
    ///
    /// @param spare memory for the results
    public O apply(I argument, Spare spare) {
        if (Trace.open().isPresent()) {
            return function.apply(argument);
        }
        List<Tensor> leaves = argument.leaves();
        Plan<O> plan = last;
        if (plan == null || !plan.fits(argument.structure(), leaves)) {
            plan = plan(argument);
            last = plan;
        }
        var in = new ArrayList<Array>(leaves.size());
        for (Tensor leaf : leaves) {
            in.add(leaf.array());
        }
        plan.traced().accept(in);
        return plan.like().rebuild(List.copyOf(plan.executable().run(in, spare)));
    }

    /// Returns the graph that runs for arguments of this type: to print, or to look into.
    public Graph graph(I argument) {
        return plan(argument).graph();
    }

    private Plan<O> plan(I argument) {
        var signature = new Signature(argument.structure(), Bundle.types(argument));
        SoftReference<Plan<O>> kept = plans.get(signature);
        Plan<O> plan = kept == null ? null : kept.get();
        if (plan == null) {
            plan = compile(signature, argument);
            if (plans.size() >= LIMIT) {
                plans.keySet().stream().findFirst().ifPresent(plans::remove);
            }
            plans.put(signature, new SoftReference<>(plan));
        }
        return plan;
    }

    private Plan<O> compile(Signature signature, I argument) {
        var output = new ArrayList<O>();
        Trace.Checked traced = Trace.checked(Bundle.types(argument), arguments -> {
            O result = function.apply(argument.rebuild(arguments));
            output.add(result);
            return result.leaves();
        });
        Graph graph = Fold.graph(traced.graph().verify()).simplified().verify();
        return new Plan<>(signature, traced, graph, Backends.current().compile(graph), output.getFirst());
    }
}
