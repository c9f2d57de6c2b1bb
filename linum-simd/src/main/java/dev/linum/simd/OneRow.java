package dev.linum.simd;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// One row of A times pieces of four panels of B at a time, and of two.
///
/// ```
///   step 1   | 1 | 2 | 3 |
///   step 2   | 3 | 2 | 1 |
///   step 3   | 1 | 2 | 3 |
/// ```
///
/// Each piece is read once, so what decides is where it lies. If B is somewhat larger than a cache, the first pieces
/// have left it before they are read again; from last to first at every second step, the last ones are still there.
///
/// The recurrent weights of an LSTM of 64 units take 64 KiB, the first-level cache of many processors holds 48.
final class OneRow {

    private static final int PANEL = Panels.WIDTH;

    /// Whether the last product of this thread went from last to first.
    private static final ThreadLocal<boolean[]> BACK = ThreadLocal.withInitial(() -> new boolean[1]);

    private OneRow() {}

    /// Adds a row times pieces of panels, `step` numbers from each other, to C or, if it is fresh, to zero.
    ///
    /// @return how many columns that are; fewer than two panels are left over
    static int multiply(
            int width,
            int depth,
            float[] a,
            int at,
            MemorySegment b,
            int from,
            int step,
            boolean fresh,
            float[] c,
            int to) {
        int fours = width / (4 * PANEL);
        int pairs = width / (2 * PANEL) % 2;
        int pieces = fours + pairs;
        boolean isBack = pieces > 1 && turn();
        int columns = (4 * fours + 2 * pairs) * PANEL;
        if (fresh) {
            Arrays.fill(c, to, to + columns, 0);
        }
        for (int i = 0; i < pieces; i++) {
            int piece = isBack ? pieces - 1 - i : i;
            int panel = from + 4 * piece * step;
            int column = to + 4 * piece * PANEL;
            if (piece < fours) {
                Tiles.row(depth, a, at, b, panel, step, c, column);
            } else {
                Tiles.pair(depth, a, at, b, panel, step, c, column);
            }
        }
        return columns;
    }

    private static boolean turn() {
        boolean[] back = BACK.get();
        return back[0] = !back[0];
    }
}
