package dev.linum.simd;

import dev.linum.cpu.ScalarKernels;
import dev.linum.cpu.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One worker's part of a product by the plain twin, while its tiles are not compiled; see [WarmUp].
///
/// A B that is packed, and rows that lie apart, are copied into arrays that are not kept.
final class Plain {

    private static final int PANEL = Panels.WIDTH;
    static final ScalarKernels KERNELS = new ScalarKernels();

    private Plain() {}

    /// With some panels of a packed B, `step` numbers from each other.
    static void multiplyPacked(
            int m,
            int n,
            int k,
            float[] a,
            int ao,
            int aRow,
            int aColumn,
            MemorySegment packed,
            int from,
            int step,
            boolean add,
            float[] c,
            int co,
            int cRow) {
        float[] b = new float[k * n];
        float[] panel = new float[k * PANEL];
        for (int j = 0; j < n; j += PANEL) {
            long place = (long) (from + j / PANEL * step) * Float.BYTES;
            MemorySegment.copy(packed, ValueLayout.JAVA_FLOAT, place, panel, 0, k * PANEL);
            int width = Math.min(PANEL, n - j);
            for (int p = 0; p < k; p++) {
                System.arraycopy(panel, p * PANEL, b, p * n + j, width);
            }
        }
        KERNELS.multiply(m, n, k, a, ao, aRow, aColumn, b, 0, n, 1, add, c, co, cRow, Workers.ALONE);
    }

    /// `C = A' B` summed over some rows of both, as [SomeRows].
    static void multiplyRows(
            int[] rows,
            int k,
            int m,
            int n,
            float[] a,
            int ao,
            int aRow,
            float[] b,
            int bo,
            int bRow,
            float[] c,
            int co,
            int cRow) {
        float[] left = new float[k * m];
        float[] right = new float[k * n];
        for (int p = 0; p < k; p++) {
            System.arraycopy(a, ao + rows[p] * aRow, left, p * m, m);
            System.arraycopy(b, bo + rows[p] * bRow, right, p * n, n);
        }
        KERNELS.multiply(m, n, k, left, 0, 1, m, right, 0, n, 1, false, c, co, cRow, Workers.ALONE);
    }
}
