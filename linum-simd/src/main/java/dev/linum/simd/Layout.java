package dev.linum.simd;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Lays out matrices as the tiles of a [VectorProduct] read them: B in panels of columns, A in groups of rows.
final class Layout {

    private static final int L = VectorKernels.LANES.length();
    private static final int PANEL = VectorProduct.PANEL;
    private static final int SIDE = VectorProduct.SIDE;

    private Layout() {}

    /// Lays out B as panels, `step` numbers from each other.
    static void panels(int k, int n, float[] b, int bo, int bRow, int bColumn, float[] packed, int po, int step) {
        int whole = bColumn == 1 ? n / PANEL : 0;
        for (int p = 0; p < k && whole > 0; p++) {
            rowOfPanels(whole, b, bo + p * bRow, packed, po + p * PANEL, step);
        }
        for (int panel = whole; panel * PANEL < n; panel++) {
            int j = panel * PANEL;
            panel(k, Math.min(PANEL, n - j), b, bo + j * bColumn, bRow, bColumn, packed, po + panel * step);
        }
    }

    private static void rowOfPanels(int panels, float[] b, int row, float[] packed, int po, int step) {
        for (int panel = 0; panel < panels; panel++) {
            int from = row + panel * PANEL;
            int to = po + panel * step;
            FloatVector x = FloatVector.fromArray(VectorKernels.LANES, b, from);
            FloatVector y = FloatVector.fromArray(VectorKernels.LANES, b, from + L);
            x.intoArray(packed, to);
            y.intoArray(packed, to + L);
        }
    }

    /// Lays out `width` columns of B as one panel, rows of B that are transposed a block at a time.
    private static void panel(int k, int width, float[] b, int bo, int bRow, int bColumn, float[] packed, int po) {
        for (int p0 = 0; p0 < k; p0 += L) {
            int end = Math.min(k, p0 + L);
            for (int j = 0; j < width; j++) {
                int from = bo + j * bColumn;
                for (int p = p0; p < end; p++) {
                    packed[po + p * PANEL + j] = b[from + p * bRow];
                }
            }
        }
        if (width < PANEL) {
            for (int p = 0; p < k; p++) {
                Arrays.fill(packed, po + p * PANEL + width, po + (p + 1) * PANEL, 0);
            }
        }
    }

    /// Lays out rows of A, whose numbers do not lie side by side: for each k the numbers of some rows, zeros beyond the
    /// last. Read as they lie, some rows of a column at a time, they would come from memory.
    ///
    /// @param step from one group of rows to the next
    static void groups(int height, int depth, float[] a, int ao, int aRow, int aColumn, float[] turned, int step) {
        int whole = aRow == 1 ? height / SIDE : 0;
        for (int p = 0; p < depth; p++) {
            columnOfGroups(whole, a, ao + p * aColumn, turned, p * SIDE, step);
        }
        for (int i = whole * SIDE; i < height; i += SIDE) {
            int rows = Math.min(SIDE, height - i);
            int to = i / SIDE * step;
            for (int p = 0; p < depth; p++, to += SIDE) {
                for (int r = 0; r < SIDE; r++) {
                    turned[to + r] = r < rows ? a[ao + (i + r) * aRow + p * aColumn] : 0;
                }
            }
        }
    }

    private static void columnOfGroups(int groups, float[] a, int column, float[] turned, int to, int step) {
        for (int group = 0; group < groups; group++) {
            for (int r = 0; r < SIDE; r += L) {
                FloatVector.fromArray(VectorKernels.LANES, a, column + group * SIDE + r)
                        .intoArray(turned, to + group * step + r);
            }
        }
    }
}
