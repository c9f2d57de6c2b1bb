package dev.linum.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/// Derivatives of functions that return one number.
///
/// Works anywhere: inside a compiled function the derivative becomes part of its graph; outside it runs at once.
/// Applied twice it gives second derivatives.
public final class Gradient {

    private Gradient() {}

    /// A function's value and its gradient, of the same structure as the argument.
    public record ValueAndGrad<P>(Tensor value, P gradient) {}

    /// A value to differentiate and something computed beside it that is passed on as it is.
    public record WithAux<A>(Tensor value, A aux) {}

    /// A function's value, its gradient and what it computed beside.
    public record ValueGradAux<P, A>(Tensor value, P gradient, A aux) {}

    /// Returns the gradient of a scalar function at a point; leaves that are not floating get zeros.
    public static <P extends Bundle<P>> P grad(Function<P, Tensor> function, P at) {
        return valueAndGrad(function, at).gradient();
    }

    /// Returns value and gradient of a scalar function at a point.
    public static <P extends Bundle<P>> ValueAndGrad<P> valueAndGrad(Function<P, Tensor> function, P at) {
        var result = valueAndGradWithAux(p -> new WithAux<>(function.apply(p), new Bundle.Empty()), at);
        return new ValueAndGrad<>(result.value(), result.gradient());
    }

    /// Returns value and gradient of a scalar function at a point, and what the function computed beside.
    public static <P extends Bundle<P>, A extends Bundle<A>> ValueGradAux<P, A> valueAndGradWithAux(
            Function<P, WithAux<A>> function, P at) {
        List<Tensor> leaves = at.leaves();
        var aux = new ArrayList<A>();
        Trace.Closure closure = Trace.closureOver(leaves, arguments -> {
            WithAux<A> result = function.apply(at.rebuild(arguments));
            if (result.value().shape().rank() != 0 || !result.value().dtype().isFloat()) {
                throw new IllegalArgumentException(Site.here()
                        + " a gradient needs a function that returns one floating number, found "
                        + result.value().type() + "; end it with sum() or mean()");
            }
            aux.add(result.aux());
            return Bundle.concat(List.of(result.value()), result.aux().leaves());
        });
        int captured = closure.captured().size();
        var wanted = new ArrayList<>(Collections.nCopies(captured, false));
        wanted.addAll(Collections.nCopies(leaves.size(), true));
        Vjp.Forward forward = Vjp.forward(closure.graph(), Bundle.concat(closure.captured(), leaves), wanted);
        Tensor value = forward.outputs().getFirst();
        var seed = new ArrayList<Tensor>(Collections.nCopies(forward.outputs().size(), null));
        seed.set(0, Array.scalar(value.dtype(), 1));
        List<Tensor> pulled = forward.pull().apply(seed);
        var gradients = new ArrayList<Tensor>();
        for (int i = 0; i < leaves.size(); i++) {
            Tensor ct = pulled.get(captured + i);
            gradients.add(ct != null ? ct : Ops.zeros(leaves.get(i).type()));
        }
        return new ValueGradAux<>(
                value,
                at.rebuild(gradients),
                aux.getFirst()
                        .rebuild(forward.outputs().subList(1, forward.outputs().size())));
    }
}
