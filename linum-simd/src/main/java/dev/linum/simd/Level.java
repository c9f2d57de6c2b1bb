package dev.linum.simd;

import java.lang.foreign.MemorySegment;

/// Rows of A copied to where they are [#STEP] numbers from each other, for [LevelTiles], [TallTiles] and [WideTiles].
///
/// ```
///   A                 level
///   a a a a a         a a a a a . . .     A row that lies anywhere needs an integer register for its place. The
///   b b b b b   ->    b b b b b . . .     processor has few of them, and twelve rows would send some to memory and
///   c c c c c         c c c c c . . .     back at every k. A distance that is known when the loop is compiled stands
///                     |<--STEP-->|        in its instructions: [k], [k + STEP], [k + 2 STEP], and needs none.
/// ```
///
/// The more rows a tile has, the fewer times B is read, and tiles of few rows need fewer instructions so.
final class Level {

    /// As deep as a block may be, and rows do not begin at the same place of the caches.
    static final int STEP = VectorProduct.DEEP + 16;

    /// The most rows of a tile.
    static final int ROWS = 12;

    private Level() {}

    /// Says whether so many rows are worth copying.
    static boolean isFor(int rows) {
        return rows > 2;
    }

    /// The rows of the next tile of so many that are left: six, see [WideTiles], and seven to ten where one to four
    /// would be left over. With few registers six, and four of seven or eight. Only the last tile may have an odd
    /// number of rows, since only the last row is there twice.
    ///
    /// @param first whether it is the first one, which fetches a B that is far away
    static int rows(int left, boolean first) {
        if (VectorKernels.FEW_REGISTERS) {
            return left == 7 || left == 8 ? 4 : Math.min(6, left);
        }
        if (left <= 10) {
            return left;
        }
        if (first && (left <= ROWS || left > 16)) {
            return Math.min(ROWS, left);
        }
        int over = left % 6;
        return over % 2 == 0 ? 6 + over : 6;
    }

    /// How many numbers so many rows take.
    static int size(int rows) {
        return (rows + 1) * STEP;
    }

    /// Copies rows of A, the last one twice if their number is odd.
    static void copy(int rows, int depth, float[] a, int ao, int aRow, float[] level) {
        for (int r = 0; r < rows + rows % 2; r++) {
            System.arraycopy(a, ao + Math.min(r, rows - 1) * aRow, level, r * STEP, depth);
        }
    }

    /// Adds pieces of panels of B times up to twelve rows to C.
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
        switch ((rows + 1) / 2) {
            case 1 -> {
                if (fresh) {
                    VectorProduct.clear(rows, panels * Panels.WIDTH, c, to, cRow);
                }
                for (int panel = 0; panel < panels; panel++) {
                    int column = to + panel * Panels.WIDTH;
                    if (rows == 1) {
                        Tiles.one(depth, a, at, b, from + panel * step, c, column);
                    } else {
                        Tiles.two(depth, a, at, STEP, b, from + panel * step, c, column, cRow);
                    }
                }
                return;
            }
            case 2 -> LevelTiles.four(rows, panels, step, even, a, at, b, from, fresh, c, to, cRow);
            case 3 -> {
                int wide = VectorKernels.FEW_REGISTERS ? 0 : panels & ~1;
                if (wide > 0) {
                    WideTiles.level(rows, wide / 2, step, even, a, at, b, from, fresh, c, to, cRow);
                }
                if (wide < panels) {
                    int rest = from + wide * step;
                    int column = to + wide * Panels.WIDTH;
                    LevelTiles.six(rows, panels - wide, step, even, a, at, b, rest, fresh, c, column, cRow);
                }
            }
            case 4 -> LevelTiles.eight(rows, panels, step, even, a, at, b, from, fresh, c, to, cRow);
            case 5 -> TallTiles.ten(rows, panels, step, even, a, at, b, from, fresh, c, to, cRow);
            default -> {
                TallTiles.twelve(rows, panels, step, depth, a, at, b, from, fresh, c, to, cRow);
                return;
            }
        }
        if (even < depth) {
            for (int panel = 0; panel < panels; panel++) {
                int last = from + panel * step + even * Panels.WIDTH;
                Tiles.last(rows, a, at + even, STEP, b, last, c, to + panel * Panels.WIDTH, cRow);
            }
        }
    }
}
