package dev.linum.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Exponential and sigmoid of whole vectors, right to two units in the last place as [VectorRows#tanh] is,
/// and sums of lanes.
///
/// exp(x) = 2^n exp(r) with n = round(x / ln 2) and a polynomial of degree 6 for |r| <= ln(2) / 2, after the Cephes
/// library's expf. Infinities and NaN come out as Math's functions have them.
///
/// The vector functions that some JDKs bring are not used: they round differently before and after the compiler has
/// replaced them, so the same program would not give the same numbers twice. These are a few multiplications and
/// additions with one meaning everywhere.
final class VectorMath {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, LANES.vectorShape());
    static final float ROUND = 12582912f;

    private static final VectorShuffle<Float> HALVES = turned(2);
    private static final VectorShuffle<Float> QUARTERS = turned(4);
    private static final VectorShuffle<Float> EIGHTHS = turned(8);
    private static final VectorShuffle<Float> SIXTEENTHS = turned(16);

    private VectorMath() {}

    static FloatVector exp(FloatVector x) {
        FloatVector low = x.max(-104f).min(89f);
        FloatVector n = low.fma(1.44269504f, ROUND).sub(ROUND);
        FloatVector p = reduced(low, n);
        // 2^n in two factors, so that neither overflows where the result does not.
        IntVector whole = (IntVector) n.convertShape(VectorOperators.F2I, INTS, 0);
        IntVector half = whole.lanewise(VectorOperators.ASHR, 1);
        return p.mul(power(half)).mul(power(whole.sub(half)));
    }

    /// exp(x) for x from -104 to 0: 2^n as 2^(n + 64), a normal number, times 2^-64, which rounds once if at
    /// all.
    private static FloatVector decay(FloatVector x) {
        FloatVector n = x.fma(1.44269504f, ROUND).sub(ROUND);
        IntVector whole = (IntVector) n.convertShape(VectorOperators.F2I, INTS, 0);
        return reduced(x, n).mul(power(whole.add(64))).mul(0x1p-64f);
    }

    private static FloatVector reduced(FloatVector x, FloatVector n) {
        FloatVector r = n.fma(FloatVector.broadcast(LANES, -0.693359375f), x);
        r = n.fma(FloatVector.broadcast(LANES, 2.12194440e-4f), r);
        FloatVector p = FloatVector.broadcast(LANES, 1.9875691500e-4f);
        p = p.fma(r, FloatVector.broadcast(LANES, 1.3981999507e-3f));
        p = p.fma(r, FloatVector.broadcast(LANES, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(LANES, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(LANES, 1.6666665459e-1f));
        p = p.fma(r, FloatVector.broadcast(LANES, 5.0000001201e-1f));
        return p.fma(r.mul(r), r.add(1f));
    }

    private static FloatVector power(IntVector n) {
        return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    }

    /// e / (e + 1) for negative x, else 1 / (e + 1), with e = exp(-|x|), so that nothing is lost where it is small.
    static FloatVector sigmoid(FloatVector x) {
        FloatVector e = decay(x.abs().neg().max(-104f));
        FloatVector one = FloatVector.broadcast(LANES, 1f);
        return one.blend(e, x.compare(VectorOperators.LT, 0f)).div(e.add(1f));
    }

    /// The sum of all lanes, halves first: in one order, whether compiled or not.
    static float sum(FloatVector x) {
        FloatVector s = x;
        if (LANES.length() > 1) {
            s = s.add(s.rearrange(HALVES));
        }
        if (LANES.length() > 2) {
            s = s.add(s.rearrange(QUARTERS));
        }
        if (LANES.length() > 4) {
            s = s.add(s.rearrange(EIGHTHS));
        }
        if (LANES.length() > 8) {
            s = s.add(s.rearrange(SIXTEENTHS));
        }
        return s.lane(0);
    }

    /// Moves lanes on by a part of the vector.
    private static VectorShuffle<Float> turned(int part) {
        int by = LANES.length() / part;
        return VectorShuffle.fromOp(LANES, i -> (i + by) % LANES.length());
    }
}
