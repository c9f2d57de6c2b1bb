package dev.linum.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// A function of [VectorMath] over a row of floats.
///
/// Each is a class of its own, called by its interface, so that the compiler does not put the code of all of them into
/// whatever calls them: it would give up half way and keep vectors as objects.
interface VectorFunction {

    void run(float[] x, int xo, float[] out, int oo, int n);

    /// See [VectorMath#exp].
    record Exp() implements VectorFunction {
        @Override
        public void run(float[] x, int xo, float[] out, int oo, int n) {
            int i = 0;
            for (; i <= n - VectorKernels.LANES.length(); i += VectorKernels.LANES.length()) {
                FloatVector v = FloatVector.fromArray(VectorKernels.LANES, x, xo + i);
                VectorMath.exp(v).intoArray(out, oo + i);
            }
            if (i < n) {
                VectorMask<Float> m = VectorKernels.LANES.indexInRange(i, n);
                FloatVector v = FloatVector.fromArray(VectorKernels.LANES, x, xo + i, m);
                VectorMath.exp(v).intoArray(out, oo + i, m);
            }
        }
    }

    /// See [VectorMath#tanh].
    record Tanh() implements VectorFunction {
        @Override
        public void run(float[] x, int xo, float[] out, int oo, int n) {
            int i = 0;
            for (; i <= n - VectorKernels.LANES.length(); i += VectorKernels.LANES.length()) {
                FloatVector v = FloatVector.fromArray(VectorKernels.LANES, x, xo + i);
                VectorMath.tanh(v).intoArray(out, oo + i);
            }
            if (i < n) {
                VectorMask<Float> m = VectorKernels.LANES.indexInRange(i, n);
                FloatVector v = FloatVector.fromArray(VectorKernels.LANES, x, xo + i, m);
                VectorMath.tanh(v).intoArray(out, oo + i, m);
            }
        }
    }

    /// See [VectorMath#sigmoid].
    record Sigmoid() implements VectorFunction {
        @Override
        public void run(float[] x, int xo, float[] out, int oo, int n) {
            int i = 0;
            for (; i <= n - VectorKernels.LANES.length(); i += VectorKernels.LANES.length()) {
                FloatVector v = FloatVector.fromArray(VectorKernels.LANES, x, xo + i);
                VectorMath.sigmoid(v).intoArray(out, oo + i);
            }
            if (i < n) {
                VectorMask<Float> m = VectorKernels.LANES.indexInRange(i, n);
                FloatVector v = FloatVector.fromArray(VectorKernels.LANES, x, xo + i, m);
                VectorMath.sigmoid(v).intoArray(out, oo + i, m);
            }
        }
    }
}
