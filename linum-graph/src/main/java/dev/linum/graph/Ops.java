package dev.linum.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Builds operations from what users write: inserts the promotion and the broadcasting that [Op] wants explicit.
final class Ops {

    private Ops() {}

    static Tensor unary(Fn fn, Tensor x) {
        Tensor in =
                fn == Fn.NOT ? cast(x, DType.BOOL) : fn == Fn.NEG || fn == Fn.ABS || fn == Fn.SIGN ? x : floating(x);
        return Trace.apply1(new Op.Elementwise(fn), in);
    }

    static Tensor binary(Fn fn, Tensor a, Tensor b) {
        DType dtype = DType.promote(a.dtype(), b.dtype());
        if (fn == Fn.DIV || fn == Fn.POW) {
            dtype = dtype.asFloat();
        } else if (dtype == DType.BOOL && fn != Fn.AND && fn != Fn.OR && fn != Fn.EQUAL) {
            dtype = DType.I32;
        }
        if (fn == Fn.AND || fn == Fn.OR) {
            dtype = DType.BOOL;
        }
        Shape shape = common(fn.name().toLowerCase(java.util.Locale.ROOT), a.shape(), b.shape());
        return Trace.apply1(new Op.Elementwise(fn), broadcast(cast(a, dtype), shape), broadcast(cast(b, dtype), shape));
    }

    static Tensor select(Tensor condition, Tensor a, Tensor b) {
        DType dtype = DType.promote(a.dtype(), b.dtype());
        Shape shape = common("select", common("select", a.shape(), b.shape()), condition.shape());
        return Trace.apply1(
                new Op.Elementwise(Fn.SELECT),
                broadcast(cast(condition, DType.BOOL), shape),
                broadcast(cast(a, dtype), shape),
                broadcast(cast(b, dtype), shape));
    }

    /// Returns the shape two shapes broadcast to: aligned at the last axis, sizes equal or one of them 1.
    static Shape common(String what, Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        var dims = new ArrayList<Integer>();
        for (int i = 0; i < rank; i++) {
            int x = i < rank - a.rank() ? 1 : a.dim(i - rank + a.rank());
            int y = i < rank - b.rank() ? 1 : b.dim(i - rank + b.rank());
            if (x != y && x != 1 && y != 1) {
                throw new IllegalArgumentException(Site.here() + " " + what + ": shapes " + a + " and " + b
                        + " do not broadcast; sizes " + x + " and " + y + " differ and neither is 1");
            }
            dims.add(x == 1 ? y : x);
        }
        return new Shape(dims);
    }

    static Tensor broadcast(Tensor x, Shape shape) {
        Shape from = x.shape();
        if (from.equals(shape)) {
            return x;
        }
        int lead = shape.rank() - from.rank();
        if (lead < 0 || !common("broadcast", from, shape).equals(shape)) {
            throw new IllegalArgumentException(
                    Site.here() + " broadcast: shape " + from + " does not broadcast to " + shape);
        }
        var kept = new ArrayList<Integer>();
        var axes = new ArrayList<Integer>();
        for (int i = 0; i < from.rank(); i++) {
            if (from.dim(i) == shape.dim(i + lead)) {
                kept.add(from.dim(i));
                axes.add(i + lead);
            }
        }
        return Trace.apply1(new Op.Broadcast(shape, List.copyOf(axes)), reshape(x, new Shape(kept)));
    }

    static Tensor cast(Tensor x, DType dtype) {
        return x.dtype() == dtype ? x : Trace.apply1(new Op.Cast(dtype), x);
    }

    static Tensor floating(Tensor x) {
        return cast(x, x.dtype().asFloat());
    }

    static Tensor reshape(Tensor x, Shape shape) {
        return x.shape().equals(shape) ? x : Trace.apply1(new Op.Reshape(shape), x);
    }

    static Tensor transpose(Tensor x, List<Integer> order) {
        boolean same = IntStream.range(0, order.size()).allMatch(i -> order.get(i) == i);
        return same && order.size() == x.shape().rank() ? x : Trace.apply1(new Op.Transpose(List.copyOf(order)), x);
    }

    static Tensor moveAxis(Tensor x, int from, int to) {
        var order = new ArrayList<>(IntStream.range(0, x.shape().rank()).boxed().toList());
        Integer axis = order.remove(x.shape().axis(from));
        order.add(x.shape().axis(to), axis);
        return transpose(x, order);
    }

    static Tensor slice(Tensor x, int axis, int start, int stop, int step) {
        Shape shape = x.shape();
        int at = shape.axis(axis);
        if (start == 0 && stop == shape.dim(at) && step == 1) {
            return x;
        }
        var starts = new ArrayList<>(java.util.Collections.nCopies(shape.rank(), 0));
        var stops = new ArrayList<>(shape.dims());
        var steps = new ArrayList<>(java.util.Collections.nCopies(shape.rank(), 1));
        starts.set(at, start);
        stops.set(at, stop);
        steps.set(at, step);
        return Trace.apply1(new Op.Slice(List.copyOf(starts), List.copyOf(stops), List.copyOf(steps)), x);
    }

    static Tensor pad(Tensor x, int axis, int low, int high) {
        if (low == 0 && high == 0) {
            return x;
        }
        int rank = x.shape().rank();
        return Trace.apply1(
                new Op.Pad(
                        single(rank, x.shape().axis(axis), low),
                        single(rank, x.shape().axis(axis), high),
                        single(rank, 0, 0)),
                x);
    }

    private static List<Integer> single(int rank, int axis, int value) {
        var all = new ArrayList<>(java.util.Collections.nCopies(rank, 0));
        if (rank > 0) {
            all.set(axis, value);
        }
        return List.copyOf(all);
    }

    static Tensor concat(int axis, List<Tensor> parts) {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        DType dtype = parts.stream().map(Tensor::dtype).reduce(DType::promote).orElseThrow();
        int at = parts.getFirst().shape().axis(axis);
        return Trace.apply(
                        new Op.Concat(at),
                        parts.stream().map(p -> cast(p, dtype)).toList())
                .getFirst();
    }

    static Tensor reduce(Op.Reduce.Kind kind, Tensor x, int... axes) {
        List<Integer> all = axes.length == 0
                ? IntStream.range(0, x.shape().rank()).boxed().toList()
                : Arrays.stream(axes).map(x.shape()::axis).sorted().boxed().toList();
        if (all.isEmpty()) {
            return x;
        }
        Tensor in = x.dtype() == DType.BOOL ? cast(x, DType.I32) : x;
        return Trace.apply1(new Op.Reduce(kind, all), in);
    }

    /// `a [*n, k] . b [k, m] -> [*n, m]`, or both with equal leading axes.
    static Tensor dot(Tensor a, Tensor b) {
        DType dtype = DType.promote(a.dtype(), b.dtype()).asFloat();
        Tensor x = cast(a, dtype);
        Tensor y = cast(b, dtype);
        Shape left = x.shape();
        Shape right = y.shape();
        if (left.rank() >= 1 && right.rank() == 2 && left.rank() != 2) {
            if (left.last() != right.dim(0)) {
                throw new IllegalArgumentException(Site.here() + " dot: " + left + " x " + right + ", inner sizes "
                        + left.last() + " and " + right.dim(0) + " differ");
            }
            Shape lead = left.sub(0, left.rank() - 1);
            Tensor flat = reshape(x, Shape.of(lead.count(), left.last()));
            return reshape(matMul(flat, y, false, false), lead.plus(right.dim(1)));
        }
        return matMul(x, y, false, false);
    }

    static Tensor matMul(Tensor a, Tensor b, boolean transposeA, boolean transposeB) {
        return Trace.apply1(new Op.MatMul(transposeA, transposeB), a, b);
    }

    static Tensor zeros(Type type) {
        return broadcast(Array.scalar(type.dtype(), 0), type.shape());
    }
}
