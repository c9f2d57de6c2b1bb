package dev.linum.simd;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The innermost loops of [VectorProduct]: a tile of C, some rows of two vectors each, stays in registers while k runs.
///
/// `C[r, 0..2L] += sum over k of A[r, k] * B[k, 0..2L]`, B a piece of a panel.
///
/// The numbers of a row of A lie side by side, and k is the only thing in their index that changes: Java then asks once
/// before the loop whether they are all inside the array, and not at each of them, which cost a sixth of the time.
///
/// A tile for an even number of rows takes one row less too: it computes the last one twice and stores it twice, which
/// is faster than a pass of its own for what is left.
///
/// Some loops have a branch that is never taken, for a reason told in [LevelTiles].
final class Tiles {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final int L = LANES.length();
    private static final int VECTOR_BYTES = Panels.VECTOR_BYTES;
    private static final int ROW_BYTES = Panels.ROW_BYTES;
    private static final ByteOrder ORDER = Panels.ORDER;

    /// No step of a loop. C2 takes a constant at its word, and the branch with it.
    static int never = -1;

    /// What a tile begins with that is added to nothing, as long as a row of two panels.
    static final float[] ZEROS = new float[2 * Panels.WIDTH];

    private Tiles() {}

    /// The last numbers of rows, one of each, `aRow` from each other.
    static void last(int rows, float[] a, int at, int aRow, MemorySegment b, int from, float[] c, int to, int cRow) {
        long row = (long) from * Float.BYTES;
        FloatVector u = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
        FloatVector w = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
        for (int r = 0; r < rows; r++) {
            int cr = to + r * cRow;
            FloatVector v = FloatVector.broadcast(LANES, a[at + r * aRow]);
            v.fma(u, FloatVector.fromArray(LANES, c, cr)).intoArray(c, cr);
            v.fma(w, FloatVector.fromArray(LANES, c, cr + L)).intoArray(c, cr + L);
        }
    }

    static void one(int depth, float[] a, int at, MemorySegment b, int from, float[] c, int to) {
        FloatVector x = FloatVector.fromArray(LANES, c, to);
        FloatVector y = FloatVector.fromArray(LANES, c, to + L);
        long row = (long) from * Float.BYTES;
        for (int p = 0; p < depth; p++, row += ROW_BYTES) {
            FloatVector v = FloatVector.broadcast(LANES, a[at + p]);
            x = v.fma(FloatVector.fromMemorySegment(LANES, b, row, ORDER), x);
            y = v.fma(FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER), y);
        }
        x.intoArray(c, to);
        y.intoArray(c, to + L);
    }

    /// One row and four panels, `step` numbers from each other: more sums at a time, so that none waits for another.
    static void row(int depth, float[] a, int at, MemorySegment b, int from, int step, float[] c, int to) {
        long row0 = (long) from * Float.BYTES;
        long row1 = row0 + (long) step * Float.BYTES;
        long row2 = row0 + 2L * step * Float.BYTES;
        long row3 = row0 + 3L * step * Float.BYTES;
        FloatVector x0 = FloatVector.fromArray(LANES, c, to);
        FloatVector y0 = FloatVector.fromArray(LANES, c, to + L);
        FloatVector x1 = FloatVector.fromArray(LANES, c, to + 2 * L);
        FloatVector y1 = FloatVector.fromArray(LANES, c, to + 3 * L);
        FloatVector x2 = FloatVector.fromArray(LANES, c, to + 4 * L);
        FloatVector y2 = FloatVector.fromArray(LANES, c, to + 5 * L);
        FloatVector x3 = FloatVector.fromArray(LANES, c, to + 6 * L);
        FloatVector y3 = FloatVector.fromArray(LANES, c, to + 7 * L);
        long shift = 0;
        for (int p = 0; p < depth; p++, shift += ROW_BYTES) {
            FloatVector v = FloatVector.broadcast(LANES, a[at + p]);
            x0 = v.fma(FloatVector.fromMemorySegment(LANES, b, row0 + shift, ORDER), x0);
            y0 = v.fma(FloatVector.fromMemorySegment(LANES, b, row0 + shift + VECTOR_BYTES, ORDER), y0);
            x1 = v.fma(FloatVector.fromMemorySegment(LANES, b, row1 + shift, ORDER), x1);
            y1 = v.fma(FloatVector.fromMemorySegment(LANES, b, row1 + shift + VECTOR_BYTES, ORDER), y1);
            x2 = v.fma(FloatVector.fromMemorySegment(LANES, b, row2 + shift, ORDER), x2);
            y2 = v.fma(FloatVector.fromMemorySegment(LANES, b, row2 + shift + VECTOR_BYTES, ORDER), y2);
            x3 = v.fma(FloatVector.fromMemorySegment(LANES, b, row3 + shift, ORDER), x3);
            y3 = v.fma(FloatVector.fromMemorySegment(LANES, b, row3 + shift + VECTOR_BYTES, ORDER), y3);
        }
        x0.intoArray(c, to);
        y0.intoArray(c, to + L);
        x1.intoArray(c, to + 2 * L);
        y1.intoArray(c, to + 3 * L);
        x2.intoArray(c, to + 4 * L);
        y2.intoArray(c, to + 5 * L);
        x3.intoArray(c, to + 6 * L);
        y3.intoArray(c, to + 7 * L);
    }

    /// One row and two panels, `step` numbers from each other.
    static void pair(int depth, float[] a, int at, MemorySegment b, int from, int step, float[] c, int to) {
        long row0 = (long) from * Float.BYTES;
        long row1 = row0 + (long) step * Float.BYTES;
        FloatVector x0 = FloatVector.fromArray(LANES, c, to);
        FloatVector y0 = FloatVector.fromArray(LANES, c, to + L);
        FloatVector x1 = FloatVector.fromArray(LANES, c, to + 2 * L);
        FloatVector y1 = FloatVector.fromArray(LANES, c, to + 3 * L);
        long shift = 0;
        for (int p = 0; p < depth; p++, shift += ROW_BYTES) {
            FloatVector v = FloatVector.broadcast(LANES, a[at + p]);
            x0 = v.fma(FloatVector.fromMemorySegment(LANES, b, row0 + shift, ORDER), x0);
            y0 = v.fma(FloatVector.fromMemorySegment(LANES, b, row0 + shift + VECTOR_BYTES, ORDER), y0);
            x1 = v.fma(FloatVector.fromMemorySegment(LANES, b, row1 + shift, ORDER), x1);
            y1 = v.fma(FloatVector.fromMemorySegment(LANES, b, row1 + shift + VECTOR_BYTES, ORDER), y1);
        }
        x0.intoArray(c, to);
        y0.intoArray(c, to + L);
        x1.intoArray(c, to + 2 * L);
        y1.intoArray(c, to + 3 * L);
    }

    static void two(int depth, float[] a, int at, int aRow, MemorySegment b, int from, float[] c, int to, int cRow) {
        int a0 = at + 0 * aRow;
        int c0 = to + 0 * cRow;
        int a1 = at + 1 * aRow;
        int c1 = to + 1 * cRow;
        FloatVector x0 = FloatVector.fromArray(LANES, c, c0);
        FloatVector y0 = FloatVector.fromArray(LANES, c, c0 + L);
        FloatVector x1 = FloatVector.fromArray(LANES, c, c1);
        FloatVector y1 = FloatVector.fromArray(LANES, c, c1 + L);
        long row = (long) from * Float.BYTES;
        for (int p = 0; p < depth; p++, row += ROW_BYTES) {
            FloatVector u = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
            FloatVector v0 = FloatVector.broadcast(LANES, a[a0 + p]);
            x0 = v0.fma(u, x0);
            y0 = v0.fma(w, y0);
            FloatVector v1 = FloatVector.broadcast(LANES, a[a1 + p]);
            x1 = v1.fma(u, x1);
            y1 = v1.fma(w, y1);
        }
        x0.intoArray(c, c0);
        y0.intoArray(c, c0 + L);
        x1.intoArray(c, c1);
        y1.intoArray(c, c1 + L);
    }

    /// Three or four rows.
    static void four(
            int rows, int depth, float[] a, int at, int aRow, MemorySegment b, int from, float[] c, int to, int cRow) {
        int a0 = at + 0 * aRow;
        int c0 = to + 0 * cRow;
        int a1 = at + 1 * aRow;
        int c1 = to + 1 * cRow;
        int a2 = at + 2 * aRow;
        int c2 = to + 2 * cRow;
        int a3 = at + (rows - 1) * aRow;
        int c3 = to + (rows - 1) * cRow;
        FloatVector x0 = FloatVector.fromArray(LANES, c, c0);
        FloatVector y0 = FloatVector.fromArray(LANES, c, c0 + L);
        FloatVector x1 = FloatVector.fromArray(LANES, c, c1);
        FloatVector y1 = FloatVector.fromArray(LANES, c, c1 + L);
        FloatVector x2 = FloatVector.fromArray(LANES, c, c2);
        FloatVector y2 = FloatVector.fromArray(LANES, c, c2 + L);
        FloatVector x3 = FloatVector.fromArray(LANES, c, c3);
        FloatVector y3 = FloatVector.fromArray(LANES, c, c3 + L);
        int never = Tiles.never;
        long row = (long) from * Float.BYTES;
        for (int p = 0; p < depth; p++, row += ROW_BYTES) {
            FloatVector u = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
            FloatVector v0 = FloatVector.broadcast(LANES, a[a0 + p]);
            x0 = v0.fma(u, x0);
            y0 = v0.fma(w, y0);
            FloatVector v1 = FloatVector.broadcast(LANES, a[a1 + p]);
            x1 = v1.fma(u, x1);
            y1 = v1.fma(w, y1);
            if (p + 2 == never) {
                break;
            }
            FloatVector v2 = FloatVector.broadcast(LANES, a[a2 + p]);
            x2 = v2.fma(u, x2);
            y2 = v2.fma(w, y2);
            FloatVector v3 = FloatVector.broadcast(LANES, a[a3 + p]);
            x3 = v3.fma(u, x3);
            y3 = v3.fma(w, y3);
        }
        x0.intoArray(c, c0);
        y0.intoArray(c, c0 + L);
        x1.intoArray(c, c1);
        y1.intoArray(c, c1 + L);
        x2.intoArray(c, c2);
        y2.intoArray(c, c2 + L);
        x3.intoArray(c, c3);
        y3.intoArray(c, c3 + L);
    }

    /// Five or six rows.
    static void six(
            int rows, int depth, float[] a, int at, int aRow, MemorySegment b, int from, float[] c, int to, int cRow) {
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
        int a5 = at + (rows - 1) * aRow;
        int c5 = to + (rows - 1) * cRow;
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
        int never = Tiles.never;
        long row = (long) from * Float.BYTES;
        for (int p = 0; p < depth; p++, row += ROW_BYTES) {
            FloatVector u = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
            FloatVector v0 = FloatVector.broadcast(LANES, a[a0 + p]);
            x0 = v0.fma(u, x0);
            y0 = v0.fma(w, y0);
            FloatVector v1 = FloatVector.broadcast(LANES, a[a1 + p]);
            x1 = v1.fma(u, x1);
            y1 = v1.fma(w, y1);
            if (VectorKernels.FEW_REGISTERS && p + 2 == never) {
                break;
            }
            FloatVector v2 = FloatVector.broadcast(LANES, a[a2 + p]);
            x2 = v2.fma(u, x2);
            y2 = v2.fma(w, y2);
            FloatVector v3 = FloatVector.broadcast(LANES, a[a3 + p]);
            x3 = v3.fma(u, x3);
            y3 = v3.fma(w, y3);
            if (VectorKernels.FEW_REGISTERS && p + 4 == never) {
                break;
            }
            FloatVector v4 = FloatVector.broadcast(LANES, a[a4 + p]);
            x4 = v4.fma(u, x4);
            y4 = v4.fma(w, y4);
            FloatVector v5 = FloatVector.broadcast(LANES, a[a5 + p]);
            x5 = v5.fma(u, x5);
            y5 = v5.fma(w, y5);
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

    /// Seven or eight rows.
    static void eight(
            int rows, int depth, float[] a, int at, int aRow, MemorySegment b, int from, float[] c, int to, int cRow) {
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
        int a7 = at + (rows - 1) * aRow;
        int c7 = to + (rows - 1) * cRow;
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
        long row = (long) from * Float.BYTES;
        for (int p = 0; p < depth; p++, row += ROW_BYTES) {
            FloatVector u = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
            FloatVector v0 = FloatVector.broadcast(LANES, a[a0 + p]);
            x0 = v0.fma(u, x0);
            y0 = v0.fma(w, y0);
            FloatVector v1 = FloatVector.broadcast(LANES, a[a1 + p]);
            x1 = v1.fma(u, x1);
            y1 = v1.fma(w, y1);
            FloatVector v2 = FloatVector.broadcast(LANES, a[a2 + p]);
            x2 = v2.fma(u, x2);
            y2 = v2.fma(w, y2);
            FloatVector v3 = FloatVector.broadcast(LANES, a[a3 + p]);
            x3 = v3.fma(u, x3);
            y3 = v3.fma(w, y3);
            FloatVector v4 = FloatVector.broadcast(LANES, a[a4 + p]);
            x4 = v4.fma(u, x4);
            y4 = v4.fma(w, y4);
            FloatVector v5 = FloatVector.broadcast(LANES, a[a5 + p]);
            x5 = v5.fma(u, x5);
            y5 = v5.fma(w, y5);
            FloatVector v6 = FloatVector.broadcast(LANES, a[a6 + p]);
            x6 = v6.fma(u, x6);
            y6 = v6.fma(w, y6);
            FloatVector v7 = FloatVector.broadcast(LANES, a[a7 + p]);
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

    /// Nine or ten rows.
    static void ten(
            int rows, int depth, float[] a, int at, int aRow, MemorySegment b, int from, float[] c, int to, int cRow) {
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
        int a8 = at + 8 * aRow;
        int c8 = to + 8 * cRow;
        int a9 = at + (rows - 1) * aRow;
        int c9 = to + (rows - 1) * cRow;
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
        FloatVector x8 = FloatVector.fromArray(LANES, c, c8);
        FloatVector y8 = FloatVector.fromArray(LANES, c, c8 + L);
        FloatVector x9 = FloatVector.fromArray(LANES, c, c9);
        FloatVector y9 = FloatVector.fromArray(LANES, c, c9 + L);
        long row = (long) from * Float.BYTES;
        for (int p = 0; p < depth; p++, row += ROW_BYTES) {
            FloatVector u = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
            FloatVector v0 = FloatVector.broadcast(LANES, a[a0 + p]);
            x0 = v0.fma(u, x0);
            y0 = v0.fma(w, y0);
            FloatVector v1 = FloatVector.broadcast(LANES, a[a1 + p]);
            x1 = v1.fma(u, x1);
            y1 = v1.fma(w, y1);
            FloatVector v2 = FloatVector.broadcast(LANES, a[a2 + p]);
            x2 = v2.fma(u, x2);
            y2 = v2.fma(w, y2);
            FloatVector v3 = FloatVector.broadcast(LANES, a[a3 + p]);
            x3 = v3.fma(u, x3);
            y3 = v3.fma(w, y3);
            FloatVector v4 = FloatVector.broadcast(LANES, a[a4 + p]);
            x4 = v4.fma(u, x4);
            y4 = v4.fma(w, y4);
            FloatVector v5 = FloatVector.broadcast(LANES, a[a5 + p]);
            x5 = v5.fma(u, x5);
            y5 = v5.fma(w, y5);
            FloatVector v6 = FloatVector.broadcast(LANES, a[a6 + p]);
            x6 = v6.fma(u, x6);
            y6 = v6.fma(w, y6);
            FloatVector v7 = FloatVector.broadcast(LANES, a[a7 + p]);
            x7 = v7.fma(u, x7);
            y7 = v7.fma(w, y7);
            FloatVector v8 = FloatVector.broadcast(LANES, a[a8 + p]);
            x8 = v8.fma(u, x8);
            y8 = v8.fma(w, y8);
            FloatVector v9 = FloatVector.broadcast(LANES, a[a9 + p]);
            x9 = v9.fma(u, x9);
            y9 = v9.fma(w, y9);
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
        x8.intoArray(c, c8);
        y8.intoArray(c, c8 + L);
        x9.intoArray(c, c9);
        y9.intoArray(c, c9 + L);
    }
}
