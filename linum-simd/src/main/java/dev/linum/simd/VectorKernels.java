package dev.linum.simd;

import dev.linum.cpu.Fun;
import dev.linum.cpu.ScalarKernels;
import dev.linum.cpu.Workers;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// The vector twin: the float work that training and inference spend their time on, with the vector unit of the
/// processor.
///
/// What is not here (doubles, rare functions) is inherited from the plain twin. Both twins sum a product in the same
/// order with fused multiply-adds, so products agree bit for bit; functions agree to rounding.
public final class VectorKernels extends ScalarKernels {

    static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

    @Override
    public String name() {
        return "vector (" + LANES.length() + " lanes)";
    }

    @Override
    public void unary(Fun f, float[] x, int xo, float[] out, int oo, int n) {
        switch (f) {
            case EXP -> {
                for (int i = 0; i < n; i += LANES.length()) {
                    VectorMask<Float> m = LANES.indexInRange(i, n);
                    VectorMath.exp(FloatVector.fromArray(LANES, x, xo + i, m)).intoArray(out, oo + i, m);
                }
            }
            case TANH -> {
                for (int i = 0; i < n; i += LANES.length()) {
                    VectorMask<Float> m = LANES.indexInRange(i, n);
                    VectorMath.tanh(FloatVector.fromArray(LANES, x, xo + i, m)).intoArray(out, oo + i, m);
                }
            }
            case SIGMOID -> {
                for (int i = 0; i < n; i += LANES.length()) {
                    VectorMask<Float> m = LANES.indexInRange(i, n);
                    VectorMath.sigmoid(FloatVector.fromArray(LANES, x, xo + i, m))
                            .intoArray(out, oo + i, m);
                }
            }
            default -> super.unary(f, x, xo, out, oo, n);
        }
    }

    @Override
    public void multiply(
            int m,
            int n,
            int k,
            float[] a,
            int ao,
            int aRow,
            int aColumn,
            float[] b,
            int bo,
            int bRow,
            int bColumn,
            boolean add,
            float[] c,
            int co,
            int cRow,
            Workers workers) {
        VectorProduct.multiply(m, n, k, a, ao, aRow, aColumn, b, bo, bRow, bColumn, add, c, co, cRow, workers);
    }

    @Override
    public int packedSize(int k, int n) {
        return k * VectorProduct.padded(n);
    }

    @Override
    public void pack(int k, int n, float[] b, int bo, int bRow, int bColumn, float[] packed, int po) {
        VectorProduct.pack(k, n, b, bo, bRow, bColumn, packed, po);
    }

    @Override
    public void multiplyPacked(
            int m,
            int n,
            int k,
            float[] a,
            int ao,
            int aRow,
            int aColumn,
            float[] packed,
            int po,
            boolean add,
            float[] c,
            int co,
            int cRow,
            Workers workers) {
        VectorProduct.multiplyPacked(m, n, k, a, ao, aRow, aColumn, packed, po, add, c, co, cRow, workers);
    }
}
