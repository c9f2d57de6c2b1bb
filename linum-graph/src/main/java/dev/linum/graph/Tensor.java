package dev.linum.graph;

import java.util.List;
import java.util.stream.IntStream;

/// Numbers in a grid: either there ([Array]) or known by type only while a function is being traced ([Traced]).
///
/// Arithmetic broadcasts as NumPy's does (axes are aligned at the last one; a size of 1 repeats) and promotes
/// bool < i32 < f32 < f64; a plain `double` takes the tensor's own kind. Wrong shapes throw
/// [IllegalArgumentException] with the line of the caller.
public sealed interface Tensor extends Bundle<Tensor> permits Array, Traced {

    Type type();

    default Shape shape() {
        return type().shape();
    }

    default DType dtype() {
        return type().dtype();
    }

    @Override
    default Tensor rebuild(List<Tensor> leaves) {
        return leaves.getFirst();
    }

    @Override
    default Object structure() {
        return "tensor";
    }

    /// Returns this tensor's numbers; while tracing there are none yet, and this throws.
    default Array array() {
        return switch (this) {
            case Array a -> a;
            case Traced t ->
                throw new IllegalStateException(Site.here() + " the numbers of a " + t.type()
                        + " tensor are not known while tracing; use select(...) or move the test outside");
        };
    }

    // ---- arithmetic

    default Tensor plus(Tensor other) {
        return Ops.binary(Fn.ADD, this, other);
    }

    default Tensor plus(double other) {
        return plus(like(other));
    }

    default Tensor minus(Tensor other) {
        return Ops.binary(Fn.SUB, this, other);
    }

    default Tensor minus(double other) {
        return minus(like(other));
    }

    default Tensor times(Tensor other) {
        return Ops.binary(Fn.MUL, this, other);
    }

    default Tensor times(double other) {
        return times(like(other));
    }

    default Tensor dividedBy(Tensor other) {
        return Ops.binary(Fn.DIV, this, other);
    }

    default Tensor dividedBy(double other) {
        return dividedBy(like(other));
    }

    default Tensor pow(double exponent) {
        return Ops.binary(Fn.POW, this, Array.scalar(dtype().asFloat(), exponent));
    }

    default Tensor pow(Tensor exponent) {
        return Ops.binary(Fn.POW, this, exponent);
    }

    /// Returns the larger of two tensors, element by element.
    default Tensor maximum(Tensor other) {
        return Ops.binary(Fn.MAX, this, other);
    }

    default Tensor maximum(double other) {
        return maximum(like(other));
    }

    /// Returns the smaller of two tensors, element by element.
    default Tensor minimum(Tensor other) {
        return Ops.binary(Fn.MIN, this, other);
    }

    default Tensor minimum(double other) {
        return minimum(like(other));
    }

    default Tensor negate() {
        return Ops.unary(Fn.NEG, this);
    }

    default Tensor reciprocal() {
        return Ops.unary(Fn.RECIPROCAL, this);
    }

    default Tensor square() {
        return times(this);
    }

    default Tensor exp() {
        return Ops.unary(Fn.EXP, this);
    }

    default Tensor log() {
        return Ops.unary(Fn.LOG, this);
    }

    /// Returns log(1 + x), exact for small x.
    default Tensor log1p() {
        return Ops.unary(Fn.LOG1P, this);
    }

    default Tensor sqrt() {
        return Ops.unary(Fn.SQRT, this);
    }

    default Tensor abs() {
        return Ops.unary(Fn.ABS, this);
    }

    default Tensor sign() {
        return Ops.unary(Fn.SIGN, this);
    }

    default Tensor floor() {
        return Ops.unary(Fn.FLOOR, this);
    }

    default Tensor sin() {
        return Ops.unary(Fn.SIN, this);
    }

    default Tensor cos() {
        return Ops.unary(Fn.COS, this);
    }

    default Tensor tanh() {
        return Ops.unary(Fn.TANH, this);
    }

    default Tensor sigmoid() {
        return Ops.unary(Fn.SIGMOID, this);
    }

    default Tensor relu() {
        return maximum(0);
    }

    /// Returns log(1 + exp(x)), safe for large x; its derivative is the sigmoid, at 0 too.
    default Tensor softplus() {
        // Chosen, not compared: at 0 the derivatives of the larger one and of the absolute value are 0.
        Tensor below = lessThan(0).select(this, Ops.zeros(type()));
        Tensor above = minus(below);
        return above.plus(below.minus(above).exp().log1p());
    }

    // ---- tests

    default Tensor equalTo(Tensor other) {
        return Ops.binary(Fn.EQUAL, this, other);
    }

    default Tensor equalTo(double other) {
        return equalTo(like(other));
    }

    default Tensor lessThan(Tensor other) {
        return Ops.binary(Fn.LESS, this, other);
    }

    default Tensor lessThan(double other) {
        return lessThan(like(other));
    }

    default Tensor atMost(Tensor other) {
        return Ops.binary(Fn.LESS_EQUAL, this, other);
    }

    default Tensor atMost(double other) {
        return atMost(like(other));
    }

    default Tensor greaterThan(Tensor other) {
        return other.lessThan(this);
    }

    default Tensor greaterThan(double other) {
        return like(other).lessThan(this);
    }

    default Tensor atLeast(Tensor other) {
        return other.atMost(this);
    }

    default Tensor atLeast(double other) {
        return like(other).atMost(this);
    }

    default Tensor and(Tensor other) {
        return Ops.binary(Fn.AND, this, other);
    }

    default Tensor or(Tensor other) {
        return Ops.binary(Fn.OR, this, other);
    }

    default Tensor not() {
        return Ops.unary(Fn.NOT, this);
    }

    /// Returns `a` where this bool tensor holds and `b` elsewhere; what is not chosen has no influence, NaN
    /// included.
    default Tensor select(Tensor a, Tensor b) {
        return Ops.select(this, a, b);
    }

    // ---- reductions

    /// Sums over the given axes, or over all of them if none is given.
    default Tensor sum(int... axes) {
        return Ops.reduce(Op.Reduce.Kind.SUM, this, axes);
    }

    /// Averages over the given axes, or over all of them if none is given.
    default Tensor mean(int... axes) {
        Tensor sum = Ops.floating(this).sum(axes);
        return sum.times((double) Math.max(1, sum.shape().count()) / Math.max(1, shape().count()));
    }

    /// Returns the largest element over the given axes, or over all of them if none is given.
    default Tensor max(int... axes) {
        return Ops.reduce(Op.Reduce.Kind.MAX, this, axes);
    }

    /// Returns the smallest element over the given axes, or over all of them if none is given.
    default Tensor min(int... axes) {
        return negate().max(axes).negate();
    }

    /// Returns the index of the largest element along an axis, the first if several are equal.
    default Tensor argMax(int axis) {
        return Ops.argMax(this, axis);
    }

    /// Returns x minus the log of the sum of exp(x) along an axis, safe for large x.
    default Tensor logSoftmax(int axis) {
        int at = Ops.axis("softmax", shape(), axis);
        Tensor shifted = minus(max(at).stopGradient().expand(at));
        return shifted.minus(shifted.exp().sum(at).log().expand(at));
    }

    default Tensor softmax(int axis) {
        return logSoftmax(axis).exp();
    }

    // ---- products

    /// Matrix product: `[*n, k] . [k, m] -> [*n, m]`, or `[*b, n, k] . [*b, k, m] -> [*b, n, m]`.
    default Tensor dot(Tensor other) {
        return Ops.dot(this, other);
    }

    // ---- shape

    /// The same numbers in another shape; one size may be -1, which is what is left over.
    default Tensor reshape(int... dims) {
        return Ops.reshape(this, Ops.shape(this, dims));
    }

    default Tensor reshape(Shape shape) {
        return Ops.reshape(this, shape);
    }

    /// Swaps the last two axes.
    default Tensor transpose() {
        return Ops.moveAxis(this, -1, -2);
    }

    /// Reorders axes: axis i of the result is axis `order[i]` of this tensor.
    default Tensor transpose(int... order) {
        return Ops.transpose(this, IntStream.of(order).boxed().toList());
    }

    default Tensor moveAxis(int from, int to) {
        return Ops.moveAxis(this, from, to);
    }

    /// Adds an axis of size 1 at a position.
    default Tensor expand(int axis) {
        return Ops.expand(this, axis);
    }

    /// Removes an axis of size 1.
    default Tensor squeeze(int axis) {
        return Ops.squeeze(this, axis);
    }

    default Tensor broadcastTo(Shape shape) {
        return Ops.broadcast(this, shape);
    }

    /// Takes elements `start` up to, not including, `stop` along an axis.
    default Tensor slice(int axis, int start, int stop) {
        return Ops.slice(this, axis, start, stop, 1);
    }

    /// Takes every `step`-th element from `start` up to, not including, `stop` along an axis.
    default Tensor slice(int axis, int start, int stop, int step) {
        return Ops.slice(this, axis, start, stop, step);
    }

    /// Takes one element along an axis, which disappears; negative indices count from the end.
    default Tensor index(int axis, int at) {
        int size = shape().dim(Ops.axis("index", shape(), axis));
        int from = at < 0 ? at + size : at;
        if (from < 0 || from >= size) {
            throw new IllegalArgumentException(
                    Site.here() + " index: axis " + axis + " of " + shape() + " has no element " + at);
        }
        return slice(axis, from, from + 1).squeeze(axis);
    }

    /// Puts zeros before and after the elements of an axis.
    default Tensor pad(int axis, int low, int high) {
        return Ops.pad(this, axis, low, high);
    }

    default Tensor reverse(int axis) {
        return Trace.apply1(new Op.Reverse(Ops.axis("reverse", shape(), axis)), this);
    }

    default Tensor cast(DType dtype) {
        return Ops.cast(this, dtype);
    }

    /// Cuts an axis into equal parts.
    default List<Tensor> split(int axis, int parts) {
        return Ops.split(this, axis, parts);
    }

    // ---- indexing by tensors

    /// Rows of this table by index: `this [rows, *rest]`, `index i32 [*n] -> [*n, *rest]`; an index outside the rows
    /// throws, one that is not a whole number too.
    default Tensor gather(Tensor index) {
        return Ops.gather(this, index);
    }

    /// Returns 1 at the index along a new last axis and 0 elsewhere; an index outside gives a row of zeros.
    default Tensor oneHot(int classes, DType dtype) {
        return expand(shape().rank()).equalTo(Tensor.iota(classes)).cast(dtype);
    }

    /// Passes the numbers on and lets no derivative through.
    default Tensor stopGradient() {
        return Trace.apply1(new Op.StopGradient(), this);
    }

    private Tensor like(double value) {
        boolean whole = dtype() == DType.I32 && value == Math.rint(value);
        return Array.scalar(whole ? DType.I32 : dtype().asFloat(), value);
    }

    // ---- making tensors

    static Tensor zeros(Type type) {
        return Ops.zeros(type);
    }

    static Tensor ones(Type type) {
        return Ops.broadcast(Array.scalar(type.dtype(), 1), type.shape());
    }

    /// A tensor of one number repeated.
    static Tensor full(Type type, double value) {
        return Ops.broadcast(Array.scalar(type.dtype(), value), type.shape());
    }

    /// The whole numbers 0, 1, ... size-1 as i32.
    static Tensor iota(int size) {
        return Trace.apply1(new Op.Iota(size));
    }

    static Tensor concat(int axis, Tensor... parts) {
        return Ops.concat(axis, List.of(parts));
    }

    static Tensor concat(int axis, List<Tensor> parts) {
        return Ops.concat(axis, parts);
    }

    /// Puts tensors of equal shape beside each other along a new axis.
    static Tensor stack(int axis, List<Tensor> parts) {
        return Ops.concat(axis, parts.stream().map(p -> p.expand(axis)).toList());
    }
}
