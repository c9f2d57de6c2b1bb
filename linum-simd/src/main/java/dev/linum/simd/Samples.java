package dev.linum.simd;

import dev.linum.cpu.Fun;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// The vector code that [WarmUp] has compiled, one bit for each that can be waited for by itself, and a call of each
/// with numbers of no meaning.
///
/// A call does all that the code may come to do, such as a row that fills no vector: what the compiler never saw it
/// leaves out, and compiles again when it comes.
final class Samples {

    /// One row times packed panels.
    static final int ROW = 0;

    /// A few rows times a B that is not packed.
    static final int FEW = 1;

    /// Turning a transposed B.
    static final int TURN = 2;

    /// Tiles of rows of A that lie side by side.
    static final int SIDE = 3;

    static final int SIDE_LOW = 4;

    static final int SELECT = 5;
    static final int SUM = 6;
    static final int SUM_OF_ROWS = 7;

    /// Level tiles of up to two rows, four, six, eight, ten, twelve.
    private static final int LEVEL = 8;

    /// The same of rows that lie anywhere.
    private static final int ANYWHERE = 14;

    /// Functions of one operand, of two, of a row and a number, of a number and a row.
    private static final int FUNCTIONS = 20;

    private static final List<Fun> ONE =
            List.of(Fun.NEG, Fun.ABS, Fun.SQRT, Fun.RECIPROCAL, Fun.EXP, Fun.TANH, Fun.SIGMOID);

    private static final List<Fun> TWO = List.of(Fun.ADD, Fun.SUB, Fun.MUL, Fun.DIV, Fun.MAX, Fun.MIN);

    private static final int EACH = 8;

    private static final long[] UNARY = bits(0, ONE);
    private static final long[] BINARY = bits(1, TWO);
    private static final long[] BINARY_SCALAR = bits(2, TWO);
    private static final long[] SCALAR_BINARY = bits(3, TWO);

    /// The size of a sample whose time is taken.
    static final int LONG = 4;

    private static final int PANELS = 2;
    private static final int DEPTH = 16;
    private static final int STEP = LONG * DEPTH * Panels.WIDTH;
    private static final int COLUMNS = PANELS * Panels.WIDTH;
    private static final int N = LONG * Panels.WIDTH;

    private final float[] a = numbers(Math.max(Level.size(Level.ROWS), Side.GROUP));
    private final float[] b = numbers(LONG * DEPTH * COLUMNS);
    private final float[] c = numbers(Level.ROWS * COLUMNS + 8 * Panels.WIDTH);
    private final float[] x = numbers(N);
    private final float[] y = numbers(N);
    private final float[] z = numbers(N);
    private final int[] test = new int[N];
    private final MemorySegment packed = Panels.of(4 * STEP);

    /// Has all classes of vectors, masks and shuffles loaded before anything is compiled: the JVM drops what it
    /// compiled in the belief that a class has no other one beside it.
    Samples() {
        for (int code : new int[] {TURN, SELECT, SUM, FUNCTIONS + ONE.indexOf(Fun.EXP)}) {
            run(code, 1, false);
        }
    }

    private static float[] numbers(int count) {
        var numbers = new float[count];
        Arrays.fill(numbers, 0.25f);
        return numbers;
    }

    private static long[] bits(int shape, List<Fun> functions) {
        var bits = new long[Fun.values().length];
        for (int i = 0; i < functions.size(); i++) {
            bits[functions.get(i).ordinal()] = 1L << FUNCTIONS + shape * EACH + i;
        }
        return bits;
    }

    /// The level tile of so many rows.
    static long level(int rows) {
        return 1L << LEVEL + (rows - 1) / 2;
    }

    /// The tile of so many rows that lie anywhere.
    static long anywhere(int rows) {
        return 1L << ANYWHERE + (rows - 1) / 2;
    }

    /// 0 for a function that has no vector code; so do the others.
    static long unary(Fun f) {
        return UNARY[f.ordinal()];
    }

    static long binary(Fun f) {
        return BINARY[f.ordinal()];
    }

    static long binaryScalar(Fun f) {
        return BINARY_SCALAR[f.ordinal()];
    }

    static long scalarBinary(Fun f) {
        return SCALAR_BINARY[f.ordinal()];
    }

    /// The nanoseconds in which a long sample runs if it is compiled, with the clock some times what it needs. What is
    /// not takes a few times as long at least.
    static long nanos(int code) {
        if (code >= FUNCTIONS || code == SELECT || code == SUM || code == SUM_OF_ROWS) {
            return 320;
        }
        if (code == FEW) {
            return 1000;
        }
        int rows = 4;
        if (code >= ANYWHERE) {
            rows = rows(code - ANYWHERE);
        } else if (code >= LEVEL) {
            rows = rows(code - LEVEL);
        } else if (code == SIDE || code == SIDE_LOW) {
            rows = 8;
        }
        return 8L * rows * LONG * DEPTH * PANELS;
    }

    /// Says whether there is such code, and it is used on this processor.
    static boolean has(int code) {
        if (code >= FUNCTIONS) {
            return code < FUNCTIONS + 4 * EACH
                    && (code - FUNCTIONS) % EACH < (code < FUNCTIONS + EACH ? ONE : TWO).size();
        }
        int most = VectorKernels.FEW_REGISTERS ? Column.ROWS : Level.ROWS;
        boolean tall = code >= ANYWHERE
                ? rows(code - ANYWHERE) > Math.min(most, 10)
                : code >= LEVEL && rows(code - LEVEL) > most;
        return !tall && (code != SIDE || Side.ROWS > Side.LOW);
    }

    private static int rows(int tile) {
        return 2 * (tile + 1);
    }

    /// Runs code once, in one of two ways.
    ///
    /// @param size how long its loops are, up to [#LONG]; with 0 it is entered and left again
    void run(int code, int size, boolean other) {
        int depth = size * DEPTH;
        int panels = size == 0 ? 0 : PANELS;
        int n = size == 0 ? 0 : size * Panels.WIDTH - (other ? 0 : 3);
        if (code >= FUNCTIONS) {
            function((code - FUNCTIONS) / EACH, (code - FUNCTIONS) % EACH, n);
        } else if (code >= ANYWHERE) {
            Column.anywhere(rows(code - ANYWHERE), depth, a, 0, Level.STEP, packed, 0, c, 0, COLUMNS);
        } else if (code >= LEVEL) {
            level(rows(code - LEVEL), panels, depth, other);
        } else {
            switch (code) {
                case ROW -> {
                    Tiles.row(depth, a, 0, packed, 0, 0, c, 0);
                    Tiles.pair(depth, a, 0, packed, 0, 0, c, 0);
                    Tiles.one(depth, a, 0, packed, 0, c, 0);
                }
                case FEW -> Few.multiply(1, n, 9, a, 0, 0, 1, b, 0, COLUMNS, c, 0, COLUMNS);
                case TURN -> Layout.turned(depth, b, 0, COLUMNS, packed, 0);
                case SIDE -> {
                    WideTiles.side(panels / 2, STEP, depth, a, 0, packed, 0, other, c, 0, COLUMNS);
                    Side.six(panels, STEP, depth, a, 0, packed, 0, other, c, 0, COLUMNS);
                }
                case SIDE_LOW -> {
                    if (VectorKernels.FEW_REGISTERS) {
                        Side.six(panels, STEP, depth, a, 0, packed, 0, other, c, 0, COLUMNS);
                    } else {
                        Side.eight(panels, STEP, depth, a, 0, packed, 0, other, c, 0, COLUMNS);
                    }
                }
                case SELECT -> VectorRows.select(test, 0, x, 0, y, 0, z, 0, n);
                case SUM -> VectorRows.sum(x, 0, n);
                case SUM_OF_ROWS -> VectorRows.accumulateRows(3, 4 * N, a, 0, c, 0, 4 * n);
                default -> throw new IllegalArgumentException("there is no code " + code);
            }
        }
    }

    private void level(int rows, int panels, int depth, boolean other) {
        switch (rows) {
            case 2 -> Tiles.two(depth, a, 0, Level.STEP, packed, 0, c, 0, COLUMNS);
            case 4 -> LevelTiles.four(rows, panels, STEP, depth, a, 0, packed, 0, other, c, 0, COLUMNS);
            case 6 -> {
                if (!VectorKernels.FEW_REGISTERS) {
                    WideTiles.level(rows, panels / 2, STEP, depth, a, 0, packed, 0, other, c, 0, COLUMNS);
                }
                LevelTiles.six(rows, panels, STEP, depth, a, 0, packed, 0, other, c, 0, COLUMNS);
            }
            case 8 -> LevelTiles.eight(rows, panels, STEP, depth, a, 0, packed, 0, other, c, 0, COLUMNS);
            case 10 -> TallTiles.ten(rows, panels, STEP, depth, a, 0, packed, 0, other, c, 0, COLUMNS);
            default -> TallTiles.twelve(rows, panels, STEP, depth, a, 0, packed, 0, other, c, 0, COLUMNS);
        }
    }

    private void function(int shape, int index, int n) {
        switch (shape) {
            case 0 -> VectorRows.unary(ONE.get(index), x, 0, z, 0, n);
            case 1 -> VectorRows.binary(TWO.get(index), x, 0, y, 0, z, 0, n);
            case 2 -> VectorRows.binaryScalar(TWO.get(index), x, 0, 0.5f, z, 0, n);
            default -> VectorRows.scalarBinary(TWO.get(index), 0.5f, x, 0, z, 0, n);
        }
    }
}
