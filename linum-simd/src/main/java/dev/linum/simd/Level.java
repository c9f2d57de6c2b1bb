package dev.linum.simd;

import java.lang.foreign.MemorySegment;

/// Rows of A copied to where they are [#STEP] numbers from each other, for [LevelTiles] and [TallTile].
///
/// ```
///   A                 level
///   a a a a a         a a a a a . . .     A row that lies anywhere needs an integer register for its place. The
///   b b b b b   ->    b b b b b . . .     processor has few of them, and twelve rows would send some to memory and
///   c c c c c         c c c c c . . .     back at every k. A distance that is known when the loop is compiled stands
///                     |<--STEP-->|        in its instructions: [k], [k + STEP], [k + 2 STEP], and needs none.
/// ```
///
/// The more rows a tile has, the fewer times B is read: twelve, twelve and eight rows in place of ten, ten, eight and
/// four. Tiles of fewer rows need fewer instructions so, which counts where a core has other work beside.
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

    /// The rows of the next tile of so many that are left. With few registers six, and four of seven or eight.
    static int rows(int left) {
        if (VectorKernels.FEW_REGISTERS) {
            return left == 7 || left == 8 ? 4 : Math.min(6, left);
        }
        if (left > 16) {
            return ROWS;
        }
        return left <= ROWS ? left : 8;
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

    /// Adds a piece of a panel of B times up to twelve rows to C.
    static void tile(int rows, int depth, float[] a, int at, MemorySegment b, int from, float[] c, int to, int cRow) {
        int even = depth & ~1;
        switch ((rows + 1) / 2) {
            case 1 -> {
                if (rows == 1) {
                    Tiles.one(depth, a, at, b, from, c, to);
                } else {
                    Tiles.two(depth, a, at, STEP, b, from, c, to, cRow);
                }
                return;
            }
            case 2 -> LevelTiles.four(rows, even, a, at, b, from, c, to, cRow);
            case 3 -> LevelTiles.six(rows, even, a, at, b, from, c, to, cRow);
            case 4 -> LevelTiles.eight(rows, even, a, at, b, from, c, to, cRow);
            case 5 -> LevelTiles.ten(rows, even, a, at, b, from, c, to, cRow);
            default -> {
                TallTile.multiply(rows, depth, a, at, b, from, c, to, cRow);
                return;
            }
        }
        if (even < depth) {
            Tiles.last(rows, a, at + even, STEP, b, from + even * Panels.WIDTH, c, to, cRow);
        }
    }
}
