package dev.linum.train;

import dev.linum.graph.Tensor;
import dev.linum.nn.Variables;

/// Gradient descent with momentum: `m = momentum m + g`, `p = p - rate m`. (Polyak 1964; Nesterov 1983.)
public record Sgd(Schedule rate, double momentum, Lookahead lookahead) implements Optimizer {

    public Sgd {
        Limits.check("the momentum", momentum, 0, 1);
    }

    /// Whether the gradient is followed once more from where the momentum leads.
    public enum Lookahead {
        NONE,
        NESTEROV
    }

    public static Sgd of(double rate) {
        return of(Schedule.constant(rate));
    }

    public static Sgd of(Schedule rate) {
        return new Sgd(rate, 0, Lookahead.NONE);
    }

    public Sgd withMomentum(double factor) {
        return new Sgd(rate, factor, lookahead);
    }

    public Sgd withNesterov(double factor) {
        return new Sgd(rate, factor, Lookahead.NESTEROV);
    }

    @Override
    public State init(Variables params) {
        return State.of(params, 1);
    }

    @Override
    public Update update(Variables params, Variables gradients, State state) {
        Variables trace = Optimizer.map(
                state.moments().get(0), gradients, (m, g) -> m.times(momentum).plus(g));
        Tensor now = rate.rate(state.step());
        Variables direction = lookahead == Lookahead.NESTEROV
                ? Optimizer.map(trace, gradients, (m, g) -> m.times(momentum).plus(g))
                : trace;
        Variables next = Optimizer.map(params, direction, (p, d) -> p.minus(d.times(now.cast(p.dtype()))));
        return new Update(next, state.next(trace));
    }
}
