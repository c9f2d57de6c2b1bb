package dev.linum.train;

import dev.linum.graph.DType;
import dev.linum.graph.Tensor;

/// The learning rate at a step: `i32 [] -> f32 []`, counted from 0.
@FunctionalInterface
public interface Schedule {

    Tensor rate(Tensor step);

    /// @param rate above or at 0
    static Schedule constant(double rate) {
        Limits.check("a learning rate", rate, 0, Double.MAX_VALUE);
        return step -> Tensor.full(step.type().withDType(DType.F32), rate);
    }

    /// From `from` to `to` in equal parts over a number of steps, then constant.
    static Schedule linear(double from, double to, int steps) {
        check(steps);
        return step -> progress(step, steps).times(to - from).plus(from);
    }

    /// From `rate` to `rate * floor` along half a cosine over a number of steps, then constant.
    /// (Loshchilov and Hutter, "SGDR", 2017.)
    static Schedule cosine(double rate, int steps, double floor) {
        check(steps);
        return step -> progress(step, steps)
                .times(Math.PI)
                .cos()
                .plus(1)
                .times(0.5 * (1 - floor))
                .plus(floor)
                .times(rate);
    }

    /// Up in equal parts from 0 for `warmup` steps, then down along a cosine to 0 at `steps`.
    static Schedule warmupCosine(double rate, int warmup, int steps) {
        if (warmup < 0 || warmup >= steps) {
            throw new IllegalArgumentException(
                    "a warm-up takes 0 steps or more and fewer than all, found " + warmup + " of " + steps);
        }
        Schedule up = linear(0, rate, Math.max(1, warmup));
        Schedule down = cosine(rate, steps - warmup, 0);
        return step -> step.lessThan(warmup).select(up.rate(step), down.rate(step.minus(warmup)));
    }

    private static void check(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("a schedule lasts at least one step, found " + steps);
        }
    }

    private static Tensor progress(Tensor step, int steps) {
        return step.cast(DType.F32).dividedBy(steps).maximum(0).minimum(1);
    }
}
