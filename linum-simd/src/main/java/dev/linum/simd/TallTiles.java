package dev.linum.simd;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The tiles of ten and twelve rows of A that lie level, see [Level].
///
/// The 24 sums of twelve rows leave no register to spare: the place of one row in a variable made it a quarter slower.
/// Two steps of k in one turn, as [LevelTiles] and ten rows have them, gained it nothing.
final class TallTiles {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final int L = LANES.length();
    private static final int STEP = Level.STEP;
    private static final int VECTOR_BYTES = Panels.VECTOR_BYTES;
    private static final int ROW_BYTES = Panels.ROW_BYTES;
    private static final ByteOrder ORDER = Panels.ORDER;

    private TallTiles() {}

    /// Nine or ten rows, an even depth.
    static void ten(
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
            int c6 = to + 6 * cRow;
            int c7 = to + 7 * cRow;
            int c8 = to + 8 * cRow;
            int c9 = to + (rows - 1) * cRow;
            int o0 = fresh ? 0 : to;
            int o1 = o0 + 1 * oldRow;
            int o2 = o0 + 2 * oldRow;
            int o3 = o0 + 3 * oldRow;
            int o4 = o0 + 4 * oldRow;
            int o5 = o0 + 5 * oldRow;
            int o6 = o0 + 6 * oldRow;
            int o7 = o0 + 7 * oldRow;
            int o8 = o0 + 8 * oldRow;
            int o9 = o0 + (rows - 1) * oldRow;
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
            FloatVector x8 = FloatVector.fromArray(LANES, old, o8);
            FloatVector y8 = FloatVector.fromArray(LANES, old, o8 + L);
            FloatVector x9 = FloatVector.fromArray(LANES, old, o9);
            FloatVector y9 = FloatVector.fromArray(LANES, old, o9 + L);
            long row = (long) from * Float.BYTES;
            for (int p = 0; p < depth; p += 2, row += 2 * ROW_BYTES) {
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
                if (p + 1 == never) {
                    break;
                }
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
                if (p + 2 == never) {
                    break;
                }
                FloatVector s = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES, ORDER);
                FloatVector t = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES + VECTOR_BYTES, ORDER);
                FloatVector q0 = FloatVector.broadcast(LANES, a[at + p + 0 * STEP + 1]);
                x0 = q0.fma(s, x0);
                y0 = q0.fma(t, y0);
                FloatVector q1 = FloatVector.broadcast(LANES, a[at + p + 1 * STEP + 1]);
                x1 = q1.fma(s, x1);
                y1 = q1.fma(t, y1);
                FloatVector q2 = FloatVector.broadcast(LANES, a[at + p + 2 * STEP + 1]);
                x2 = q2.fma(s, x2);
                y2 = q2.fma(t, y2);
                FloatVector q3 = FloatVector.broadcast(LANES, a[at + p + 3 * STEP + 1]);
                x3 = q3.fma(s, x3);
                y3 = q3.fma(t, y3);
                FloatVector q4 = FloatVector.broadcast(LANES, a[at + p + 4 * STEP + 1]);
                x4 = q4.fma(s, x4);
                y4 = q4.fma(t, y4);
                if (p + 3 == never) {
                    break;
                }
                FloatVector q5 = FloatVector.broadcast(LANES, a[at + p + 5 * STEP + 1]);
                x5 = q5.fma(s, x5);
                y5 = q5.fma(t, y5);
                FloatVector q6 = FloatVector.broadcast(LANES, a[at + p + 6 * STEP + 1]);
                x6 = q6.fma(s, x6);
                y6 = q6.fma(t, y6);
                FloatVector q7 = FloatVector.broadcast(LANES, a[at + p + 7 * STEP + 1]);
                x7 = q7.fma(s, x7);
                y7 = q7.fma(t, y7);
                FloatVector q8 = FloatVector.broadcast(LANES, a[at + p + 8 * STEP + 1]);
                x8 = q8.fma(s, x8);
                y8 = q8.fma(t, y8);
                FloatVector q9 = FloatVector.broadcast(LANES, a[at + p + 9 * STEP + 1]);
                x9 = q9.fma(s, x9);
                y9 = q9.fma(t, y9);
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

    /// Eleven or twelve rows.
    static void twelve(
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
            int c8 = to + 8 * cRow;
            int c9 = to + 9 * cRow;
            int c10 = to + 10 * cRow;
            int c11 = to + (rows - 1) * cRow;
            int o0 = fresh ? 0 : to;
            int o1 = o0 + 1 * oldRow;
            int o2 = o0 + 2 * oldRow;
            int o3 = o0 + 3 * oldRow;
            int o4 = o0 + 4 * oldRow;
            int o5 = o0 + 5 * oldRow;
            int o6 = o0 + 6 * oldRow;
            int o7 = o0 + 7 * oldRow;
            int o8 = o0 + 8 * oldRow;
            int o9 = o0 + 9 * oldRow;
            int o10 = o0 + 10 * oldRow;
            int o11 = o0 + (rows - 1) * oldRow;
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
            FloatVector x8 = FloatVector.fromArray(LANES, old, o8);
            FloatVector y8 = FloatVector.fromArray(LANES, old, o8 + L);
            FloatVector x9 = FloatVector.fromArray(LANES, old, o9);
            FloatVector y9 = FloatVector.fromArray(LANES, old, o9 + L);
            FloatVector x10 = FloatVector.fromArray(LANES, old, o10);
            FloatVector y10 = FloatVector.fromArray(LANES, old, o10 + L);
            FloatVector x11 = FloatVector.fromArray(LANES, old, o11);
            FloatVector y11 = FloatVector.fromArray(LANES, old, o11 + L);
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
