package dev.linum.simd;

import static dev.linum.simd.VectorKernels.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Exponential, tanh and sigmoid of whole vectors, right to two units in the last place.
///
/// exp(x) = 2^n exp(r) with n = round(x / ln 2) and a polynomial of degree 6 for |r| <= ln(2) / 2, after the Cephes
/// library's expf. Infinities and NaN come out as Math's functions have them.
///
/// The vector functions that some JDKs bring are not used: they round differently before and after the compiler has
/// replaced them, so the same program would not give the same numbers twice. These are a few multiplications and
/// additions with one meaning everywhere.
final class VectorMath {

    /// 1.5 * 2^23: a number added to it is rounded to a whole one.
    private static final float ROUND = 12582912f;

    private static final int ROUND_BITS = 0x4B400000;
    private static final float LOG2_E = 1.44269504f;

    /// ln 2, the first bits and the rest.
    private static final float LN2_HIGH = -0.693359375f;

    private static final float LN2_LOW = 2.12194440e-4f;

    private VectorMath() {}

    static FloatVector exp(FloatVector x) {
        FloatVector low = notAbove(notBelow(x, -104f), 89f);
        FloatVector shifted = low.fma(LOG2_E, ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(LANES, LN2_HIGH), low);
        r = n.fma(FloatVector.broadcast(LANES, LN2_LOW), r);
        FloatVector p = rest(r).fma(r.mul(r), r).add(1f);
        // 2^n in two factors, so that neither overflows where the result does not.
        IntVector whole = shifted.reinterpretAsInts().sub(ROUND_BITS);
        IntVector half = whole.lanewise(VectorOperators.ASHR, 1);
        return p.mul(power(half)).mul(power(whole.sub(half)));
    }

    /// Less work than `min`, which looks at the signs of zeros too. NaN stays.
    private static FloatVector notAbove(FloatVector x, float most) {
        return x.blend(most, x.compare(VectorOperators.GT, most));
    }

    private static FloatVector notBelow(FloatVector x, float least) {
        return x.blend(least, x.compare(VectorOperators.LT, least));
    }

    private static FloatVector power(IntVector n) {
        return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    }

    /// 2^n by the bits of n + [#ROUND], of which the last are those of n.
    private static FloatVector power(FloatVector shifted, int bias) {
        return shifted.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 23)
                .add(bias << 23)
                .reinterpretAsFloats();
    }

    /// (exp(r) - 1 - r) / r^2.
    private static FloatVector rest(FloatVector r) {
        FloatVector p = FloatVector.broadcast(LANES, 1.9875691500e-4f);
        p = p.fma(r, FloatVector.broadcast(LANES, 1.3981999507e-3f));
        p = p.fma(r, FloatVector.broadcast(LANES, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(LANES, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(LANES, 1.6666665459e-1f));
        return p.fma(r, FloatVector.broadcast(LANES, 5.0000001201e-1f));
    }

    /// 1 / (1 + exp(-x)). Both parts of the fraction are 2^64 times smaller, so that the result may be the smallest
    /// number there is.
    static FloatVector sigmoid(FloatVector x) {
        FloatVector y = notAbove(notBelow(x.neg(), -30f), 104f);
        FloatVector shifted = y.fma(LOG2_E, ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(LANES, LN2_HIGH), y);
        r = n.fma(FloatVector.broadcast(LANES, LN2_LOW), r);
        FloatVector p = rest(r).fma(r.mul(r), r);
        FloatVector scale = power(shifted, 127 - 64);
        FloatVector e = p.fma(scale, scale);
        FloatVector one = FloatVector.broadcast(LANES, 0x1p-64f);
        return one.div(e.add(one));
    }

    /// (exp(2|x|) - 1) / (exp(2|x|) + 1) with the sign of x; exp - 1 is 2^n (exp(r) - 1) + 2^n - 1, in which nothing is
    /// lost for small x.
    static FloatVector tanh(FloatVector x) {
        FloatVector size = notAbove(x.abs(), 10f);
        FloatVector y = size.add(size);
        FloatVector shifted = y.fma(LOG2_E, ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(LANES, LN2_HIGH), y);
        r = n.fma(FloatVector.broadcast(LANES, LN2_LOW), r);
        FloatVector p = rest(r).fma(r.mul(r), r);
        FloatVector scale = power(shifted, 127);
        FloatVector e = p.fma(scale, scale.sub(1f));
        return e.div(e.add(2f))
                .reinterpretAsInts()
                .or(x.reinterpretAsInts().and(Integer.MIN_VALUE))
                .reinterpretAsFloats();
    }
}
