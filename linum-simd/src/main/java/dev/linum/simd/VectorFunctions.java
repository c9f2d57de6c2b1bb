package dev.linum.simd;

import dev.linum.cpu.Fun;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// The functions of [VectorMath] over rows of floats.
///
/// They are called by handles that the compiler does not take for constants. So it compiles each by itself; were they
/// put into their caller, and that into its own, the whole would outgrow the compiler, which then keeps vectors as
/// objects between its parts (three times slower, measured).
final class VectorFunctions {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final int L = LANES.length();
    private static final MethodHandle[] HANDLES = handles();

    private VectorFunctions() {}

    private static MethodHandle[] handles() {
        var all = new MethodHandle[Fun.values().length];
        all[Fun.EXP.ordinal()] = handle("exp");
        all[Fun.TANH.ordinal()] = handle("tanh");
        all[Fun.SIGMOID.ordinal()] = handle("sigmoid");
        return all;
    }

    private static MethodHandle handle(String name) {
        var type = MethodType.methodType(void.class, float[].class, int.class, float[].class, int.class, int.class);
        try {
            return MethodHandles.lookup().findStatic(VectorFunctions.class, name, type);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Computes EXP, TANH or SIGMOID.
    static void run(Fun f, float[] x, int xo, float[] out, int oo, int n) {
        try {
            HANDLES[f.ordinal()].invokeExact(x, xo, out, oo, n);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// See [VectorMath#exp].
    private static void exp(float[] x, int xo, float[] out, int oo, int n) {
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

    /// See [VectorMath#tanh].
    private static void tanh(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            VectorMath.tanh(v).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            VectorMath.tanh(v).intoArray(out, oo + i, m);
        }
    }

    /// See [VectorMath#sigmoid].
    private static void sigmoid(float[] x, int xo, float[] out, int oo, int n) {
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
}
