package dev.linum.nn;

import dev.linum.graph.Array;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;

/// How a parameter starts: a name for tables, and the draw itself.
///
/// The same key gives the same numbers as JAX's initialiser of that name, orthogonal matrices up to rounding.
public record Init(String name, Draw draw) {

    /// Makes the first value of a parameter.
    public interface Draw {
        Tensor draw(Key key, Shape shape, DType dtype);
    }

    private static final float TRUNCATED_DEVIATION = .87962566103423978f;

    private static final Init ZEROS = constant("zeros", 0);
    private static final Init ONES = constant("ones", 1);
    private static final Init LECUN_NORMAL = new Init("lecun_normal", (k, s, d) -> normal(k, s, d, 1.0 / fanIn(s)));
    private static final Init LECUN_UNIFORM = new Init("lecun_uniform", (k, s, d) -> uniform(k, s, d, 1.0 / fanIn(s)));
    private static final Init GLOROT_NORMAL =
            new Init("glorot_normal", (k, s, d) -> normal(k, s, d, 2.0 / (fanIn(s) + fanOut(s))));
    private static final Init GLOROT_UNIFORM =
            new Init("glorot_uniform", (k, s, d) -> uniform(k, s, d, 2.0 / (fanIn(s) + fanOut(s))));
    private static final Init HE_NORMAL = new Init("he_normal", (k, s, d) -> normal(k, s, d, 2.0 / fanIn(s)));
    private static final Init HE_UNIFORM = new Init("he_uniform", (k, s, d) -> uniform(k, s, d, 2.0 / fanIn(s)));
    private static final Init ORTHOGONAL =
            new Init("orthogonal", (k, s, d) -> Orthogonal.draw(k, s).cast(d));
    private static final Init EMBEDDING = new Init(
            "embedding",
            (k, s, d) -> k.normal(s)
                    .times((float) Math.sqrt((float) (1.0 / s.last())))
                    .cast(d));

    public static Init zeros() {
        return ZEROS;
    }

    public static Init ones() {
        return ONES;
    }

    public static Init constant(double value) {
        return constant("constant(" + value + ")", value);
    }

    private static Init constant(String name, double value) {
        return new Init(name, (_, shape, dtype) -> Array.full(new Type(dtype, shape), value));
    }

    /// Normal numbers of a standard deviation.
    public static Init normal(double deviation) {
        return new Init(
                "normal(" + deviation + ")",
                (k, s, d) -> k.normal(s).times(deviation).cast(d));
    }

    /// Truncated normal of variance 1/fan-in. (LeCun et al., "Efficient BackProp", 1998.)
    public static Init lecunNormal() {
        return LECUN_NORMAL;
    }

    public static Init lecunUniform() {
        return LECUN_UNIFORM;
    }

    /// Truncated normal of variance 2/(fan-in + fan-out). (Glorot and Bengio, AISTATS 2010.)
    public static Init glorotNormal() {
        return GLOROT_NORMAL;
    }

    public static Init glorotUniform() {
        return GLOROT_UNIFORM;
    }

    /// Truncated normal of variance 2/fan-in. (He et al., ICCV 2015.)
    public static Init heNormal() {
        return HE_NORMAL;
    }

    public static Init heUniform() {
        return HE_UNIFORM;
    }

    /// A matrix whose rows or columns, whichever are fewer, are orthonormal. (Saxe et al., ICLR 2014.)
    public static Init orthogonal() {
        return ORTHOGONAL;
    }

    /// Normal of variance 1/features, for tables of embeddings.
    public static Init embedding() {
        return EMBEDDING;
    }

    private static Tensor normal(Key key, Shape shape, DType dtype, double variance) {
        float deviation = (float) Math.sqrt((float) variance) / TRUNCATED_DEVIATION;
        return key.truncatedNormal(shape).times(deviation).cast(dtype);
    }

    private static Tensor uniform(Key key, Shape shape, DType dtype, double variance) {
        float bound = (float) Math.sqrt(3 * (float) variance);
        return key.uniform(shape, -1, 1).times(bound).cast(dtype);
    }

    private static long fanIn(Shape shape) {
        matrix(shape);
        return (long) shape.sub(0, shape.rank() - 1).count();
    }

    private static long fanOut(Shape shape) {
        matrix(shape);
        return (long) shape.sub(0, shape.rank() - 2).count() * shape.last();
    }

    private static void matrix(Shape shape) {
        if (shape.rank() < 2) {
            throw new IllegalArgumentException("a fan needs at least two axes, found shape " + shape
                    + "; use zeros(), ones() or normal(...) for vectors");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
