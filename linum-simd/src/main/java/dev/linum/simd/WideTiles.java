package dev.linum.simd;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Tiles of six rows of A and two panels of B.
///
/// ```
///   twelve rows, one panel        six rows, two panels
///
///   a0   | x0   y0  |             a0   | x0  y0  z0  w0 |     both hold 24 sums; for each k of B the one reads
///   ...  | ...  ... |             ...  | ..  ..  ..  .. |     12 + 2 times to multiply 24 times, the other 6 + 4
///   a11  | x11  y11 |             a5   | x5  y5  z5  w5 |
/// ```
///
/// Fewer instructions for as many multiplications make no difference to a core of one's own, and a tenth to one whose
/// instruction slots another program has half of. But B is read twice as often, so where it comes from the third-level
/// cache twelve rows go first ([Column]). Of the branches, [LevelTiles] tells.
final class WideTiles {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final int L = LANES.length();
    private static final int VECTOR_BYTES = Panels.VECTOR_BYTES;
    private static final int ROW_BYTES = Panels.ROW_BYTES;
    private static final ByteOrder ORDER = Panels.ORDER;

    static final int ROWS = 6;

    private WideTiles() {}

    /// Five or six rows that lie level.
    static void level(
            int rows,
            int pairs,
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
        long other = (long) step * Float.BYTES;
        for (int pair = 0; pair < pairs; pair++, from += 2 * step, to += 2 * Panels.WIDTH) {
            int c0 = to + 0 * cRow;
            int c1 = to + 1 * cRow;
            int c2 = to + 2 * cRow;
            int c3 = to + 3 * cRow;
            int c4 = to + 4 * cRow;
            int c5 = to + (rows - 1) * cRow;
            int o0 = fresh ? 0 : to;
            int o1 = o0 + 1 * oldRow;
            int o2 = o0 + 2 * oldRow;
            int o3 = o0 + 3 * oldRow;
            int o4 = o0 + 4 * oldRow;
            int o5 = o0 + (rows - 1) * oldRow;
            FloatVector x0 = FloatVector.fromArray(LANES, old, o0);
            FloatVector y0 = FloatVector.fromArray(LANES, old, o0 + L);
            FloatVector z0 = FloatVector.fromArray(LANES, old, o0 + 2 * L);
            FloatVector w0 = FloatVector.fromArray(LANES, old, o0 + 3 * L);
            FloatVector x1 = FloatVector.fromArray(LANES, old, o1);
            FloatVector y1 = FloatVector.fromArray(LANES, old, o1 + L);
            FloatVector z1 = FloatVector.fromArray(LANES, old, o1 + 2 * L);
            FloatVector w1 = FloatVector.fromArray(LANES, old, o1 + 3 * L);
            FloatVector x2 = FloatVector.fromArray(LANES, old, o2);
            FloatVector y2 = FloatVector.fromArray(LANES, old, o2 + L);
            FloatVector z2 = FloatVector.fromArray(LANES, old, o2 + 2 * L);
            FloatVector w2 = FloatVector.fromArray(LANES, old, o2 + 3 * L);
            FloatVector x3 = FloatVector.fromArray(LANES, old, o3);
            FloatVector y3 = FloatVector.fromArray(LANES, old, o3 + L);
            FloatVector z3 = FloatVector.fromArray(LANES, old, o3 + 2 * L);
            FloatVector w3 = FloatVector.fromArray(LANES, old, o3 + 3 * L);
            FloatVector x4 = FloatVector.fromArray(LANES, old, o4);
            FloatVector y4 = FloatVector.fromArray(LANES, old, o4 + L);
            FloatVector z4 = FloatVector.fromArray(LANES, old, o4 + 2 * L);
            FloatVector w4 = FloatVector.fromArray(LANES, old, o4 + 3 * L);
            FloatVector x5 = FloatVector.fromArray(LANES, old, o5);
            FloatVector y5 = FloatVector.fromArray(LANES, old, o5 + L);
            FloatVector z5 = FloatVector.fromArray(LANES, old, o5 + 2 * L);
            FloatVector w5 = FloatVector.fromArray(LANES, old, o5 + 3 * L);
            long row = (long) from * Float.BYTES;
            for (int p = 0; p < depth; p += 2, row += 2 * ROW_BYTES) {
                FloatVector s = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
                FloatVector t = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
                FloatVector u = FloatVector.fromMemorySegment(LANES, b, row + other, ORDER);
                FloatVector v = FloatVector.fromMemorySegment(LANES, b, row + other + VECTOR_BYTES, ORDER);
                FloatVector a0 = FloatVector.broadcast(LANES, a[at + p + 0 * Level.STEP]);
                x0 = a0.fma(s, x0);
                y0 = a0.fma(t, y0);
                z0 = a0.fma(u, z0);
                w0 = a0.fma(v, w0);
                FloatVector a1 = FloatVector.broadcast(LANES, a[at + p + 1 * Level.STEP]);
                x1 = a1.fma(s, x1);
                y1 = a1.fma(t, y1);
                z1 = a1.fma(u, z1);
                w1 = a1.fma(v, w1);
                FloatVector a2 = FloatVector.broadcast(LANES, a[at + p + 2 * Level.STEP]);
                x2 = a2.fma(s, x2);
                y2 = a2.fma(t, y2);
                z2 = a2.fma(u, z2);
                w2 = a2.fma(v, w2);
                if (p + 1 == never) {
                    break;
                }
                FloatVector a3 = FloatVector.broadcast(LANES, a[at + p + 3 * Level.STEP]);
                x3 = a3.fma(s, x3);
                y3 = a3.fma(t, y3);
                z3 = a3.fma(u, z3);
                w3 = a3.fma(v, w3);
                FloatVector a4 = FloatVector.broadcast(LANES, a[at + p + 4 * Level.STEP]);
                x4 = a4.fma(s, x4);
                y4 = a4.fma(t, y4);
                z4 = a4.fma(u, z4);
                w4 = a4.fma(v, w4);
                FloatVector a5 = FloatVector.broadcast(LANES, a[at + p + 5 * Level.STEP]);
                x5 = a5.fma(s, x5);
                y5 = a5.fma(t, y5);
                z5 = a5.fma(u, z5);
                w5 = a5.fma(v, w5);
                if (p + 2 == never) {
                    break;
                }
                FloatVector f = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES, ORDER);
                FloatVector g = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES + VECTOR_BYTES, ORDER);
                FloatVector h = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES + other, ORDER);
                FloatVector i = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES + other + VECTOR_BYTES, ORDER);
                FloatVector b0 = FloatVector.broadcast(LANES, a[at + p + 0 * Level.STEP + 1]);
                x0 = b0.fma(f, x0);
                y0 = b0.fma(g, y0);
                z0 = b0.fma(h, z0);
                w0 = b0.fma(i, w0);
                FloatVector b1 = FloatVector.broadcast(LANES, a[at + p + 1 * Level.STEP + 1]);
                x1 = b1.fma(f, x1);
                y1 = b1.fma(g, y1);
                z1 = b1.fma(h, z1);
                w1 = b1.fma(i, w1);
                FloatVector b2 = FloatVector.broadcast(LANES, a[at + p + 2 * Level.STEP + 1]);
                x2 = b2.fma(f, x2);
                y2 = b2.fma(g, y2);
                z2 = b2.fma(h, z2);
                w2 = b2.fma(i, w2);
                if (p + 3 == never) {
                    break;
                }
                FloatVector b3 = FloatVector.broadcast(LANES, a[at + p + 3 * Level.STEP + 1]);
                x3 = b3.fma(f, x3);
                y3 = b3.fma(g, y3);
                z3 = b3.fma(h, z3);
                w3 = b3.fma(i, w3);
                FloatVector b4 = FloatVector.broadcast(LANES, a[at + p + 4 * Level.STEP + 1]);
                x4 = b4.fma(f, x4);
                y4 = b4.fma(g, y4);
                z4 = b4.fma(h, z4);
                w4 = b4.fma(i, w4);
                FloatVector b5 = FloatVector.broadcast(LANES, a[at + p + 5 * Level.STEP + 1]);
                x5 = b5.fma(f, x5);
                y5 = b5.fma(g, y5);
                z5 = b5.fma(h, z5);
                w5 = b5.fma(i, w5);
            }
            x0.intoArray(c, c0);
            y0.intoArray(c, c0 + L);
            z0.intoArray(c, c0 + 2 * L);
            w0.intoArray(c, c0 + 3 * L);
            x1.intoArray(c, c1);
            y1.intoArray(c, c1 + L);
            z1.intoArray(c, c1 + 2 * L);
            w1.intoArray(c, c1 + 3 * L);
            x2.intoArray(c, c2);
            y2.intoArray(c, c2 + L);
            z2.intoArray(c, c2 + 2 * L);
            w2.intoArray(c, c2 + 3 * L);
            x3.intoArray(c, c3);
            y3.intoArray(c, c3 + L);
            z3.intoArray(c, c3 + 2 * L);
            w3.intoArray(c, c3 + 3 * L);
            x4.intoArray(c, c4);
            y4.intoArray(c, c4 + L);
            z4.intoArray(c, c4 + 2 * L);
            w4.intoArray(c, c4 + 3 * L);
            x5.intoArray(c, c5);
            y5.intoArray(c, c5 + L);
            z5.intoArray(c, c5 + 2 * L);
            w5.intoArray(c, c5 + 3 * L);
        }
    }

    /// Six rows side by side.
    static void side(
            int pairs,
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
        long other = (long) step * Float.BYTES;
        for (int pair = 0; pair < pairs; pair++, from += 2 * step, to += 2 * Panels.WIDTH) {
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
            FloatVector z0 = FloatVector.fromArray(LANES, old, o0 + 2 * L);
            FloatVector w0 = FloatVector.fromArray(LANES, old, o0 + 3 * L);
            FloatVector x1 = FloatVector.fromArray(LANES, old, o1);
            FloatVector y1 = FloatVector.fromArray(LANES, old, o1 + L);
            FloatVector z1 = FloatVector.fromArray(LANES, old, o1 + 2 * L);
            FloatVector w1 = FloatVector.fromArray(LANES, old, o1 + 3 * L);
            FloatVector x2 = FloatVector.fromArray(LANES, old, o2);
            FloatVector y2 = FloatVector.fromArray(LANES, old, o2 + L);
            FloatVector z2 = FloatVector.fromArray(LANES, old, o2 + 2 * L);
            FloatVector w2 = FloatVector.fromArray(LANES, old, o2 + 3 * L);
            FloatVector x3 = FloatVector.fromArray(LANES, old, o3);
            FloatVector y3 = FloatVector.fromArray(LANES, old, o3 + L);
            FloatVector z3 = FloatVector.fromArray(LANES, old, o3 + 2 * L);
            FloatVector w3 = FloatVector.fromArray(LANES, old, o3 + 3 * L);
            FloatVector x4 = FloatVector.fromArray(LANES, old, o4);
            FloatVector y4 = FloatVector.fromArray(LANES, old, o4 + L);
            FloatVector z4 = FloatVector.fromArray(LANES, old, o4 + 2 * L);
            FloatVector w4 = FloatVector.fromArray(LANES, old, o4 + 3 * L);
            FloatVector x5 = FloatVector.fromArray(LANES, old, o5);
            FloatVector y5 = FloatVector.fromArray(LANES, old, o5 + L);
            FloatVector z5 = FloatVector.fromArray(LANES, old, o5 + 2 * L);
            FloatVector w5 = FloatVector.fromArray(LANES, old, o5 + 3 * L);
            long row = (long) from * Float.BYTES;
            for (int p = 0; p < depth; p += 2, row += 2 * ROW_BYTES) {
                FloatVector s = FloatVector.fromMemorySegment(LANES, b, row, ORDER);
                FloatVector t = FloatVector.fromMemorySegment(LANES, b, row + VECTOR_BYTES, ORDER);
                FloatVector u = FloatVector.fromMemorySegment(LANES, b, row + other, ORDER);
                FloatVector v = FloatVector.fromMemorySegment(LANES, b, row + other + VECTOR_BYTES, ORDER);
                FloatVector a0 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + 0]);
                x0 = a0.fma(s, x0);
                y0 = a0.fma(t, y0);
                z0 = a0.fma(u, z0);
                w0 = a0.fma(v, w0);
                FloatVector a1 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + 1]);
                x1 = a1.fma(s, x1);
                y1 = a1.fma(t, y1);
                z1 = a1.fma(u, z1);
                w1 = a1.fma(v, w1);
                FloatVector a2 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + 2]);
                x2 = a2.fma(s, x2);
                y2 = a2.fma(t, y2);
                z2 = a2.fma(u, z2);
                w2 = a2.fma(v, w2);
                if (p + 1 == never) {
                    break;
                }
                FloatVector a3 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + 3]);
                x3 = a3.fma(s, x3);
                y3 = a3.fma(t, y3);
                z3 = a3.fma(u, z3);
                w3 = a3.fma(v, w3);
                FloatVector a4 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + 4]);
                x4 = a4.fma(s, x4);
                y4 = a4.fma(t, y4);
                z4 = a4.fma(u, z4);
                w4 = a4.fma(v, w4);
                FloatVector a5 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + 5]);
                x5 = a5.fma(s, x5);
                y5 = a5.fma(t, y5);
                z5 = a5.fma(u, z5);
                w5 = a5.fma(v, w5);
                if (p + 2 == never) {
                    break;
                }
                FloatVector f = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES, ORDER);
                FloatVector g = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES + VECTOR_BYTES, ORDER);
                FloatVector h = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES + other, ORDER);
                FloatVector i = FloatVector.fromMemorySegment(LANES, b, row + ROW_BYTES + other + VECTOR_BYTES, ORDER);
                FloatVector b0 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + Side.STEP + 0]);
                x0 = b0.fma(f, x0);
                y0 = b0.fma(g, y0);
                z0 = b0.fma(h, z0);
                w0 = b0.fma(i, w0);
                FloatVector b1 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + Side.STEP + 1]);
                x1 = b1.fma(f, x1);
                y1 = b1.fma(g, y1);
                z1 = b1.fma(h, z1);
                w1 = b1.fma(i, w1);
                FloatVector b2 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + Side.STEP + 2]);
                x2 = b2.fma(f, x2);
                y2 = b2.fma(g, y2);
                z2 = b2.fma(h, z2);
                w2 = b2.fma(i, w2);
                if (p + 3 == never) {
                    break;
                }
                FloatVector b3 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + Side.STEP + 3]);
                x3 = b3.fma(f, x3);
                y3 = b3.fma(g, y3);
                z3 = b3.fma(h, z3);
                w3 = b3.fma(i, w3);
                FloatVector b4 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + Side.STEP + 4]);
                x4 = b4.fma(f, x4);
                y4 = b4.fma(g, y4);
                z4 = b4.fma(h, z4);
                w4 = b4.fma(i, w4);
                FloatVector b5 = FloatVector.broadcast(LANES, a[at + Side.STEP * p + Side.STEP + 5]);
                x5 = b5.fma(f, x5);
                y5 = b5.fma(g, y5);
                z5 = b5.fma(h, z5);
                w5 = b5.fma(i, w5);
            }
            x0.intoArray(c, c0);
            y0.intoArray(c, c0 + L);
            z0.intoArray(c, c0 + 2 * L);
            w0.intoArray(c, c0 + 3 * L);
            x1.intoArray(c, c1);
            y1.intoArray(c, c1 + L);
            z1.intoArray(c, c1 + 2 * L);
            w1.intoArray(c, c1 + 3 * L);
            x2.intoArray(c, c2);
            y2.intoArray(c, c2 + L);
            z2.intoArray(c, c2 + 2 * L);
            w2.intoArray(c, c2 + 3 * L);
            x3.intoArray(c, c3);
            y3.intoArray(c, c3 + L);
            z3.intoArray(c, c3 + 2 * L);
            w3.intoArray(c, c3 + 3 * L);
            x4.intoArray(c, c4);
            y4.intoArray(c, c4 + L);
            z4.intoArray(c, c4 + 2 * L);
            w4.intoArray(c, c4 + 3 * L);
            x5.intoArray(c, c5);
            y5.intoArray(c, c5 + L);
            z5.intoArray(c, c5 + 2 * L);
            w5.intoArray(c, c5 + 3 * L);
        }
    }
}
