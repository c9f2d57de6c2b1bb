package dev.linum.train;

import dev.linum.graph.DType;
import dev.linum.graph.Tensor;
import dev.linum.nn.Variables;

/// Adam, or AdamW with a weight decay. (Kingma and Ba 2015; Loshchilov and Hutter 2019.)
///
/// ```
/// m = b1 m + (1 - b1) g        v = b2 v + (1 - b2) g^2
/// p = p - rate * (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon) + decay * p)
/// ```
public record Adam(Schedule rate, double beta1, double beta2, double epsilon, double decay) implements Optimizer {

    public Adam {
        Limits.check("Adam's first beta", beta1, 0, 1);
        Limits.check("Adam's second beta", beta2, 0, 1);
        Limits.check("Adam's epsilon", epsilon, 0, Double.MAX_VALUE);
        Limits.check("AdamW's weight decay", decay, 0, Double.MAX_VALUE);
    }

    public static Adam of(double rate) {
        return of(Schedule.constant(rate));
    }

    public static Adam of(Schedule rate) {
        return new Adam(rate, 0.9, 0.999, 1e-8, 0);
    }

    /// Adds decoupled weight decay: this is AdamW.
    public Adam withDecay(double factor) {
        return new Adam(rate, beta1, beta2, epsilon, factor);
    }

    public Adam withBetas(double first, double second) {
        return new Adam(rate, first, second, epsilon, decay);
    }

    public Adam withEpsilon(double other) {
        return new Adam(rate, beta1, beta2, other, decay);
    }

    @Override
    public State init(Variables params) {
        return State.of(params, 2);
    }

    @Override
    public Update update(Variables params, Variables gradients, State state) {
        Variables mean = Optimizer.map(
                state.moments().get(0), gradients, (m, g) -> m.times(beta1).plus(g.times(1 - beta1)));
        Variables square = Optimizer.map(
                state.moments().get(1),
                gradients,
                (v, g) -> v.times(beta2).plus(g.square().times(1 - beta2)));
        Tensor count = state.step().plus(1).cast(DType.F64);
        Tensor first = count.times(Math.log(beta1)).exp().negate().plus(1);
        Tensor second = count.times(Math.log(beta2)).exp().negate().plus(1);
        Tensor now = rate.rate(state.step()).cast(DType.F64);
        Variables next = params;
        for (String path : params.paths()) {
            Tensor p = params.get(path);
            DType type = p.dtype();
            // Corrections of the bias are factors: of the mean outside the fraction, of the root inside.
            Tensor size = square.get(path)
                    .sqrt()
                    .times(second.sqrt().reciprocal().cast(type))
                    .plus(epsilon);
            Tensor pace = now.dividedBy(first).cast(type);
            Tensor moved = p.minus(mean.get(path).times(pace).dividedBy(size));
            next = next.with(
                    path,
                    decay == 0 ? moved : moved.minus(p.times(now.times(decay).cast(type))));
        }
        return new Update(next, state.next(mean, square));
    }
}
