package dev.linum.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
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
        Shape shape = common(fn.name().toLowerCase(Locale.ROOT), a.shape(), b.shape());
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

    /// An axis that may count from the end, counted from the front.
    static int axis(String what, Shape shape, int axis) {
        int at = axis < 0 ? axis + shape.rank() : axis;
        if (at < 0 || at >= shape.rank()) {
            throw new IllegalArgumentException(Site.here() + " " + what + ": axis " + axis + " of shape " + shape
                    + " does not exist; it has " + shape.rank() + " axes");
        }
        return at;
    }

    static Tensor cast(Tensor x, DType dtype) {
        return x.dtype() == dtype ? x : Trace.apply1(new Op.Cast(dtype), x);
    }

    static Tensor floating(Tensor x) {
        return cast(x, x.dtype().asFloat());
    }

    /// Sizes of which one may be left open by -1.
    static Shape shape(Tensor x, int... dims) {
        long open = Arrays.stream(dims).filter(size -> size == -1).count();
        if (open == 0) {
            return Shape.of(dims);
        }
        int rest = Shape.of(Arrays.stream(dims).filter(size -> size != -1).toArray())
                .count();
        int count = x.shape().count();
        if (open > 1 || rest == 0 || count % rest != 0) {
            throw new IllegalArgumentException(Site.here() + " reshape: shape " + x.shape() + " does not fill "
                    + Arrays.toString(dims) + " in one way");
        }
        return Shape.of(Arrays.stream(dims)
                .map(size -> size == -1 ? count / rest : size)
                .toArray());
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
        Integer axis = order.remove(axis("moveAxis", x.shape(), from));
        order.add(axis("moveAxis", x.shape(), to), axis);
        return transpose(x, order);
    }

    static Tensor slice(Tensor x, int axis, int start, int stop, int step) {
        Shape shape = x.shape();
        int at = axis("slice", shape, axis);
        if (start == 0 && stop == shape.dim(at) && step == 1) {
            return x;
        }
        var starts = new ArrayList<>(Collections.nCopies(shape.rank(), 0));
        var stops = new ArrayList<>(shape.dims());
        var steps = new ArrayList<>(Collections.nCopies(shape.rank(), 1));
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
        int at = axis("pad", x.shape(), axis);
        return Trace.apply1(new Op.Pad(single(rank, at, low), single(rank, at, high), single(rank, 0, 0)), x);
    }

    private static List<Integer> single(int rank, int axis, int value) {
        var all = new ArrayList<>(Collections.nCopies(rank, 0));
        if (rank > 0) {
            all.set(axis, value);
        }
        return List.copyOf(all);
    }

    static Tensor expand(Tensor x, int axis) {
        int rank = x.shape().rank();
        int at = axis < 0 ? axis + rank + 1 : axis;
        if (at < 0 || at > rank) {
            throw new IllegalArgumentException(Site.here() + " expand: shape " + x.shape()
                    + " takes a new axis at 0 to " + rank + " or at -1 to " + -(rank + 1) + ", found " + axis);
        }
        return reshape(x, x.shape().insert(at, 1));
    }

    static Tensor squeeze(Tensor x, int axis) {
        int at = axis("squeeze", x.shape(), axis);
        if (x.shape().dim(at) != 1) {
            throw new IllegalArgumentException(Site.here() + " squeeze: axis " + axis + " of shape " + x.shape()
                    + " has size " + x.shape().dim(at) + ", only one of size 1 can be removed");
        }
        return reshape(x, x.shape().drop(at));
    }

    static Tensor argMax(Tensor x, int axis) {
        int at = axis("argMax", x.shape(), axis);
        if (x.shape().dim(at) == 0) {
            throw new IllegalArgumentException(
                    Site.here() + " argMax: axis " + axis + " of shape " + x.shape() + " is empty");
        }
        return Trace.apply1(new Op.ArgMax(at), x);
    }

    static List<Tensor> split(Tensor x, int axis, int parts) {
        int size = x.shape().dim(axis("split", x.shape(), axis));
        if (parts < 1 || size % parts != 0) {
            throw new IllegalArgumentException(Site.here() + " split: axis " + axis + " of " + x.shape()
                    + " does not divide into " + parts + " equal parts");
        }
        int each = size / parts;
        return IntStream.range(0, parts)
                .mapToObj(i -> slice(x, axis, i * each, (i + 1) * each, 1))
                .toList();
    }

    static Tensor gather(Tensor table, Tensor index) {
        if (index.dtype().isFloat()) {
            throw new IllegalArgumentException(
                    Site.here() + " gather: an index is a whole number, i32, found " + index.type());
        }
        return Trace.apply1(new Op.Gather(), table, cast(index, DType.I32));
    }

    static Tensor concat(int axis, List<Tensor> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException(Site.here() + " concat: there is nothing to put together");
        }
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        DType dtype = parts.stream().map(Tensor::dtype).reduce(DType::promote).orElseThrow();
        int at = axis("concat", parts.getFirst().shape(), axis);
        return Trace.apply(
                        new Op.Concat(at),
                        parts.stream().map(p -> cast(p, dtype)).toList())
                .getFirst();
    }

    static Tensor reduce(Op.Reduce.Kind kind, Tensor x, int... axes) {
        List<Integer> all = axes.length == 0
                ? IntStream.range(0, x.shape().rank()).boxed().toList()
                : Arrays.stream(axes)
                        .map(axis -> axis(kind.name().toLowerCase(Locale.ROOT), x.shape(), axis))
                        .sorted()
                        .boxed()
                        .toList();
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
