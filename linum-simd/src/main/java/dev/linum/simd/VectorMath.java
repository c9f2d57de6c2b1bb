package dev.linum.simd;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Exponential, tanh and sigmoid of whole vectors.
///
/// Where the JDK brings a vector library of its own (libjsvml or libsleef), its functions are used: they are the
/// shortest for the compiler and right to one unit in the last place. Elsewhere: exp(x) = 2^n exp(r) with n = round(x /
/// ln 2) and a polynomial of degree 6 for |r| <= ln(2) / 2, after the Cephes
/// library's expf. Infinities and NaN come out as Math's functions have them.
final class VectorMath {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, LANES.vectorShape());
    private static final float ROUND = 12582912f;

    /// Whether the JDK has its library of vector functions on this platform.
    private static final boolean LIBRARY = Stream.of("jsvml", "sleef")
            .map(System::mapLibraryName)
            .anyMatch(name -> Files.exists(Path.of(System.getProperty("java.home"), "lib", name))
                    || Files.exists(Path.of(System.getProperty("java.home"), "bin", name)));

    private VectorMath() {}

    static FloatVector exp(FloatVector x) {
        return LIBRARY ? x.lanewise(VectorOperators.EXP) : polynomialExp(x);
    }

    static FloatVector tanh(FloatVector x) {
        return LIBRARY ? x.lanewise(VectorOperators.TANH) : polynomialTanh(x);
    }

    static FloatVector sigmoid(FloatVector x) {
        FloatVector one = FloatVector.broadcast(LANES, 1f);
        return one.div(exp(x.neg()).add(1f));
    }

    static FloatVector polynomialExp(FloatVector x) {
        FloatVector low = x.max(-104f).min(89f);
        FloatVector n = low.mul(1.44269504f).add(ROUND).sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(LANES, -0.693359375f), low);
        r = n.fma(FloatVector.broadcast(LANES, 2.12194440e-4f), r);
        FloatVector p = FloatVector.broadcast(LANES, 1.9875691500e-4f);
        p = p.fma(r, FloatVector.broadcast(LANES, 1.3981999507e-3f));
        p = p.fma(r, FloatVector.broadcast(LANES, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(LANES, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(LANES, 1.6666665459e-1f));
        p = p.fma(r, FloatVector.broadcast(LANES, 5.0000001201e-1f));
        p = p.fma(r.mul(r), r.add(1f));
        // 2^n in two factors, so that neither overflows where the result does not.
        IntVector whole = (IntVector) n.convertShape(VectorOperators.F2I, INTS, 0);
        IntVector half = whole.lanewise(VectorOperators.ASHR, 1);
        return p.mul(power(half)).mul(power(whole.sub(half)));
    }

    private static FloatVector power(IntVector n) {
        return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    }

    /// For small |x| an odd polynomial, else 1 - 2 / (exp(2|x|) + 1) with the sign of x.
    static FloatVector polynomialTanh(FloatVector x) {
        FloatVector size = x.abs();
        FloatVector square = x.mul(x);
        FloatVector p = FloatVector.broadcast(LANES, -5.70498872745e-3f);
        p = p.fma(square, FloatVector.broadcast(LANES, 2.06390887954e-2f));
        p = p.fma(square, FloatVector.broadcast(LANES, -5.37397155531e-2f));
        p = p.fma(square, FloatVector.broadcast(LANES, 1.33314422036e-1f));
        p = p.fma(square, FloatVector.broadcast(LANES, -3.33332819422e-1f));
        FloatVector small = p.mul(square).fma(x, x);
        FloatVector e = polynomialExp(size.add(size)).add(1f);
        FloatVector large = FloatVector.broadcast(LANES, 1f)
                .sub(FloatVector.broadcast(LANES, 2f).div(e));
        VectorMask<Float> negative = x.compare(VectorOperators.LT, 0f);
        FloatVector signed = large.blend(large.neg(), negative);
        return signed.blend(small, size.compare(VectorOperators.LT, 0.625f));
    }
}
