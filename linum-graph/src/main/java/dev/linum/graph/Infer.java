package dev.linum.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;

/// What each operation returns, from the types of what it is given; one rule per operation, one sentence per
/// mistake.
public final class Infer {

    private Infer() {}

    public static List<Type> types(Op op, List<Type> in) {
        List<Type> out = rule(op, in);
        // Throws if they are too many, before sizes are multiplied anywhere else.
        out.forEach(type -> type.shape().count());
        return out;
    }

    private static List<Type> rule(Op op, List<Type> in) {
        return switch (op) {
            case Op.Elementwise(Fn fn) -> List.of(elementwise(fn, in));
            case Op.Cast(DType to) -> List.of(in.getFirst().withDType(to));
            case Op.Constant(Array value) -> List.of(value.type());
            case Op.Iota(int size) -> List.of(Type.of(DType.I32, size));
            case Op.Broadcast b -> List.of(broadcast(b, in.getFirst()));
            case Op.Reshape(Shape shape) -> List.of(reshape(shape, in.getFirst()));
            case Op.Transpose(List<Integer> order) -> List.of(transpose(order, in.getFirst()));
            case Op.Slice s -> List.of(slice(s, in.getFirst()));
            case Op.Pad p -> List.of(pad(p, in.getFirst()));
            case Op.Concat(int axis) -> List.of(concat(axis, in));
            case Op.Reverse(int axis) -> {
                in.getFirst().shape().axis(axis);
                yield List.of(in.getFirst());
            }
            case Op.Reduce(Op.Reduce.Kind _, List<Integer> axes) -> List.of(reduce(axes, in.getFirst()));
            case Op.ArgMax(int axis) ->
                List.of(new Type(DType.I32, in.getFirst().shape().drop(axis)));
            case Op.MatMul m -> List.of(matMul(m, in.get(0), in.get(1)));
            case Op.Gather _ -> List.of(gather(in.get(0), in.get(1)));
            case Op.ScatterAdd(int rows) -> List.of(scatterAdd(rows, in.get(0), in.get(1)));
            case Op.Pack pack -> pack(pack, in.getFirst());
            case Op.Threefry(int _, int count) ->
                List.of(new Type(DType.I32, keys("threefry", in.getFirst()).plus(count, 2)));
            case Op.Random(Op.Distribution.Bits _, Shape shape) ->
                List.of(new Type(DType.I32, keys("random", in.getFirst()).plus(shape)));
            case Op.Random(Op.Distribution _, Shape shape) ->
                List.of(new Type(DType.F32, keys("random", in.getFirst()).plus(shape)));
            case Op.StopGradient _ -> List.of(in.getFirst());
            case Op.Scan scan -> scan(scan, in);
            case Op.Remat(Graph body) -> remat(body, in);
        };
    }

    private static Type elementwise(Fn fn, List<Type> in) {
        require(in.size() == fn.arity(), "%s: takes %d inputs, found %d", fn, fn.arity(), in.size());
        if (fn == Fn.SELECT) {
            require(
                    in.get(0).dtype() == DType.BOOL
                            && in.get(1).equals(in.get(2))
                            && in.get(0).shape().equals(in.get(1).shape()),
                    "select: needs a bool condition and two values of its shape, found %s",
                    in);
            return in.get(1);
        }
        Type first = in.getFirst();
        for (Type other : in) {
            require(other.equals(first), "%s: %s and %s differ", fn, first, other);
        }
        return fn.isTest() ? first.withDType(DType.BOOL) : first;
    }

    private static Type broadcast(Op.Broadcast b, Type in) {
        Shape from = in.shape();
        require(b.axes().size() == from.rank(), "broadcast: %s axes for shape %s", b.axes(), from);
        for (int i = 0; i < from.rank(); i++) {
            int to = b.axes().get(i);
            require(
                    from.dim(i) == b.shape().dim(to) && (i == 0 || to > b.axes().get(i - 1)),
                    "broadcast: %s does not fit into %s at axes %s",
                    from,
                    b.shape(),
                    b.axes());
        }
        return in.withShape(b.shape());
    }

    private static Type reshape(Shape shape, Type in) {
        Shape from = in.shape();
        require(
                from.count() == shape.count(),
                "reshape: %s has %d elements, %s has %d",
                from,
                from.count(),
                shape,
                shape.count());
        return in.withShape(shape);
    }

    private static Type transpose(List<Integer> order, Type in) {
        Shape from = in.shape();
        require(
                order.size() == from.rank()
                        && new HashSet<>(order).size() == order.size()
                        && order.stream().allMatch(a -> a >= 0 && a < from.rank()),
                "transpose: %s does not order the %d axes of %s",
                order,
                from.rank(),
                from);
        return in.withShape(new Shape(order.stream().map(from::dim).toList()));
    }

    private static Type slice(Op.Slice s, Type in) {
        var dims = new ArrayList<Integer>();
        for (int i = 0; i < in.shape().rank(); i++) {
            int start = s.starts().get(i);
            int stop = s.stops().get(i);
            int step = s.steps().get(i);
            require(
                    start >= 0 && stop >= start && stop <= in.shape().dim(i) && step >= 1,
                    "slice: %d to %d by %d does not lie in axis %d of %s",
                    start,
                    stop,
                    step,
                    i,
                    in.shape());
            dims.add(Math.ceilDiv(stop - start, step));
        }
        return in.withShape(new Shape(dims));
    }

    private static Type pad(Op.Pad p, Type in) {
        var dims = new ArrayList<Integer>();
        for (int i = 0; i < in.shape().rank(); i++) {
            int size = in.shape().dim(i);
            require(
                    p.low().get(i) >= 0 && p.high().get(i) >= 0 && p.inner().get(i) >= 0,
                    "pad: amounts are 0 or more, found %s",
                    p);
            long inner = Math.max(0, size - 1) * (long) p.inner().get(i);
            dims.add(size("pad", i, inner + p.low().get(i) + size + p.high().get(i)));
        }
        return in.withShape(new Shape(dims));
    }

    private static Type concat(int axis, List<Type> in) {
        require(!in.isEmpty(), "concat: needs at least one tensor");
        Type first = in.getFirst();
        int at = first.shape().axis(axis);
        long size = 0;
        for (Type other : in) {
            require(
                    other.dtype() == first.dtype()
                            && other.shape().rank() == first.shape().rank()
                            && other.shape().with(at, 0).equals(first.shape().with(at, 0)),
                    "concat along axis %d: %s and %s differ elsewhere",
                    at,
                    first,
                    other);
            size += other.shape().dim(at);
        }
        return first.withShape(first.shape().with(at, size("concat", at, size)));
    }

    /// A size that was added up.
    private static int size(String what, int axis, long size) {
        require(
                size <= Integer.MAX_VALUE,
                "%s: axis %d would have size %d, more than the %d that one can have",
                what,
                axis,
                size,
                Integer.MAX_VALUE);
        return (int) size;
    }

    private static Type reduce(List<Integer> axes, Type in) {
        Shape from = in.shape();
        List<Integer> kept = IntStream.range(0, from.rank())
                .filter(axis -> !axes.contains(axis))
                .mapToObj(from::dim)
                .toList();
        return in.withShape(new Shape(kept));
    }

    private static Type matMul(Op.MatMul m, Type a, Type b) {
        Shape x = a.shape();
        Shape y = b.shape();
        require(
                x.rank() >= 2
                        && y.rank() == x.rank()
                        && a.dtype() == b.dtype()
                        && a.dtype().isFloat()
                        && x.sub(0, x.rank() - 2).equals(y.sub(0, y.rank() - 2)),
                "dot: %s x %s, both need the same leading axes and the same floating type",
                a,
                b);
        int inner = m.transposeA() ? x.dim(-2) : x.dim(-1);
        int innerB = m.transposeB() ? y.dim(-1) : y.dim(-2);
        require(inner == innerB, "dot: %s x %s, inner sizes %d and %d differ", x, y, inner, innerB);
        return a.withShape(x.sub(0, x.rank() - 2)
                .plus(m.transposeA() ? x.dim(-1) : x.dim(-2), m.transposeB() ? y.dim(-2) : y.dim(-1)));
    }

    private static Type gather(Type table, Type index) {
        Shape from = table.shape();
        require(
                from.rank() >= 1 && index.dtype() == DType.I32,
                "gather: needs a table with rows and an i32 index, found %s and %s",
                table,
                index);
        return table.withShape(index.shape().plus(from.sub(1, from.rank())));
    }

    private static Type scatterAdd(int rows, Type index, Type updates) {
        Shape at = index.shape();
        Shape from = updates.shape();
        require(
                index.dtype() == DType.I32
                        && from.rank() >= at.rank()
                        && from.sub(0, at.rank()).equals(at),
                "scatterAdd: index %s does not match updates %s",
                index,
                updates);
        return updates.withShape(Shape.of(rows).plus(from.sub(at.rank(), from.rank())));
    }

    private static List<Type> pack(Op.Pack pack, Type lengths) {
        require(
                lengths.dtype() == DType.I32 && lengths.shape().rank() == 1,
                "pack: lengths are i32[batch], found %s",
                lengths);
        int batch = lengths.shape().dim(0);
        Type packed = Type.of(DType.I32, pack.steps(), batch);
        return List.of(pack.timeMajor() ? packed : Type.of(DType.I32, batch, pack.steps()), packed, packed);
    }

    private static List<Type> remat(Graph body, List<Type> in) {
        List<Type> wanted = body.in().stream().map(Value::type).toList();
        require(wanted.equals(in), "remat: the body takes %s, found %s", wanted, in);
        return body.out().stream().map(Value::type).toList();
    }

    private static List<Type> scan(Op.Scan scan, List<Type> in) {
        List<Type> body = scan.body().in().stream().map(Value::type).toList();
        List<Type> out = scan.body().out().stream().map(Value::type).toList();
        require(
                body.size() == scan.consts() + scan.carry() + scan.xs()
                        && in.size() == body.size()
                        && out.size() == scan.carry() + scan.stacked() + scan.sums(),
                "scan: %d inputs and %d outputs do not match its counts",
                in.size(),
                out.size());
        require(
                !scan.isRagged() || scan.consts() > 0 && isNames(in.getFirst(), scan),
                "scan: the sequences of the rows are i32[%d, batch], found %s",
                scan.steps(),
                in);
        int fixed = scan.consts() + scan.carry();
        for (int i = 0; i < in.size(); i++) {
            Type want = i < fixed
                    ? body.get(i)
                    : body.get(i).withShape(body.get(i).shape().insert(0, scan.steps()));
            require(in.get(i).equals(want), "scan: input %d is %s, the body wants %s", i, in.get(i), want);
        }
        var types = new ArrayList<Type>();
        for (int i = 0; i < out.size(); i++) {
            Type type = out.get(i);
            if (i < scan.carry()) {
                Type carry = body.get(scan.consts() + i);
                require(
                        type.equals(carry),
                        "scan: carry %d goes in as %s and comes out as %s; a carry keeps its type",
                        i,
                        carry,
                        type);
                types.add(type);
            } else if (i < scan.carry() + scan.stacked()) {
                types.add(type.withShape(type.shape().insert(0, scan.steps())));
            } else {
                types.add(type);
            }
        }
        return types;
    }

    private static boolean isNames(Type type, Op.Scan scan) {
        int batch = Rows.batch(scan, scan.body());
        return type.dtype() == DType.I32
                && type.shape().rank() == 2
                && type.shape().dim(0) == scan.steps()
                && (batch == 0 || type.shape().dim(1) == batch);
    }

    /// Returns how many keys there are: the axes in front of the two words of each.
    private static Shape keys(String what, Type type) {
        Shape shape = type.shape();
        require(
                type.dtype() == DType.I32 && shape.rank() > 0 && shape.last() == 2,
                "%s: a key is i32[2], found %s",
                what,
                type);
        return shape.sub(0, shape.rank() - 1);
    }

    private static void require(boolean holds, String message, Object... parts) {
        if (!holds) {
            throw new IllegalArgumentException(message.formatted(parts));
        }
    }
}
