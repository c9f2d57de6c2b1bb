package dev.linum.simd;

import java.lang.foreign.MemorySegment;

/// Chooses the tiles, below each other, that some rows of A and pieces of panels of B are multiplied with.
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

    /// So many panels at a time pass all rows: few enough to stay in cache for them, and enough that what a tile does
    /// before its loop is done for more than one.
    private static final int TOGETHER = 4;

    /// A piece of B of more numbers comes from farther away than the second-level cache.
    private static final int FAR = 1 << 18;

    /// Room for the part of a panel beyond n.
    private static final ThreadLocal<float[]> EDGE = ThreadLocal.withInitial(() -> new float[Level.ROWS * PANEL]);

    private Column() {}

    /// Some rows times pieces of panels, `step` numbers from each other, added to C or, if it is fresh, to zero.
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
            int step,
            boolean fresh,
            float[] c,
            int co,
            int cRow) {
        boolean far = isFar(width, depth);
        for (int j = 0; j < width; j += TOGETHER * PANEL) {
            int columns = Math.min(TOGETHER * PANEL, width - j);
            some(height, columns, depth, a, ao, aRow, b, from + j / PANEL * step, step, fresh, far, c, co + j, cRow);
        }
    }

    /// The tiles of a product, see [Samples].
    static long code(int height, int width, int depth, int aRow) {
        boolean far = isFar(width, depth);
        long code = 0;
        int rows;
        for (int i = 0; i < height; i += rows) {
            rows = rows(height - i, aRow, far && i == 0);
            code |= code(rows, aRow);
        }
        return code;
    }

    /// The tile of so many rows, see [Samples].
    private static long code(int rows, int aRow) {
        if (aRow == GROUPS) {
            return 1L << (rows > Side.LOW ? Samples.SIDE : Samples.SIDE_LOW);
        }
        if (rows == 1) {
            return 1L << Samples.ROW;
        }
        return aRow == LEVEL ? Samples.level(rows) : Samples.anywhere(rows);
    }

    private static boolean isFar(int width, int depth) {
        return depth * width > FAR;
    }

    /// The rows of the next tile of so many that are left.
    private static int rows(int left, int aRow, boolean far) {
        if (aRow == GROUPS) {
            return Side.rows(left);
        }
        return aRow == LEVEL || VectorKernels.FEW_REGISTERS ? Level.rows(left, far) : tall(left);
    }

    /// [#multiply] for a few panels.
    private static void some(
            int height,
            int width,
            int depth,
            float[] a,
            int ao,
            int aRow,
            MemorySegment b,
            int from,
            int step,
            boolean fresh,
            boolean far,
            float[] c,
            int co,
            int cRow) {
        boolean turned = aRow == GROUPS;
        int row = aRow == LEVEL ? Level.STEP : aRow;
        int rows;
        int group = 0;
        for (int i = 0; i < height; i += rows, group++) {
            rows = rows(height - i, aRow, far && i == 0);
            int at = ao + (turned ? group * Side.GROUP : i * row);
            int to = co + i * cRow;
            int panels = !turned || rows == Side.ROWS || rows == Side.LOW ? width / PANEL : 0;
            tile(rows, panels, step, depth, a, at, aRow, b, from, fresh, c, to, cRow);
            for (int j = panels * PANEL; j < width; j += PANEL) {
                int columns = Math.min(PANEL, width - j);
                edge(rows, columns, depth, a, at, aRow, b, from + j / PANEL * step, fresh, c, to + j, cRow);
            }
        }
    }

    /// A tile of which C has not all rows or columns.
    private static void edge(
            int rows,
            int width,
            int depth,
            float[] a,
            int at,
            int aRow,
            MemorySegment b,
            int from,
            boolean fresh,
            float[] c,
            int to,
            int cRow) {
        float[] edge = EDGE.get();
        for (int r = 0; r < rows && !fresh; r++) {
            System.arraycopy(c, to + r * cRow, edge, r * PANEL, width);
        }
        tile(rows, 1, 0, depth, a, at, aRow, b, from, fresh, edge, 0, PANEL);
        for (int r = 0; r < rows; r++) {
            System.arraycopy(edge, r * PANEL, c, to + r * cRow, width);
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
            int rows,
            int panels,
            int step,
            int depth,
            float[] a,
            int at,
            int aRow,
            MemorySegment b,
            int from,
            boolean fresh,
            float[] c,
            int to,
            int cRow) {
        assert WarmUp.isOver(code(rows, aRow)) : rows + " rows run that nobody waited for";
        if (aRow == GROUPS) {
            Side.tile(rows, panels, step, depth, a, at, b, from, fresh, c, to, cRow);
        } else if (aRow == LEVEL) {
            Level.tile(rows, panels, step, depth, a, at, b, from, fresh, c, to, cRow);
        } else {
            if (fresh) {
                VectorProduct.clear(rows, panels * PANEL, c, to, cRow);
            }
            for (int panel = 0; panel < panels; panel++) {
                anywhere(rows, depth, a, at, aRow, b, from + panel * step, c, to + panel * PANEL, cRow);
            }
        }
    }

    static void anywhere(
            int rows, int depth, float[] a, int at, int aRow, MemorySegment b, int from, float[] c, int to, int cRow) {
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
