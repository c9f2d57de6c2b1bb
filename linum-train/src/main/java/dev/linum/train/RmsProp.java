package dev.linum.train;

import dev.linum.graph.Tensor;
import dev.linum.nn.Variables;

/// Divides by a running root mean square: `v = decay v + (1 - decay) g^2`, `p = p - rate g / sqrt(v + epsilon)`.
/// (Tieleman and Hinton 2012.)
public record RmsProp(Schedule rate, double decay, double epsilon) implements Optimizer {

    public RmsProp {
        Limits.check("RMSProp's decay", decay, 0, 1);
        Limits.check("RMSProp's epsilon", epsilon, 0, Double.MAX_VALUE);
    }

    public static RmsProp of(double rate) {
        return of(Schedule.constant(rate));
    }

    public static RmsProp of(Schedule rate) {
        return new RmsProp(rate, 0.9, 1e-8);
    }

    public RmsProp withDecay(double other) {
        return new RmsProp(rate, other, epsilon);
    }

    @Override
    public State init(Variables params) {
        return State.of(params, 1);
    }

    @Override
    public Update update(Variables params, Variables gradients, State state) {
        Variables square = Optimizer.map(
                state.moments().get(0),
                gradients,
                (v, g) -> v.times(decay).plus(g.square().times(1 - decay)));
        Tensor now = rate.rate(state.step());
        Variables direction = Optimizer.map(
                gradients, square, (g, v) -> g.dividedBy(v.plus(epsilon).sqrt()));
        Variables next = Optimizer.map(params, direction, (p, d) -> p.minus(d.times(now.cast(p.dtype()))));
        return new Update(next, state.next(square));
    }
}
