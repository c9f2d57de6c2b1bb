package dev.linum.nn;

import dev.linum.graph.Tensor;
import java.util.List;

/// Modules one after the other. Variables live under `layers_0`, `layers_1`, ...
///
/// A recurrent layer takes part by [Recurrent#outputs()], an activation by [#of(Activation)].
public record Sequential(List<Module<Tensor, Tensor>> layers) implements Module<Tensor, Tensor> {

    public Sequential {
        layers = List.copyOf(layers);
    }

    @SafeVarargs
    public static Sequential of(Module<Tensor, Tensor>... layers) {
        return new Sequential(List.of(layers));
    }

    /// Returns an element-wise function as a module.
    public static Module<Tensor, Tensor> of(Activation activation) {
        return (_, in) -> activation.apply(in);
    }

    @Override
    public Tensor call(Scope scope, Tensor in) {
        Tensor x = in;
        for (int i = 0; i < layers.size(); i++) {
            x = scope.call("layers_" + i, layers.get(i), x);
        }
        return x;
    }
}
