package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Compiled;
import dev.linum.graph.Key;
import dev.linum.graph.Trace;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Runs modules from outside: initialisation, and inference through remembered plans.
final class Calls {

    private static final int LIMIT = 64;

    /// Plans by model. A memory of pure results: forgetting it changes nothing but time.
    private static final Map<Object, Compiled<?, ?>> PLANS = new ConcurrentHashMap<>();

    private Calls() {}

    static <I extends Bundle<I>, O extends Bundle<O>> Variables init(Module<I, O> module, Key key, I in) {
        return called(module, Scope.initialising(key), in).made();
    }

    static <I extends Bundle<I>, O extends Bundle<O>> Summary summary(Module<I, O> module, I in) {
        Scope scope = called(module, Scope.summarising(), in);
        return Summary.of(scope.made(), scope.initialisers());
    }

    private static <I extends Bundle<I>, O extends Bundle<O>> Scope called(Module<I, O> module, Scope scope, I in) {
        Trace.of(Bundle.types(in), arguments -> {
            module.call(scope, in.rebuild(arguments));
            return List.of();
        });
        return scope;
    }

    @SuppressWarnings("unchecked")
    static <I extends Bundle<I>, O extends Bundle<O>> O apply(Module<I, O> module, Variables variables, I in) {
        var plan = (Compiled<Bundle.Pair<Variables, I>, O>) PLANS.get(module);
        if (plan == null) {
            if (PLANS.size() >= LIMIT) {
                PLANS.keySet().stream().findFirst().ifPresent(PLANS::remove);
            }
            plan = (Compiled<Bundle.Pair<Variables, I>, O>) PLANS.computeIfAbsent(
                    module,
                    _ -> Compiled.<Bundle.Pair<Variables, I>, O>of(
                            pair -> module.call(Scope.inference(pair.first()), pair.second())));
        }
        return plan.apply(Bundle.Pair.of(variables, in));
    }
}
