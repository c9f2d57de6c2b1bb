package dev.linum.cpu;

/// The plain matrix product of floats, blocked for the caches.
///
/// ```
///              n                 A block of B (K rows, N columns) stays in the second-level cache while all rows
///         +---------+            of A pass. Four rows of C at a time gather from two rows of B, so the inner loop
///         | B  K x N|            over columns has two loads of B for eight multiply-adds, and nothing but
///         +---------+            consecutive memory.
///  +---+  +---------+
///  | A |  |    C    |  4 rows    Every element of C is summed over k in ascending order with one fused multiply-add
///  +---+  +---------+            each, whatever the blocks and threads: a row does not depend on its neighbours.
/// ```
///
/// Rows of B and C are copied into arrays of their own, where all begin at 0. C2 makes vectors of a loop over arrays
/// only if their indices are the same, since else one might be written where another is read; so the loop is seven
/// times faster, and copying takes little beside it.
///
/// The blocking follows Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008).
final class ScalarFloatProduct {

    private static final int K = 64;
    private static final int N = 512;
    private static final long ALONE = 1 << 16;

    /// A block of B and four rows of C.
    private record Block(float[][] b, float[][] c) {
        Block() {
            this(new float[K][N], new float[4][N]);
        }
    }

    private static final Pool<Block> BLOCKS = new Pool<>(Block::new);

    /// So many rows of A and B that lie apart are copied at a time.
    private static final int ROWS = 512;

    private static final Pool<float[]> COPIES = new Pool<>(() -> new float[0]);

    private ScalarFloatProduct() {}

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
            int cRow,
            Workers workers) {
        int most = Math.min(ROWS, k);
        float[] copy = COPIES.take();
        if (copy.length < most * (m + n)) {
            copy = new float[most * (m + n)];
        }
        int right = most * m;
        int p = 0;
        do {
            int depth = Math.min(ROWS, k - p);
            for (int i = 0; i < depth; i++) {
                System.arraycopy(a, ao + rows[p + i] * aRow, copy, i * m, m);
                System.arraycopy(b, bo + rows[p + i] * bRow, copy, right + i * n, n);
            }
            multiply(m, n, depth, copy, 0, 1, m, copy, right, n, 1, p > 0, c, co, cRow, workers);
            p += ROWS;
        } while (p < k);
        COPIES.leave(copy);
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
        if (!add) {
            for (int i = 0; i < m; i++) {
                java.util.Arrays.fill(c, co + i * cRow, co + i * cRow + n, 0);
            }
        }
        if (m == 0 || n == 0 || k == 0) {
            return;
        }
        if ((long) m * n * k < ALONE || workers.size() == 1) {
            block(0, m, 0, n, k, a, ao, aRow, aColumn, b, bo, bRow, bColumn, c, co, cRow);
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
                            bColumn,
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
                            bColumn,
                            c,
                            co,
                            cRow));
        }
    }

    private static void block(
            int i0,
            int i1,
            int j0,
            int j1,
            int k,
            float[] a,
            int ao,
            int aRow,
            int aColumn,
            float[] b,
            int bo,
            int bRow,
            int bColumn,
            float[] c,
            int co,
            int cRow) {
        Block block = BLOCKS.take();
        for (int j = j0; j < j1; j += N) {
            int width = Math.min(N, j1 - j);
            for (int p = 0; p < k; p += K) {
                int depth = Math.min(K, k - p);
                copy(depth, width, b, bo + p * bRow + j * bColumn, bRow, bColumn, block.b);
                for (int i = i0; i < i1; i += 4) {
                    int rows = Math.min(4, i1 - i);
                    int at = ao + i * aRow + p * aColumn;
                    rows(rows, depth, width, a, at, aRow, aColumn, block, c, co + i * cRow + j, cRow);
                }
            }
        }
        BLOCKS.leave(block);
    }

    private static void copy(int depth, int width, float[] b, int bo, int bRow, int bColumn, float[][] to) {
        if (bColumn == 1) {
            for (int p = 0; p < depth; p++) {
                System.arraycopy(b, bo + p * bRow, to[p], 0, width);
            }
            return;
        }
        for (int j0 = 0; j0 < width; j0 += 16) {
            int end = Math.min(width, j0 + 16);
            for (int p = 0; p < depth; p++) {
                float[] row = to[p];
                for (int j = j0; j < end; j++) {
                    row[j] = b[bo + p * bRow + j * bColumn];
                }
            }
        }
    }

    /// Up to four rows of C.
    private static void rows(
            int rows,
            int depth,
            int width,
            float[] a,
            int ao,
            int aRow,
            int aColumn,
            Block block,
            float[] c,
            int co,
            int cRow) {
        float[][] sums = block.c;
        float[][] b = block.b;
        for (int r = 0; r < rows; r++) {
            System.arraycopy(c, co + r * cRow, sums[r], 0, width);
        }
        int p = 0;
        for (; rows == 4 && p + 2 <= depth; p += 2) {
            int at = ao + p * aColumn;
            int to = at + aColumn;
            two(
                    width,
                    b[p],
                    b[p + 1],
                    sums[0],
                    sums[1],
                    sums[2],
                    sums[3],
                    a[at],
                    a[at + aRow],
                    a[at + 2 * aRow],
                    a[at + 3 * aRow],
                    a[to],
                    a[to + aRow],
                    a[to + 2 * aRow],
                    a[to + 3 * aRow]);
        }
        for (int r = 0; r < rows; r++) {
            row(p, depth, width, a, ao + r * aRow, aColumn, b, sums[r]);
            System.arraycopy(sums[r], 0, c, co + r * cRow, width);
        }
    }

    /// Four rows of C, two of B.
    private static void two(
            int width,
            float[] u,
            float[] v,
            float[] c0,
            float[] c1,
            float[] c2,
            float[] c3,
            float x0,
            float x1,
            float x2,
            float x3,
            float y0,
            float y1,
            float y2,
            float y3) {
        for (int j = 0; j < width; j++) {
            float p = u[j];
            float q = v[j];
            c0[j] = Math.fma(y0, q, Math.fma(x0, p, c0[j]));
            c1[j] = Math.fma(y1, q, Math.fma(x1, p, c1[j]));
            c2[j] = Math.fma(y2, q, Math.fma(x2, p, c2[j]));
            c3[j] = Math.fma(y3, q, Math.fma(x3, p, c3[j]));
        }
    }

    /// One row of C, the rows of B from one on.
    private static void row(int from, int depth, int width, float[] a, int ao, int aColumn, float[][] b, float[] c) {
        int p = from;
        for (; p + 4 <= depth; p += 4) {
            int at = ao + p * aColumn;
            float x3 = a[at + 3 * aColumn];
            four(width, b[p], b[p + 1], b[p + 2], b[p + 3], c, a[at], a[at + aColumn], a[at + 2 * aColumn], x3);
        }
        for (; p < depth; p++) {
            one(width, b[p], c, a[ao + p * aColumn]);
        }
    }

    private static void four(
            int width, float[] u, float[] v, float[] w, float[] z, float[] c, float x0, float x1, float x2, float x3) {
        for (int j = 0; j < width; j++) {
            c[j] = Math.fma(x3, z[j], Math.fma(x2, w[j], Math.fma(x1, v[j], Math.fma(x0, u[j], c[j]))));
        }
    }

    private static void one(int width, float[] u, float[] c, float x) {
        for (int j = 0; j < width; j++) {
            c[j] = Math.fma(x, u[j], c[j]);
        }
    }
}
