package dev.linum.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// A product of one or a few rows with a B that is read once, row by row as it lies: one step of one stream.
///
/// Four rows of B at a time are added to a row of C, which stays in the first-level cache. Each element is summed
/// over k in ascending order with one fused multiply-add each, as everywhere.
final class Few {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final int L = LANES.length();

    private Few() {}

    static void multiply(
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
            float[] c,
            int co,
            int cRow) {
        for (int i = 0; i < m; i++) {
            int at = ao + i * aRow;
            int to = co + i * cRow;
            int p = 0;
            for (; p <= k - 4; p += 4) {
                int q = at + p * aColumn;
                four(n, a[q], a[q + aColumn], a[q + 2 * aColumn], a[q + 3 * aColumn], b, bo + p * bRow, bRow, c, to);
            }
            for (; p < k; p++) {
                one(n, a[at + p * aColumn], b, bo + p * bRow, c, to);
            }
        }
    }

    private static void four(
            int n, float a0, float a1, float a2, float a3, float[] b, int bo, int bRow, float[] c, int co) {
        FloatVector v0 = FloatVector.broadcast(LANES, a0);
        FloatVector v1 = FloatVector.broadcast(LANES, a1);
        FloatVector v2 = FloatVector.broadcast(LANES, a2);
        FloatVector v3 = FloatVector.broadcast(LANES, a3);
        int b1 = bo + bRow;
        int b2 = b1 + bRow;
        int b3 = b2 + bRow;
        int j = 0;
        for (; j <= n - L; j += L) {
            FloatVector x = FloatVector.fromArray(LANES, c, co + j);
            x = v0.fma(FloatVector.fromArray(LANES, b, bo + j), x);
            x = v1.fma(FloatVector.fromArray(LANES, b, b1 + j), x);
            x = v2.fma(FloatVector.fromArray(LANES, b, b2 + j), x);
            x = v3.fma(FloatVector.fromArray(LANES, b, b3 + j), x);
            x.intoArray(c, co + j);
        }
        for (; j < n; j++) {
            float x = Math.fma(a1, b[b1 + j], Math.fma(a0, b[bo + j], c[co + j]));
            c[co + j] = Math.fma(a3, b[b3 + j], Math.fma(a2, b[b2 + j], x));
        }
    }

    private static void one(int n, float a, float[] b, int bo, float[] c, int co) {
        FloatVector v = FloatVector.broadcast(LANES, a);
        int j = 0;
        for (; j <= n - L; j += L) {
            v.fma(FloatVector.fromArray(LANES, b, bo + j), FloatVector.fromArray(LANES, c, co + j))
                    .intoArray(c, co + j);
        }
        for (; j < n; j++) {
            c[co + j] = Math.fma(a, b[bo + j], c[co + j]);
        }
    }
}
