package dev.linum.simd;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Tiles of an A whose rows lie side by side: for each k the numbers of twelve rows, as [Layout] lays out an A that is
/// transposed.
///
/// ```
///   A' (a row for each k)            groups of rows of A
///   a b c d e f g h i j k l m n ..   a b c d e f g h i j k l . . . .    m n ..
///   a b c d e f g h i j k l m n ..   a b c d e f g h i j k l . . . .    m n ..
///                                    |<----------STEP----------->|
/// ```
///
/// What is left of a block beyond whole groups of twelve is a group of up to twelve, or one of eight and one of up to
/// eight, at the same distances. Processors with few registers have groups of six.
final class Side {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final int L = LANES.length();
    private static final int VECTOR_BYTES = Panels.VECTOR_BYTES;
    private static final int ROW_BYTES = Panels.ROW_BYTES;
    private static final ByteOrder ORDER = Panels.ORDER;

    /// The rows of a group.
    static final int ROWS = VectorKernels.FEW_REGISTERS ? 6 : 12;

    /// From the numbers of one k to those of the next: a power of two, and a whole vector. Twelve times k, C2 computes
    /// as a sum of eight and four times k, in registers that it does not have.
    static final int STEP = VectorKernels.FEW_REGISTERS ? 8 : Math.max(16, L);

    /// From one group to the next, so that not all begin at the same place of the caches.
    static final int GROUP = (VectorProduct.DEPTH + 2) * STEP;

    /// The rows of the lower tile.
    static final int LOW = Math.min(8, ROWS);

    private Side() {}

    /// The rows of the next group of a block of which so many rows are left.
    static int rows(int left) {
        return left > ROWS && left <= 2 * LOW ? LOW : Math.min(ROWS, left);
    }

    /// At most how many groups so many rows make.
    static int groups(int rows) {
        return rows / ROWS + 2;
    }

    /// Adds pieces of panels of B times the rows of a group, or of the lower tile, to C.
    static void tile(
            int rows,
            int panels,
            int step,
            int depth,
            float[] a,
            int at,
            MemorySegment b,
            int from,
            boolean fresh,
            float[] c,
            int to,
            int cRow) {
        int even = depth & ~1;
        if (VectorKernels.FEW_REGISTERS) {
            six(panels, step, even, a, at, b, from, fresh, c, to, cRow);
        } else if (rows > LOW) {
            int wide = panels & ~1;
            for (int half = 0; half < ROWS; half += WideTiles.ROWS) {
                int row = to + half * cRow;
                if (wide > 0) {
                    WideTiles.side(wide / 2, step, even, a, at + half, b, from, fresh, c, row, cRow);
                }
                if (wide < panels) {
                    int rest = from + wide * step;
                    int column = row + wide * Panels.WIDTH;
                    six(panels - wide, step, even, a, at + half, b, rest, fresh, c, column, cRow);
                }
            }
        } else {
            eight(panels, step, depth, a, at, b, from, fresh, c, to, cRow);
            return;
        }
        if (even < depth) {
            for (int panel = 0; panel < panels; panel++) {
                int last = from + panel * step + even * Panels.WIDTH;
                Tiles.last(rows, a, at + even * STEP, 1, b, last, c, to + panel * Panels.WIDTH, cRow);
            }
        }
    }

    /// Eight rows of A.
    static void eight(
            int panels,
            int step,
            int depth,
            float[] a,
            int at,
            MemorySegment b,
            int from,
            boolean fresh,
            float[] c,
            int to,
            int cRow) {
        float[] old = fresh ? Tiles.ZEROS : c;
        int oldRow = fresh ? 0 : cRow;
        for (int panel = 0; panel < panels; panel++, from += step, to += Panels.WIDTH) {
            int c0 = to + 0 * cRow;
            int c1 = to + 1 * cRow;
            int c2 = to + 2 * cRow;
            int c3 = to + 3 * cRow;
            int c4 = to + 4 * cRow;
            int c5 = to + 5 * cRow;
            int c6 = to + 6 * cRow;
            int c7 = to + 7 * cRow;
            int o0 = fresh ? 0 : to;
            int o1 = o0 + 1 * oldRow;
            int o2 = o0 + 2 * oldRow;
            int o3 = o0 + 3 * oldRow;
            int o4 = o0 + 4 * oldRow;
            int o5 = o0 + 5 * oldRow;
            int o6 = o0 + 6 * oldRow;
            int o7 = o0 + 7 * oldRow;
            FloatVector x0 = FloatVector.fromArray(LANES, old, o0);
            FloatVector y0 = FloatVector.fromArray(LANES, old, o0 + L);
            FloatVector x1 = FloatVector.fromArray(LANES, old, o1);
            FloatVector y1 = FloatVector.fromArray(LANES, old, o1 + L);
            FloatVector x2 = FloatVector.fromArray(LANES, old, o2);
            FloatVector y2 = FloatVector.fromArray(LANES, old, o2 + L);
            FloatVector x3 = FloatVector.fromArray(LANES, old, o3);
            FloatVector y3 = FloatVector.fromArray(LANES, old, o3 + L);
            FloatVector x4 = FloatVector.fromArray(LANES, old, o4);
            FloatVector y4 = FloatVector.fromArray(LANES, old, o4 + L);
            FloatVector x5 = FloatVector.fromArray(LANES, old, o5);
            FloatVector y5 = FloatVector.fromArray(LANES, old, o5 + L);
            FloatVector x6 = FloatVector.fromArray(LANES, old, o6);
            FloatVector y6 = FloatVector.fromArray(LANES, old, o6 + L);
            FloatVector x7 = FloatVector.fromArray(LANES, old, o7);
            FloatVector y7 = FloatVector.fromArray(LANES, old, o7 + L);
            long row = (long) from * Float.BYTES;
            for (int p = 0; p < depth; p++, row += ROW_BYTES) {
                FloatVector u = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
                FloatVector w = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
                FloatVector v0 = FloatVector.broadcast(LANES, a[at + STEP * p + 0]);
                x0 = v0.fma(u, x0);
                y0 = v0.fma(w, y0);
                FloatVector v1 = FloatVector.broadcast(LANES, a[at + STEP * p + 1]);
                x1 = v1.fma(u, x1);
                y1 = v1.fma(w, y1);
                FloatVector v2 = FloatVector.broadcast(LANES, a[at + STEP * p + 2]);
                x2 = v2.fma(u, x2);
                y2 = v2.fma(w, y2);
                FloatVector v3 = FloatVector.broadcast(LANES, a[at + STEP * p + 3]);
                x3 = v3.fma(u, x3);
                y3 = v3.fma(w, y3);
                FloatVector v4 = FloatVector.broadcast(LANES, a[at + STEP * p + 4]);
                x4 = v4.fma(u, x4);
                y4 = v4.fma(w, y4);
                FloatVector v5 = FloatVector.broadcast(LANES, a[at + STEP * p + 5]);
                x5 = v5.fma(u, x5);
                y5 = v5.fma(w, y5);
                FloatVector v6 = FloatVector.broadcast(LANES, a[at + STEP * p + 6]);
                x6 = v6.fma(u, x6);
                y6 = v6.fma(w, y6);
                FloatVector v7 = FloatVector.broadcast(LANES, a[at + STEP * p + 7]);
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

    /// Six rows of A, an even depth; see [LevelTiles] for the branches.
    static void six(
            int panels,
            int step,
            int depth,
            float[] a,
            int at,
            MemorySegment b,
            int from,
            boolean fresh,
            float[] c,
            int to,
            int cRow) {
        float[] old = fresh ? Tiles.ZEROS : c;
        int oldRow = fresh ? 0 : cRow;
        int never = Tiles.never;
        for (int panel = 0; panel < panels; panel++, from += step, to += Panels.WIDTH) {
            int c0 = to + 0 * cRow;
            int c1 = to + 1 * cRow;
            int c2 = to + 2 * cRow;
            int c3 = to + 3 * cRow;
            int c4 = to + 4 * cRow;
            int c5 = to + 5 * cRow;
            int o0 = fresh ? 0 : to;
            int o1 = o0 + 1 * oldRow;
            int o2 = o0 + 2 * oldRow;
            int o3 = o0 + 3 * oldRow;
            int o4 = o0 + 4 * oldRow;
            int o5 = o0 + 5 * oldRow;
            FloatVector x0 = FloatVector.fromArray(LANES, old, o0);
            FloatVector y0 = FloatVector.fromArray(LANES, old, o0 + L);
            FloatVector x1 = FloatVector.fromArray(LANES, old, o1);
            FloatVector y1 = FloatVector.fromArray(LANES, old, o1 + L);
            FloatVector x2 = FloatVector.fromArray(LANES, old, o2);
            FloatVector y2 = FloatVector.fromArray(LANES, old, o2 + L);
            FloatVector x3 = FloatVector.fromArray(LANES, old, o3);
            FloatVector y3 = FloatVector.fromArray(LANES, old, o3 + L);
            FloatVector x4 = FloatVector.fromArray(LANES, old, o4);
            FloatVector y4 = FloatVector.fromArray(LANES, old, o4 + L);
            FloatVector x5 = FloatVector.fromArray(LANES, old, o5);
            FloatVector y5 = FloatVector.fromArray(LANES, old, o5 + L);
            long row = (long) from * Float.BYTES;
            for (int p = 0; p < depth; p += 2, row += 2 * ROW_BYTES) {
                FloatVector u = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
                FloatVector w = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
                FloatVector v0 = FloatVector.broadcast(LANES, a[at + STEP * p + 0]);
                x0 = v0.fma(u, x0);
                y0 = v0.fma(w, y0);
                FloatVector v1 = FloatVector.broadcast(LANES, a[at + STEP * p + 1]);
                x1 = v1.fma(u, x1);
                y1 = v1.fma(w, y1);
                if (p + 1 == never) {
                    break;
                }
                FloatVector v2 = FloatVector.broadcast(LANES, a[at + STEP * p + 2]);
                x2 = v2.fma(u, x2);
                y2 = v2.fma(w, y2);
                FloatVector v3 = FloatVector.broadcast(LANES, a[at + STEP * p + 3]);
                x3 = v3.fma(u, x3);
                y3 = v3.fma(w, y3);
                if (p + 2 == never) {
                    break;
                }
                FloatVector v4 = FloatVector.broadcast(LANES, a[at + STEP * p + 4]);
                x4 = v4.fma(u, x4);
                y4 = v4.fma(w, y4);
                FloatVector v5 = FloatVector.broadcast(LANES, a[at + STEP * p + 5]);
                x5 = v5.fma(u, x5);
                y5 = v5.fma(w, y5);
                if (p + 3 == never) {
                    break;
                }
                FloatVector s = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES, ORDER);
                FloatVector t = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES + VECTOR_BYTES, ORDER);
                FloatVector q0 = FloatVector.broadcast(LANES, a[at + STEP * p + STEP + 0]);
                x0 = q0.fma(s, x0);
                y0 = q0.fma(t, y0);
                FloatVector q1 = FloatVector.broadcast(LANES, a[at + STEP * p + STEP + 1]);
                x1 = q1.fma(s, x1);
                y1 = q1.fma(t, y1);
                if (p + 4 == never) {
                    break;
                }
                FloatVector q2 = FloatVector.broadcast(LANES, a[at + STEP * p + STEP + 2]);
                x2 = q2.fma(s, x2);
                y2 = q2.fma(t, y2);
                FloatVector q3 = FloatVector.broadcast(LANES, a[at + STEP * p + STEP + 3]);
                x3 = q3.fma(s, x3);
                y3 = q3.fma(t, y3);
                if (p + 5 == never) {
                    break;
                }
                FloatVector q4 = FloatVector.broadcast(LANES, a[at + STEP * p + STEP + 4]);
                x4 = q4.fma(s, x4);
                y4 = q4.fma(t, y4);
                FloatVector q5 = FloatVector.broadcast(LANES, a[at + STEP * p + STEP + 5]);
                x5 = q5.fma(s, x5);
                y5 = q5.fma(t, y5);
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
        }
    }
}
