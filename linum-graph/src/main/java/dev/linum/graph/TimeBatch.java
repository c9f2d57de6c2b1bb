package dev.linum.graph;

import java.util.ArrayList;
import java.util.List;

/// Runs an operation for all steps at once: operands that vary with the step get a leading time axis.
final class TimeBatch {

    private TimeBatch() {}

    /// Says whether an operation has a rule; `varying` tells which operands change from step to step (at least one).
    static boolean can(Op op, List<Value> in, List<Boolean> varying) {
        return switch (op) {
            case Op.Elementwise _,
                    Op.Cast _,
                    Op.Broadcast _,
                    Op.Reshape _,
                    Op.Transpose _,
                    Op.Slice _,
                    Op.Pad _,
                    Op.Concat _,
                    Op.Reverse _,
                    Op.Reduce _,
                    Op.ArgMax _,
                    Op.StopGradient _,
                    Op.Threefry _,
                    Op.Random _ -> true;
            case Op.MatMul matMul -> isTall(matMul, in, varying);
            case Op.Gather _ -> !varying.get(0);
            case Op.Constant _, Op.Iota _, Op.ScatterAdd _, Op.Pack _, Op.Scan _, Op.Remat _ -> false;
        };
    }

    /// A product whose rows for all steps can be put below each other: `x_t W` with the same W at every step.
    static boolean isTall(Op.MatMul matMul, List<Value> in, List<Boolean> varying) {
        return !matMul.transposeA()
                && varying.get(0)
                && !varying.get(1)
                && in.get(0).type().shape().rank() == 2
                && in.get(1).type().shape().rank() == 2;
    }

    /// Applies an operation to all steps.
    ///
    /// @param in operands: `[steps, *shape]` where varying, `[*shape]` where not
    static Tensor apply(Op op, List<Tensor> in, List<Boolean> varying, int steps) {
        return switch (op) {
            case Op.Elementwise _, Op.Cast _, Op.StopGradient _ -> one(op, all(in, varying, steps));
            case Op.Broadcast(Shape shape, List<Integer> axes) -> {
                var shifted = new ArrayList<Integer>();
                shifted.add(0);
                axes.forEach(axis -> shifted.add(axis + 1));
                yield one(new Op.Broadcast(shape.insert(0, steps), shifted), in);
            }
            case Op.Reshape(Shape shape) -> one(new Op.Reshape(shape.insert(0, steps)), in);
            case Op.Transpose(List<Integer> order) -> {
                var shifted = new ArrayList<Integer>();
                shifted.add(0);
                order.forEach(axis -> shifted.add(axis + 1));
                yield one(new Op.Transpose(shifted), in);
            }
            case Op.Slice(List<Integer> starts, List<Integer> stops, List<Integer> by) ->
                one(new Op.Slice(first(0, starts), first(steps, stops), first(1, by)), in);
            case Op.Pad(List<Integer> low, List<Integer> high, List<Integer> inner) ->
                one(new Op.Pad(first(0, low), first(0, high), first(0, inner)), in);
            case Op.Concat(int axis) -> one(new Op.Concat(axis + 1), all(in, varying, steps));
            case Op.Reverse(int axis) -> one(new Op.Reverse(axis + 1), in);
            case Op.Reduce(Op.Reduce.Kind kind, List<Integer> axes) ->
                one(new Op.Reduce(kind, axes.stream().map(axis -> axis + 1).toList()), in);
            case Op.ArgMax(int axis) -> one(new Op.ArgMax(axis + 1), in);
            case Op.Gather _, Op.Threefry _, Op.Random _ -> one(op, in);
            case Op.MatMul matMul -> {
                Shape rows = in.get(0).shape();
                Tensor flat = one(new Op.Reshape(Shape.of(rows.sub(0, 2).count(), rows.dim(2))), in.subList(0, 1));
                Tensor product = one(matMul, List.of(flat, in.get(1)));
                yield one(
                        new Op.Reshape(Shape.of(
                                rows.dim(0), rows.dim(1), product.shape().last())),
                        List.of(product));
            }
            case Op.Constant _, Op.Iota _, Op.ScatterAdd _, Op.Pack _, Op.Scan _, Op.Remat _ ->
                throw new IllegalStateException("no rule to run " + op + " for all steps at once");
        };
    }

    private static Tensor one(Op op, List<Tensor> in) {
        return Trace.apply(op, in).getFirst();
    }

    private static List<Integer> first(int head, List<Integer> tail) {
        var all = new ArrayList<Integer>();
        all.add(head);
        all.addAll(tail);
        return all;
    }

    /// Repeats the operands that do not vary.
    private static List<Tensor> all(List<Tensor> in, List<Boolean> varying, int steps) {
        var out = new ArrayList<Tensor>();
        for (int i = 0; i < in.size(); i++) {
            Tensor x = in.get(i);
            out.add(
                    varying.get(i)
                            ? x
                            : one(
                                    new Op.Broadcast(
                                            x.shape().insert(0, steps),
                                            Loop.indices(1, x.shape().rank() + 1)),
                                    List.of(x)));
        }
        return out;
    }
}
