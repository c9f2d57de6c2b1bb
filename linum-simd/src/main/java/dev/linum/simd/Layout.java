package dev.linum.simd;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Lays out matrices as the tiles of a [VectorProduct] read them: B in panels of columns, A in groups of rows.
///
/// A transposed B is turned a block of L rows of L numbers at a time. In one round the upper half of the rows is
/// shuffled into the lower one as two halves of a pack of cards are; after log2 L rounds, four with sixteen numbers,
/// rows have become columns:
///
/// ```
///   a0 a1 a2 a3        a0 c0 a1 c1        a0 b0 c0 d0
///   b0 b1 b2 b3        a2 c2 a3 c3        a1 b1 c1 d1
///   c0 c1 c2 c3   ->   b0 d0 b1 d1   ->   a2 b2 c2 d2
///   d0 d1 d2 d3        b2 d2 b3 d3        a3 b3 c3 d3
/// ```
///
/// (Stone, "Parallel processing with the perfect shuffle", 1971.)
final class Layout {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final int L = LANES.length();
    private static final int PANEL = VectorProduct.PANEL;

    /// Vectors that hold a group of rows.
    private static final int VECTORS = (Side.ROWS + L - 1) / L;

    /// The first and the second half of a vector, each number twice.
    private static final VectorShuffle<Float> FIRST = VectorShuffle.fromOp(LANES, lane -> lane / 2);

    private static final VectorShuffle<Float> SECOND = VectorShuffle.fromOp(LANES, lane -> (L + lane) / 2);

    private static final VectorMask<Float> ODD = VectorMask.fromLong(LANES, 0xAAAA_AAAA_AAAA_AAAAL);

    /// Room for a block between rounds, and for rows of a panel.
    private static final ThreadLocal<float[][]> BETWEEN = ThreadLocal.withInitial(() -> new float[2][L * PANEL]);

    private Layout() {}

    /// Lays out some rows of B, whose columns lie side by side, as panels `step` numbers from each other.
    ///
    /// @param rows of which those from `first` on are laid out
    static void panels(
            int[] rows, int first, int k, int n, float[] b, int bo, int bRow, MemorySegment packed, int step) {
        int whole = n / PANEL;
        int rest = n - whole * PANEL;
        float[] edge = BETWEEN.get()[0];
        for (int p = 0; p < k; p++) {
            int row = bo + rows[first + p] * bRow;
            rowOfPanels(whole, b, row, packed, p * PANEL, step);
            if (rest > 0) {
                System.arraycopy(b, row + whole * PANEL, edge, 0, rest);
                edgeRow(edge, 0, rest, packed, whole * step + p * PANEL);
            }
        }
    }

    /// Lays out B as panels, `step` numbers from each other.
    static void panels(int k, int n, float[] b, int bo, int bRow, int bColumn, MemorySegment packed, int po, int step) {
        int whole = bColumn == 1 ? n / PANEL : 0;
        for (int p = 0; p < k && whole > 0; p++) {
            rowOfPanels(whole, b, bo + p * bRow, packed, po + p * PANEL, step);
        }
        for (int panel = whole; panel * PANEL < n; panel++) {
            int j = panel * PANEL;
            panel(k, Math.min(PANEL, n - j), b, bo + j * bColumn, bRow, bColumn, packed, po + panel * step);
        }
    }

    private static void rowOfPanels(int panels, float[] b, int row, MemorySegment packed, int po, int step) {
        for (int panel = 0; panel < panels; panel++) {
            int from = row + panel * PANEL;
            int to = po + panel * step;
            FloatVector x = FloatVector.fromArray(LANES, b, from);
            FloatVector y = FloatVector.fromArray(LANES, b, from + L);
            Panels.write(x, packed, to);
            Panels.write(y, packed, to + L);
        }
    }

    /// Lays out `width` columns of B as one panel.
    private static void panel(
            int k, int width, float[] b, int bo, int bRow, int bColumn, MemorySegment packed, int po) {
        int whole = bRow == 1 && width == PANEL && WarmUp.isOver(1L << Samples.TURN) ? k - k % L : 0;
        turned(whole, b, bo, bColumn, packed, po);
        float[] edge = BETWEEN.get()[0];
        for (int p0 = whole; p0 < k; p0 += L) {
            int rows = Math.min(L, k - p0);
            for (int j = 0; j < width; j++) {
                int from = bo + p0 * bRow + j * bColumn;
                for (int p = 0; p < rows; p++) {
                    edge[p * PANEL + j] = b[from + p * bRow];
                }
            }
            for (int p = 0; p < rows; p++) {
                edgeRow(edge, p * PANEL, width, packed, po + (p0 + p) * PANEL);
            }
        }
    }

    /// Lays out the columns of one panel, whose numbers lie side by side, as far as they fill whole vectors.
    static void turned(int k, float[] b, int bo, int bColumn, MemorySegment packed, int po) {
        float[][] between = BETWEEN.get();
        for (int p = 0; p <= k - L; p += L) {
            for (int j = 0; j < PANEL; j += L) {
                turn(b, bo + p + j * bColumn, bColumn, packed, po + p * PANEL + j, between);
            }
        }
    }

    /// Writes some numbers as a row of a panel, zeros behind them.
    private static void edgeRow(float[] numbers, int at, int count, MemorySegment packed, int to) {
        Arrays.fill(numbers, at + count, at + PANEL, 0);
        Panels.write(FloatVector.fromArray(LANES, numbers, at), packed, to);
        Panels.write(FloatVector.fromArray(LANES, numbers, at + L), packed, to + L);
    }

    /// Turns a block whose rows are `step` numbers from each other into half the columns of a panel.
    private static void turn(float[] from, int at, int step, MemorySegment packed, int place, float[][] between) {
        float[] cards = between[0];
        for (int i = 0; i < L / 2; i++) {
            shuffle(from, at + i * step, at + (L / 2 + i) * step, cards, 2 * i * L);
        }
        for (int half = 2; half < L / 2; half *= 2) {
            float[] next = cards == between[0] ? between[1] : between[0];
            for (int i = 0; i < L / 2; i++) {
                shuffle(cards, i * L, (L / 2 + i) * L, next, 2 * i * L);
            }
            cards = next;
        }
        for (int i = 0; i < L / 2; i++) {
            FloatVector x = FloatVector.fromArray(LANES, cards, i * L);
            FloatVector y = FloatVector.fromArray(LANES, cards, (L / 2 + i) * L);
            Panels.write(first(x, y), packed, place + 2 * i * PANEL);
            Panels.write(second(x, y), packed, place + (2 * i + 1) * PANEL);
        }
    }

    /// Two rows into two rows.
    private static void shuffle(float[] from, int upper, int lower, float[] to, int place) {
        FloatVector x = FloatVector.fromArray(LANES, from, upper);
        FloatVector y = FloatVector.fromArray(LANES, from, lower);
        first(x, y).intoArray(to, place);
        second(x, y).intoArray(to, place + L);
    }

    private static FloatVector first(FloatVector x, FloatVector y) {
        return x.rearrange(FIRST).blend(y.rearrange(FIRST), ODD);
    }

    private static FloatVector second(FloatVector x, FloatVector y) {
        return x.rearrange(SECOND).blend(y.rearrange(SECOND), ODD);
    }

    /// Lays out rows of A, whose numbers do not lie side by side, in groups (see [Side]); beyond the last row there
    /// may be any number. Read as they lie, some rows of a column at a time, they would come from memory.
    ///
    /// @param step from one group of rows to the next
    static void groups(int height, int depth, float[] a, int ao, int aRow, int aColumn, float[] side, int step) {
        if (aRow == 1) {
            for (int p = 0; p < depth; p++) {
                column(height, a, ao + p * aColumn, side, p * Side.STEP, step);
            }
            return;
        }
        int rows;
        for (int i = 0, to = 0; i < height; i += rows, to += step) {
            rows = Side.rows(height - i);
            for (int p = 0; p < depth; p++) {
                for (int r = 0; r < Side.ROWS; r++) {
                    side[to + p * Side.STEP + r] = r < rows ? a[ao + (i + r) * aRow + p * aColumn] : 0;
                }
            }
        }
    }

    /// The same of some columns of an A whose rows lie side by side, that is of the rows of its transpose.
    ///
    /// @param columns of which those from `first` on are laid out
    static void groups(
            int[] columns, int first, int height, int depth, float[] a, int ao, int aColumn, float[] side, int step) {
        for (int p = 0; p < depth; p++) {
            column(height, a, ao + columns[first + p] * aColumn, side, p * Side.STEP, step);
        }
    }

    /// One column of a block of A, whose numbers lie side by side. Whole vectors may copy more than a group: what they
    /// write too much is the next column's, which comes later, or nobody's.
    private static void column(int height, float[] a, int column, float[] side, int to, int step) {
        int rows;
        for (int i = 0; i < height; i += rows, to += step) {
            rows = Side.rows(height - i);
            if (column + i + VECTORS * L <= a.length) {
                for (int r = 0; r < VECTORS * L; r += L) {
                    FloatVector.fromArray(LANES, a, column + i + r).intoArray(side, to + r);
                }
            } else {
                System.arraycopy(a, column + i, side, to, rows);
                Arrays.fill(side, to + rows, to + Side.ROWS, 0);
            }
        }
    }
}
