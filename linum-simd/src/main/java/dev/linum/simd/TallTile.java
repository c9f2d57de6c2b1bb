package dev.linum.simd;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The tile of twelve rows of A that lie level, see [Level].
///
/// Its 24 sums leave no register to spare: the place of one row in a variable made it a quarter slower. Two steps of k
/// in one turn, which [LevelTiles] have, gained it nothing.
final class TallTile {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final int L = LANES.length();
    private static final int STEP = Level.STEP;
    private static final int VECTOR_BYTES = Panels.VECTOR_BYTES;
    private static final int ROW_BYTES = Panels.ROW_BYTES;
    private static final ByteOrder ORDER = Panels.ORDER;

    private TallTile() {}

    /// Adds pieces of panels of B times eleven or twelve rows to C; of eleven, the last one is computed and stored
    /// twice.
    static void multiply(
            int rows,
            int panels,
            int step,
            int depth,
            float[] a,
            int at,
            MemorySegment b,
            int from,
            float[] c,
            int to,
            int cRow) {
        for (int panel = 0; panel < panels; panel++, from += step, to += Panels.WIDTH) {
            int c0 = to + 0 * cRow;
            int c1 = to + 1 * cRow;
            int c2 = to + 2 * cRow;
            int c3 = to + 3 * cRow;
            int c4 = to + 4 * cRow;
            int c5 = to + 5 * cRow;
            int c6 = to + 6 * cRow;
            int c7 = to + 7 * cRow;
            int c8 = to + 8 * cRow;
            int c9 = to + 9 * cRow;
            int c10 = to + 10 * cRow;
            int c11 = to + (rows - 1) * cRow;
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
            FloatVector x10 = FloatVector.fromArray(LANES, c, c10);
            FloatVector y10 = FloatVector.fromArray(LANES, c, c10 + L);
            FloatVector x11 = FloatVector.fromArray(LANES, c, c11);
            FloatVector y11 = FloatVector.fromArray(LANES, c, c11 + L);
            long row = (long) from * Float.BYTES;
            for (int p = 0; p < depth; p++, row += ROW_BYTES) {
                FloatVector u = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
                FloatVector w = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
                FloatVector v0 = FloatVector.broadcast(LANES, a[at + p + 0 * STEP]);
                x0 = v0.fma(u, x0);
                y0 = v0.fma(w, y0);
                FloatVector v1 = FloatVector.broadcast(LANES, a[at + p + 1 * STEP]);
                x1 = v1.fma(u, x1);
                y1 = v1.fma(w, y1);
                FloatVector v2 = FloatVector.broadcast(LANES, a[at + p + 2 * STEP]);
                x2 = v2.fma(u, x2);
                y2 = v2.fma(w, y2);
                FloatVector v3 = FloatVector.broadcast(LANES, a[at + p + 3 * STEP]);
                x3 = v3.fma(u, x3);
                y3 = v3.fma(w, y3);
                FloatVector v4 = FloatVector.broadcast(LANES, a[at + p + 4 * STEP]);
                x4 = v4.fma(u, x4);
                y4 = v4.fma(w, y4);
                FloatVector v5 = FloatVector.broadcast(LANES, a[at + p + 5 * STEP]);
                x5 = v5.fma(u, x5);
                y5 = v5.fma(w, y5);
                FloatVector v6 = FloatVector.broadcast(LANES, a[at + p + 6 * STEP]);
                x6 = v6.fma(u, x6);
                y6 = v6.fma(w, y6);
                FloatVector v7 = FloatVector.broadcast(LANES, a[at + p + 7 * STEP]);
                x7 = v7.fma(u, x7);
                y7 = v7.fma(w, y7);
                FloatVector v8 = FloatVector.broadcast(LANES, a[at + p + 8 * STEP]);
                x8 = v8.fma(u, x8);
                y8 = v8.fma(w, y8);
                FloatVector v9 = FloatVector.broadcast(LANES, a[at + p + 9 * STEP]);
                x9 = v9.fma(u, x9);
                y9 = v9.fma(w, y9);
                FloatVector v10 = FloatVector.broadcast(LANES, a[at + p + 10 * STEP]);
                x10 = v10.fma(u, x10);
                y10 = v10.fma(w, y10);
                FloatVector v11 = FloatVector.broadcast(LANES, a[at + p + 11 * STEP]);
                x11 = v11.fma(u, x11);
                y11 = v11.fma(w, y11);
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
            x10.intoArray(c, c10);
            y10.intoArray(c, c10 + L);
            x11.intoArray(c, c11);
            y11.intoArray(c, c11 + L);
        }
    }
}
