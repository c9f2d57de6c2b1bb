package dev.linum.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// The derivative of each operation: from the cotangents of its results to those of its inputs.
///
/// A cotangent of null means zero. Rules emit ordinary operations, so derivatives can be differentiated again.
final class VjpRules {

    private VjpRules() {}

    /// `(op, in, out, cotangents of out) -> cotangents of in`; Scan and Remat have rules of their own in [Vjp].
    static List<Tensor> pull(Op op, List<Tensor> in, List<Tensor> out, List<Tensor> cotangents) {
        Tensor ct = cotangents.getFirst();
        Tensor x = in.isEmpty() ? null : in.getFirst();
        return switch (op) {
            case Op.Elementwise(Fn fn) -> elementwise(fn, in, out.getFirst(), ct);
            case Op.Cast _ -> one(x.dtype().isFloat() ? ct.cast(x.dtype()) : null);
            case Op.Constant _, Op.Iota _ -> List.of();
            case Op.Broadcast b -> {
                int[] repeated = IntStream.range(0, b.shape().rank())
                        .filter(axis -> !b.axes().contains(axis))
                        .toArray();
                yield one(repeated.length == 0 ? ct : ct.sum(repeated));
            }
            case Op.Reshape _ -> one(ct.reshape(x.shape()));
            case Op.Transpose(List<Integer> order) -> {
                var inverse = new ArrayList<>(order);
                for (int i = 0; i < order.size(); i++) {
                    inverse.set(order.get(i), i);
                }
                yield one(Ops.transpose(ct, inverse));
            }
            case Op.Slice s -> one(slice(s, x.shape(), ct));
            case Op.Pad p -> one(pad(p, x.shape(), ct));
            case Op.Concat(int axis) -> {
                var parts = new ArrayList<Tensor>();
                int at = 0;
                for (Tensor part : in) {
                    int size = part.shape().dim(axis);
                    parts.add(ct.slice(axis, at, at + size));
                    at += size;
                }
                yield parts;
            }
            case Op.Reverse(int axis) -> one(ct.reverse(axis));
            case Op.Reduce(Op.Reduce.Kind kind, List<Integer> axes) -> one(reduce(kind, axes, x, out.getFirst(), ct));
            case Op.MatMul(boolean ta, boolean tb) -> matMul(ta, tb, in.get(0), in.get(1), ct);
            case Op.Gather _ -> {
                Tensor index = in.get(1);
                Op scatter = new Op.ScatterAdd(x.shape().dim(0));
                yield Arrays.asList(Trace.apply1(scatter, index, ct), null);
            }
            case Op.ScatterAdd _ -> Arrays.asList(null, ct.gather(x));
            case Op.ArgMax _, Op.Pack _, Op.Threefry _, Op.Random _, Op.StopGradient _ -> one(null);
            case Op.Scan _, Op.Remat _ -> throw new IllegalStateException("differentiated by Vjp itself");
        };
    }

    private static List<Tensor> one(Tensor ct) {
        return Collections.singletonList(ct);
    }

    private static List<Tensor> elementwise(Fn fn, List<Tensor> in, Tensor y, Tensor ct) {
        Tensor x = in.getFirst();
        return switch (fn) {
            case NEG -> one(ct.negate());
            case EXP -> one(ct.times(y));
            case LOG -> one(ct.dividedBy(x));
            case LOG1P -> one(ct.dividedBy(x.plus(1)));
            case TANH -> one(ct.times(y.times(y).negate().plus(1)));
            case SIGMOID -> one(ct.times(y.times(y.negate().plus(1))));
            case SQRT -> one(ct.times(0.5).dividedBy(y));
            case ABS -> one(ct.times(x.sign()));
            case SIN -> one(ct.times(x.cos()));
            case COS -> one(ct.times(x.sin()).negate());
            case RECIPROCAL -> one(ct.times(y.times(y)).negate());
            case ADD -> List.of(ct, ct);
            case SUB -> List.of(ct, ct.negate());
            case MUL -> List.of(ct.times(in.get(1)), ct.times(x));
            case DIV -> {
                Tensor dx = ct.dividedBy(in.get(1));
                yield List.of(dx, dx.times(y).negate());
            }
            case MAX -> choose(in.get(1).lessThan(x), ct);
            case MIN -> choose(x.lessThan(in.get(1)), ct);
            case POW -> {
                Tensor e = in.get(1);
                Tensor base = ct.times(e.times(x.pow(e.minus(1))));
                Tensor positive = Tensor.zeros(x.type()).lessThan(x);
                Tensor safe = positive.select(x, Tensor.ones(x.type()));
                yield List.of(base, ct.times(y.times(safe.log())));
            }
            case SELECT -> {
                Tensor zero = Ops.zeros(ct.type());
                yield Arrays.asList(null, x.select(ct, zero), x.select(zero, ct));
            }
            case SIGN, FLOOR -> one(null);
            case NOT -> one(null);
            case AND, OR, EQUAL, LESS, LESS_EQUAL -> Arrays.asList(null, null);
        };
    }

    /// The first input's share where the test holds, the second's elsewhere; of equal inputs the second has it.
    private static List<Tensor> choose(Tensor first, Tensor ct) {
        Tensor zero = Ops.zeros(ct.type());
        return List.of(first.select(ct, zero), first.select(zero, ct));
    }

    private static Tensor slice(Op.Slice s, Shape from, Tensor ct) {
        int rank = from.rank();
        var high = new ArrayList<Integer>();
        var inner = new ArrayList<Integer>();
        for (int i = 0; i < rank; i++) {
            int size = ct.shape().dim(i);
            if (size == 0) {
                return Ops.zeros(ct.type().withShape(from));
            }
            inner.add(s.steps().get(i) - 1);
            high.add(from.dim(i) - s.starts().get(i) - size - (size - 1) * inner.get(i));
        }
        return Trace.apply1(new Op.Pad(s.starts(), List.copyOf(high), List.copyOf(inner)), ct);
    }

    private static Tensor pad(Op.Pad p, Shape from, Tensor ct) {
        var stops = new ArrayList<Integer>();
        var steps = new ArrayList<Integer>();
        for (int i = 0; i < from.rank(); i++) {
            int size = from.dim(i);
            steps.add(p.inner().get(i) + 1);
            stops.add(p.low().get(i) + size + Math.max(0, size - 1) * p.inner().get(i));
        }
        return Trace.apply1(new Op.Slice(p.low(), List.copyOf(stops), List.copyOf(steps)), ct);
    }

    private static Tensor reduce(Op.Reduce.Kind kind, List<Integer> axes, Tensor x, Tensor y, Tensor ct) {
        List<Integer> kept = IntStream.range(0, x.shape().rank())
                .filter(axis -> !axes.contains(axis))
                .boxed()
                .toList();
        Op back = new Op.Broadcast(x.shape(), kept);
        return switch (kind) {
            case SUM -> Trace.apply1(back, ct);
            case MAX -> {
                Tensor hit = x.equalTo(Trace.apply1(back, y)).cast(ct.dtype());
                int[] all = axes.stream().mapToInt(Integer::intValue).toArray();
                Tensor share = ct.dividedBy(hit.sum(all));
                yield hit.times(Trace.apply1(back, share));
            }
        };
    }

    private static List<Tensor> matMul(boolean ta, boolean tb, Tensor a, Tensor b, Tensor ct) {
        Tensor da = ta ? Ops.matMul(b, ct, tb, true) : Ops.matMul(ct, b, false, !tb);
        Tensor db = tb ? Ops.matMul(ct, a, true, ta) : Ops.matMul(a, ct, !ta, false);
        return List.of(da, db);
    }
}
