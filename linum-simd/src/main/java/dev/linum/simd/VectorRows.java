package dev.linum.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Element-wise loops over vectors: whole vectors first, then a mask for the rest.
///
/// Each is a method of its own with its operation written out: C2 compiles an operation only where it is a constant,
/// and a small method long before a large one; until then every vector is an object.
final class VectorRows {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, LANES.vectorShape());
    private static final int L = LANES.length();

    private VectorRows() {}

    static void neg(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.neg().intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.neg().intoArray(out, oo + i, m);
        }
    }

    static void abs(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.abs().intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.abs().intoArray(out, oo + i, m);
        }
    }

    static void sqrt(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.sqrt().intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.sqrt().intoArray(out, oo + i, m);
        }
    }

    static void reciprocal(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            FloatVector.broadcast(LANES, 1f).div(v).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            FloatVector.broadcast(LANES, 1f).div(v).intoArray(out, oo + i, m);
        }
    }

    static void exp(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            VectorMath.exp(v).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            VectorMath.exp(v).intoArray(out, oo + i, m);
        }
    }

    /// For small |x| an odd polynomial, else 1 - 2 / (exp(2|x|) + 1) with the sign of x.
    ///
    /// The exponential is written out to be longer than what C2 inlines (325 bytes of code): inlined next to
    /// other functions, the method around them outgrows C2, which then keeps vectors as objects between its
    /// parts.
    static void tanh(float[] x, int xo, float[] out, int oo, int n) {
        FloatVector one = FloatVector.broadcast(LANES, 1f);
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            FloatVector size = v.abs();
            FloatVector square = v.mul(v);
            FloatVector p = FloatVector.broadcast(LANES, -5.70498872745e-3f);
            p = p.fma(square, FloatVector.broadcast(LANES, 2.06390887954e-2f));
            p = p.fma(square, FloatVector.broadcast(LANES, -5.37397155531e-2f));
            p = p.fma(square, FloatVector.broadcast(LANES, 1.33314422036e-1f));
            p = p.fma(square, FloatVector.broadcast(LANES, -3.33332819422e-1f));
            FloatVector small = p.mul(square).fma(v, v);

            FloatVector twice = size.add(size).min(88f);
            FloatVector whole = twice.fma(1.44269504f, VectorMath.ROUND).sub(VectorMath.ROUND);
            FloatVector r = whole.fma(FloatVector.broadcast(LANES, -0.693359375f), twice);
            r = whole.fma(FloatVector.broadcast(LANES, 2.12194440e-4f), r);
            FloatVector e = FloatVector.broadcast(LANES, 1.9875691500e-4f);
            e = e.fma(r, FloatVector.broadcast(LANES, 1.3981999507e-3f));
            e = e.fma(r, FloatVector.broadcast(LANES, 8.3334519073e-3f));
            e = e.fma(r, FloatVector.broadcast(LANES, 4.1665795894e-2f));
            e = e.fma(r, FloatVector.broadcast(LANES, 1.6666665459e-1f));
            e = e.fma(r, FloatVector.broadcast(LANES, 5.0000001201e-1f));
            e = e.fma(r.mul(r), r.add(one));
            IntVector power = (IntVector) whole.convertShape(VectorOperators.F2I, INTS, 0);
            e = e.mul(power.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
            FloatVector large = one.sub(FloatVector.broadcast(LANES, 2f).div(e.add(one)));
            FloatVector signed = large.blend(large.neg(), v.compare(VectorOperators.LT, 0f));
            signed.blend(small, size.compare(VectorOperators.LT, 0.625f)).intoArray(out, oo + i, m);
        }
    }

    static void sigmoid(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            VectorMath.sigmoid(v).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            VectorMath.sigmoid(v).intoArray(out, oo + i, m);
        }
    }

    static void add(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.add(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.add(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void sub(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.sub(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.sub(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void mul(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.mul(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.mul(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void div(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.div(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.div(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void max(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.max(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.max(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void min(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.min(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.min(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void addNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.add(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.add(k).intoArray(out, oo + i, m);
        }
    }

    static void mulNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.mul(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.mul(k).intoArray(out, oo + i, m);
        }
    }

    static void divNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.div(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.div(k).intoArray(out, oo + i, m);
        }
    }

    static void maxNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.max(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.max(k).intoArray(out, oo + i, m);
        }
    }

    static void minNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.min(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.min(k).intoArray(out, oo + i, m);
        }
    }

    static void numberSub(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            k.sub(v).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            k.sub(v).intoArray(out, oo + i, m);
        }
    }

    static void numberDiv(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            k.div(v).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            k.div(v).intoArray(out, oo + i, m);
        }
    }

    static void subNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.sub(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.sub(k).intoArray(out, oo + i, m);
        }
    }

    static void select(int[] test, int to, float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            VectorMask<Float> yes = IntVector.fromArray(INTS, test, to + i)
                    .compare(VectorOperators.NE, 0)
                    .cast(LANES);
            FloatVector.fromArray(LANES, b, bo + i)
                    .blend(FloatVector.fromArray(LANES, a, ao + i), yes)
                    .intoArray(out, oo + i);
        }
        for (; i < n; i++) {
            out[oo + i] = test[to + i] != 0 ? a[ao + i] : b[bo + i];
        }
    }

    /// The sum in four vectors of partial sums, so that one addition need not wait for the other.
    static float sum(float[] x, int xo, int n) {
        FloatVector s0 = FloatVector.zero(LANES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - 4 * L; i += 4 * L) {
            s0 = s0.add(FloatVector.fromArray(LANES, x, xo + i));
            s1 = s1.add(FloatVector.fromArray(LANES, x, xo + i + L));
            s2 = s2.add(FloatVector.fromArray(LANES, x, xo + i + 2 * L));
            s3 = s3.add(FloatVector.fromArray(LANES, x, xo + i + 3 * L));
        }
        float sum = VectorMath.sum(s0.add(s1).add(s2.add(s3)));
        for (; i < n; i++) {
            sum += x[xo + i];
        }
        return sum;
    }
}
