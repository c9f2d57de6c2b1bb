package dev.linum.cpu;

/// The plain matrix product of doubles, blocked for the caches.
///
/// ```
///              n                 A block of B (K rows, N columns) stays in the second-level cache while all rows
///         +---------+            of A pass. Four rows of C at a time gather from each row of B, so the inner loop
///         | B  K x N|            over columns has one load of B for four multiply-adds, and nothing but
///         +---------+            consecutive memory.
///  +---+  +---------+
///  | A |  |    C    |  4 rows    Every element of C is summed over k in ascending order with one fused multiply-add
///  +---+  +---------+            each, whatever the blocks and threads: a row does not depend on its neighbours.
/// ```
///
/// The blocking follows Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008).
final class ScalarDoubleProduct {

    private static final int K = 256;
    private static final int N = 512;
    private static final long ALONE = 1 << 16;

    /// Copies of B with consecutive columns.
    private static final Pool<double[]> COPIES = new Pool<>(() -> new double[0]);

    private ScalarDoubleProduct() {}

    static void multiply(
            int m,
            int n,
            int k,
            double[] a,
            int ao,
            int aRow,
            int aColumn,
            double[] b,
            int bo,
            int bRow,
            int bColumn,
            boolean add,
            double[] c,
            int co,
            int cRow,
            Workers workers) {
        if (!add) {
            for (int i = 0; i < m; i++) {
                java.util.Arrays.fill(c, co + i * cRow, co + i * cRow + n, 0);
            }
        }
        if (m == 0 || n == 0 || k == 0) {
            return;
        }
        if (bColumn != 1) {
            double[] copy = COPIES.take();
            if (copy.length < k * n) {
                copy = new double[k * n];
            }
            transpose(k, n, b, bo, bRow, bColumn, copy);
            multiply(m, n, k, a, ao, aRow, aColumn, copy, 0, n, 1, true, c, co, cRow, workers);
            COPIES.leave(copy);
            return;
        }
        if ((long) m * n * k < ALONE || workers.size() == 1) {
            block(0, m, 0, n, k, a, ao, aRow, aColumn, b, bo, bRow, c, co, cRow);
        } else if (m >= n / 16) {
            int parts = Math.min(workers.size() * 2, (m + 3) / 4);
            int each = ((m + parts - 1) / parts + 3) / 4 * 4;
            workers.run(
                    parts,
                    p -> block(
                            Math.min(m, p * each),
                            Math.min(m, (p + 1) * each),
                            0,
                            n,
                            k,
                            a,
                            ao,
                            aRow,
                            aColumn,
                            b,
                            bo,
                            bRow,
                            c,
                            co,
                            cRow));
        } else {
            int parts = Math.min(workers.size() * 2, (n + 63) / 64);
            int each = ((n + parts - 1) / parts + 63) / 64 * 64;
            workers.run(
                    parts,
                    p -> block(
                            0,
                            m,
                            Math.min(n, p * each),
                            Math.min(n, (p + 1) * each),
                            k,
                            a,
                            ao,
                            aRow,
                            aColumn,
                            b,
                            bo,
                            bRow,
                            c,
                            co,
                            cRow));
        }
    }

    private static void transpose(int k, int n, double[] b, int bo, int bRow, int bColumn, double[] out) {
        for (int j0 = 0; j0 < n; j0 += 16) {
            int end = Math.min(n, j0 + 16);
            for (int p = 0; p < k; p++) {
                for (int j = j0; j < end; j++) {
                    out[p * n + j] = b[bo + p * bRow + j * bColumn];
                }
            }
        }
    }

    private static void block(
            int i0,
            int i1,
            int j0,
            int j1,
            int k,
            double[] a,
            int ao,
            int aRow,
            int aColumn,
            double[] b,
            int bo,
            int bRow,
            double[] c,
            int co,
            int cRow) {
        for (int p0 = 0; p0 < k; p0 += K) {
            int p1 = Math.min(k, p0 + K);
            for (int j = j0; j < j1; j += N) {
                int width = Math.min(N, j1 - j);
                int i = i0;
                for (; i + 4 <= i1; i += 4) {
                    four(p0, p1, width, a, ao + i * aRow, aRow, aColumn, b, bo + j, bRow, c, co + i * cRow + j, cRow);
                }
                for (; i < i1; i++) {
                    one(p0, p1, width, a, ao + i * aRow, aColumn, b, bo + j, bRow, c, co + i * cRow + j);
                }
            }
        }
    }

    private static void four(
            int p0,
            int p1,
            int width,
            double[] a,
            int ao,
            int aRow,
            int aColumn,
            double[] b,
            int bo,
            int bRow,
            double[] c,
            int co,
            int cRow) {
        int p = p0;
        for (; p + 2 <= p1; p += 2) {
            int at = ao + p * aColumn;
            int to = at + aColumn;
            two(
                    width,
                    b,
                    bo + p * bRow,
                    bo + (p + 1) * bRow,
                    c,
                    co,
                    cRow,
                    a[at],
                    a[at + aRow],
                    a[at + 2 * aRow],
                    a[at + 3 * aRow],
                    a[to],
                    a[to + aRow],
                    a[to + 2 * aRow],
                    a[to + 3 * aRow]);
        }
        if (p < p1) {
            for (int r = 0; r < 4; r++) {
                row(width, a[ao + r * aRow + p * aColumn], b, bo + p * bRow, c, co + r * cRow);
            }
        }
    }

    private static void two(
            int width,
            double[] b,
            int bo,
            int be,
            double[] c,
            int co,
            int cRow,
            double x0,
            double x1,
            double x2,
            double x3,
            double y0,
            double y1,
            double y2,
            double y3) {
        int c1 = co + cRow;
        int c2 = c1 + cRow;
        int c3 = c2 + cRow;
        for (int j = 0; j < width; j++) {
            double u = b[bo + j];
            double v = b[be + j];
            c[co + j] = Math.fma(y0, v, Math.fma(x0, u, c[co + j]));
            c[c1 + j] = Math.fma(y1, v, Math.fma(x1, u, c[c1 + j]));
            c[c2 + j] = Math.fma(y2, v, Math.fma(x2, u, c[c2 + j]));
            c[c3 + j] = Math.fma(y3, v, Math.fma(x3, u, c[c3 + j]));
        }
    }

    private static void one(
            int p0,
            int p1,
            int width,
            double[] a,
            int ao,
            int aColumn,
            double[] b,
            int bo,
            int bRow,
            double[] c,
            int co) {
        for (int p = p0; p < p1; p++) {
            row(width, a[ao + p * aColumn], b, bo + p * bRow, c, co);
        }
    }

    private static void row(int width, double x, double[] b, int bo, double[] c, int co) {
        for (int j = 0; j < width; j++) {
            c[co + j] = Math.fma(x, b[bo + j], c[co + j]);
        }
    }
}
