package dev.linum.simd;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Chooses the tiles, below each other, that some rows of A and a piece of one panel of B are multiplied with.
final class Column {

    private static final int PANEL = Panels.WIDTH;

    /// The rows of most tiles: with two vectors for each, sums in twelve of sixteen registers or in sixteen of 32.
    static final int ROWS = VectorKernels.FEW_REGISTERS ? 6 : 8;

    /// The most rows of a tile that reads A where it lies.
    private static final int TALLEST = 10;

    /// In place of the distance between rows of A: they lie in groups, see [Layout].
    static final int GROUPS = Integer.MIN_VALUE;

    /// The same: they lie level, see [Level].
    static final int LEVEL = Integer.MIN_VALUE + 1;

    /// Room for the part of a panel beyond n.
    private static final ThreadLocal<float[]> EDGE = ThreadLocal.withInitial(() -> new float[Level.ROWS * PANEL]);

    private Column() {}

    /// Some rows times a piece of one panel: tiles below each other, added to C or, if it is fresh, to zero.
    ///
    /// @param aRow from one row of A to the next, or [#GROUPS], or [#LEVEL]
    static void multiply(
            int height,
            int width,
            int depth,
            float[] a,
            int ao,
            int aRow,
            MemorySegment b,
            int from,
            boolean fresh,
            float[] c,
            int co,
            int cRow) {
        boolean turned = aRow == GROUPS;
        boolean level = aRow == LEVEL;
        int row = level ? Level.STEP : aRow;
        int rows;
        int group = 0;
        for (int i = 0; i < height; i += rows, group++) {
            rows = turned
                    ? Side.rows(height - i)
                    : level || VectorKernels.FEW_REGISTERS ? Level.rows(height - i) : tall(height - i);
            int at = ao + (turned ? group * Side.GROUP : i * row);
            int to = co + i * cRow;
            if (width == PANEL && (!turned || rows == Side.ROWS || rows == Side.LOW)) {
                if (fresh) {
                    Tiles.clear(rows, c, to, cRow);
                }
                tile(rows, depth, a, at, aRow, b, from, c, to, cRow);
            } else {
                float[] edge = EDGE.get();
                for (int r = 0; r < rows; r++) {
                    if (fresh) {
                        Arrays.fill(edge, r * PANEL, (r + 1) * PANEL, 0);
                    } else {
                        System.arraycopy(c, to + r * cRow, edge, r * PANEL, width);
                    }
                }
                tile(rows, depth, a, at, aRow, b, from, edge, 0, PANEL);
                for (int r = 0; r < rows; r++) {
                    System.arraycopy(edge, r * PANEL, c, to + r * cRow, width);
                }
            }
        }
    }

    /// The rows of the next tile: eight, or ten of many; of nine or ten that are left no tile of a few, which waits for
    /// B.
    private static int tall(int rows) {
        if (rows <= TALLEST) {
            return rows;
        }
        return rows > 2 * ROWS ? TALLEST : ROWS;
    }

    private static void tile(
            int rows, int depth, float[] a, int at, int aRow, MemorySegment b, int from, float[] c, int to, int cRow) {
        if (aRow == GROUPS) {
            Side.tile(rows, depth, a, at, b, from, c, to, cRow);
            return;
        }
        if (aRow == LEVEL) {
            Level.tile(rows, depth, a, at, b, from, c, to, cRow);
            return;
        }
        switch ((rows + 1) / 2) {
            case 1 -> {
                if (rows == 1) {
                    Tiles.one(depth, a, at, b, from, c, to);
                } else {
                    Tiles.two(depth, a, at, aRow, b, from, c, to, cRow);
                }
            }
            case 2 -> Tiles.four(rows, depth, a, at, aRow, b, from, c, to, cRow);
            case 3 -> Tiles.six(rows, depth, a, at, aRow, b, from, c, to, cRow);
            case 5 -> Tiles.ten(rows, depth, a, at, aRow, b, from, c, to, cRow);
            default -> Tiles.eight(rows, depth, a, at, aRow, b, from, c, to, cRow);
        }
    }
}
