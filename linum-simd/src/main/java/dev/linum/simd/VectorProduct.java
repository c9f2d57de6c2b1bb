package dev.linum.simd;

import dev.linum.cpu.Workers;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The packed matrix product of floats.
///
/// ```
///   B packed: panels of two vectors, each panel k rows one after the other, zeros beyond n
///
///        panel 0     panel 1
///       +--------+  +--------+          One tile of C (8 rows, 2 vectors) lives in 16 registers while k runs: for
///     k | v0  v1 |  | v2  v3 |          each k two vectors of B are loaded and each of the 8 numbers of A is
///       +--------+  +--------+          multiplied into both. Nothing of C is read or written in between.
///   A   +--------+  +--------+
///   8   |  tile  |  |  tile  |
///       +--------+  +--------+
/// ```
///
/// Every element is summed over k in ascending order with one fused multiply-add each, at the edges too, so a row
/// gives the
/// same numbers whatever rows are beside it. (Goto and van de Geijn 2008; Van Zee and van de Geijn, "BLIS", 2015.)
final class VectorProduct {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final int L = LANES.length();
    private static final int PANEL = 2 * L;
    private static final int ROWS = 8;
    private static final int DEPTH = 256;
    private static final long ALONE = 1 << 17;

    /// Room for a packed B, one per thread, kept between calls.
    private static final ThreadLocal<float[]> PACKED = ThreadLocal.withInitial(() -> new float[0]);

    /// Room for the part of a panel beyond n.
    private static final ThreadLocal<float[]> EDGE = ThreadLocal.withInitial(() -> new float[ROWS * PANEL]);

    private VectorProduct() {}

    static int padded(int n) {
        return (n + PANEL - 1) / PANEL * PANEL;
    }

    static void pack(int k, int n, float[] b, int bo, int bRow, int bColumn, float[] packed, int po) {
        for (int j0 = 0; j0 < n; j0 += PANEL) {
            int width = Math.min(PANEL, n - j0);
            int to = po + j0 * k;
            for (int p = 0; p < k; p++, to += PANEL) {
                int from = bo + p * bRow + j0 * bColumn;
                if (bColumn == 1) {
                    System.arraycopy(b, from, packed, to, width);
                } else {
                    for (int j = 0; j < width; j++) {
                        packed[to + j] = b[from + j * bColumn];
                    }
                }
                if (width < PANEL) {
                    Arrays.fill(packed, to + width, to + PANEL, 0);
                }
            }
        }
    }

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
            int bColumn,
            boolean add,
            float[] c,
            int co,
            int cRow,
            Workers workers) {
        int size = k * padded(n);
        float[] packed = PACKED.get();
        if (packed.length < size) {
            packed = new float[size];
            PACKED.set(packed);
        }
        pack(k, n, b, bo, bRow, bColumn, packed, 0);
        multiplyPacked(m, n, k, a, ao, aRow, aColumn, packed, 0, add, c, co, cRow, workers);
    }

    static void multiplyPacked(
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
        if (m == 0 || n == 0) {
            return;
        }
        if (!add) {
            for (int i = 0; i < m; i++) {
                Arrays.fill(c, co + i * cRow, co + i * cRow + n, 0);
            }
        }
        int panels = padded(n) / PANEL;
        if (workers.size() == 1 || (long) m * n * k < ALONE) {
            part(0, m, 0, panels, n, k, a, ao, aRow, aColumn, packed, po, c, co, cRow);
        } else if (panels >= 4 * workers.size()) {
            int parts = workers.size() * 2;
            workers.run(
                    parts,
                    p -> part(
                            0,
                            m,
                            panels * p / parts,
                            panels * (p + 1) / parts,
                            n,
                            k,
                            a,
                            ao,
                            aRow,
                            aColumn,
                            packed,
                            po,
                            c,
                            co,
                            cRow));
        } else {
            int blocks = (m + ROWS - 1) / ROWS;
            int parts = Math.min(blocks, workers.size() * 2);
            workers.run(
                    parts,
                    p -> part(
                            Math.min(m, blocks * p / parts * ROWS),
                            Math.min(m, blocks * (p + 1) / parts * ROWS),
                            0,
                            panels,
                            n,
                            k,
                            a,
                            ao,
                            aRow,
                            aColumn,
                            packed,
                            po,
                            c,
                            co,
                            cRow));
        }
    }

    /// Some rows times some panels: a slice of B deep enough for the second-level cache at a time.
    private static void part(
            int i0,
            int i1,
            int first,
            int end,
            int n,
            int k,
            float[] a,
            int ao,
            int aRow,
            int aColumn,
            float[] packed,
            int po,
            float[] c,
            int co,
            int cRow) {
        float[] edge = EDGE.get();
        for (int p0 = 0; p0 < k; p0 += DEPTH) {
            int depth = Math.min(DEPTH, k - p0);
            for (int panel = first; panel < end; panel++) {
                int j = panel * PANEL;
                int from = po + j * k + p0 * PANEL;
                boolean whole = j + PANEL <= n;
                for (int i = i0; i < i1; i += ROWS) {
                    int rows = Math.min(ROWS, i1 - i);
                    int at = ao + i * aRow + p0 * aColumn;
                    int to = co + i * cRow + j;
                    if (whole) {
                        tile(rows, depth, a, at, aRow, aColumn, packed, from, c, to, cRow);
                    } else {
                        for (int r = 0; r < rows; r++) {
                            System.arraycopy(c, to + r * cRow, edge, r * PANEL, n - j);
                        }
                        tile(rows, depth, a, at, aRow, aColumn, packed, from, edge, 0, PANEL);
                        for (int r = 0; r < rows; r++) {
                            System.arraycopy(edge, r * PANEL, c, to + r * cRow, n - j);
                        }
                    }
                }
            }
        }
    }

    private static void tile(
            int rows,
            int depth,
            float[] a,
            int at,
            int aRow,
            int aColumn,
            float[] b,
            int from,
            float[] c,
            int to,
            int cRow) {
        if (rows == ROWS) {
            eight(depth, a, at, aRow, aColumn, b, from, c, to, cRow);
        } else {
            for (int r = 0; r < rows; r++) {
                one(depth, a, at + r * aRow, aColumn, b, from, c, to + r * cRow);
            }
        }
    }

    private static void one(int depth, float[] a, int at, int aColumn, float[] b, int from, float[] c, int to) {
        FloatVector x = FloatVector.fromArray(LANES, c, to);
        FloatVector y = FloatVector.fromArray(LANES, c, to + L);
        int row = from;
        for (int p = 0; p < depth; p++, row += PANEL) {
            FloatVector v = FloatVector.broadcast(LANES, a[at + p * aColumn]);
            x = v.fma(FloatVector.fromArray(LANES, b, row), x);
            y = v.fma(FloatVector.fromArray(LANES, b, row + L), y);
        }
        x.intoArray(c, to);
        y.intoArray(c, to + L);
    }

    private static void eight(
            int depth, float[] a, int at, int aRow, int aColumn, float[] b, int from, float[] c, int to, int cRow) {
        int a0 = at + 0 * aRow;
        int c0 = to + 0 * cRow;
        int a1 = at + 1 * aRow;
        int c1 = to + 1 * cRow;
        int a2 = at + 2 * aRow;
        int c2 = to + 2 * cRow;
        int a3 = at + 3 * aRow;
        int c3 = to + 3 * cRow;
        int a4 = at + 4 * aRow;
        int c4 = to + 4 * cRow;
        int a5 = at + 5 * aRow;
        int c5 = to + 5 * cRow;
        int a6 = at + 6 * aRow;
        int c6 = to + 6 * cRow;
        int a7 = at + 7 * aRow;
        int c7 = to + 7 * cRow;
        FloatVector x0 = FloatVector.fromArray(LANES, c, c0);
        FloatVector y0 = FloatVector.fromArray(LANES, c, c0 + L);
        FloatVector x1 = FloatVector.fromArray(LANES, c, c1);
        FloatVector y1 = FloatVector.fromArray(LANES, c, c1 + L);
        FloatVector x2 = FloatVector.fromArray(LANES, c, c2);
        FloatVector y2 = FloatVector.fromArray(LANES, c, c2 + L);
        FloatVector x3 = FloatVector.fromArray(LANES, c, c3);
        FloatVector y3 = FloatVector.fromArray(LANES, c, c3 + L);
        FloatVector x4 = FloatVector.fromArray(LANES, c, c4);
        FloatVector y4 = FloatVector.fromArray(LANES, c, c4 + L);
        FloatVector x5 = FloatVector.fromArray(LANES, c, c5);
        FloatVector y5 = FloatVector.fromArray(LANES, c, c5 + L);
        FloatVector x6 = FloatVector.fromArray(LANES, c, c6);
        FloatVector y6 = FloatVector.fromArray(LANES, c, c6 + L);
        FloatVector x7 = FloatVector.fromArray(LANES, c, c7);
        FloatVector y7 = FloatVector.fromArray(LANES, c, c7 + L);
        int row = from;
        int q = 0;
        for (int p = 0; p < depth; p++, row += PANEL, q += aColumn) {
            FloatVector u = FloatVector.fromArray(LANES, b, row);
            FloatVector w = FloatVector.fromArray(LANES, b, row + L);
            FloatVector v0 = FloatVector.broadcast(LANES, a[a0 + q]);
            x0 = v0.fma(u, x0);
            y0 = v0.fma(w, y0);
            FloatVector v1 = FloatVector.broadcast(LANES, a[a1 + q]);
            x1 = v1.fma(u, x1);
            y1 = v1.fma(w, y1);
            FloatVector v2 = FloatVector.broadcast(LANES, a[a2 + q]);
            x2 = v2.fma(u, x2);
            y2 = v2.fma(w, y2);
            FloatVector v3 = FloatVector.broadcast(LANES, a[a3 + q]);
            x3 = v3.fma(u, x3);
            y3 = v3.fma(w, y3);
            FloatVector v4 = FloatVector.broadcast(LANES, a[a4 + q]);
            x4 = v4.fma(u, x4);
            y4 = v4.fma(w, y4);
            FloatVector v5 = FloatVector.broadcast(LANES, a[a5 + q]);
            x5 = v5.fma(u, x5);
            y5 = v5.fma(w, y5);
            FloatVector v6 = FloatVector.broadcast(LANES, a[a6 + q]);
            x6 = v6.fma(u, x6);
            y6 = v6.fma(w, y6);
            FloatVector v7 = FloatVector.broadcast(LANES, a[a7 + q]);
            x7 = v7.fma(u, x7);
            y7 = v7.fma(w, y7);
        }
        x0.intoArray(c, c0);
        y0.intoArray(c, c0 + L);
        x1.intoArray(c, c1);
        y1.intoArray(c, c1 + L);
        x2.intoArray(c, c2);
        y2.intoArray(c, c2 + L);
        x3.intoArray(c, c3);
        y3.intoArray(c, c3 + L);
        x4.intoArray(c, c4);
        y4.intoArray(c, c4 + L);
        x5.intoArray(c, c5);
        y5.intoArray(c, c5 + L);
        x6.intoArray(c, c6);
        y6.intoArray(c, c6 + L);
        x7.intoArray(c, c7);
        y7.intoArray(c, c7 + L);
    }
}
