package dev.linum.cpu;

import dev.linum.cpu.RowProgram.Instruction;
import dev.linum.graph.Fn;
import java.util.Arrays;
import java.util.List;

/// Does the instructions of a [RowProgram], one after another, on a block: all but formulas.
final class RowFunctions {

    /// So many numbers of rows are computed one by one.
    private static final int FEW = 4;

    private RowFunctions() {}

    /// Does some functions of floats, and sums of them, on one block or row.
    ///
    /// @param height how many numbers of rows there are
    static void functions(Kernels kernels, List<Instruction> some, Frame.Registers s, int n, int height) {
        for (Instruction i : some) {
            switch (i.task()) {
                case SUM -> sum(kernels, i, s, 1, n);
                case TAKE -> take(i, s);
                default -> floats(kernels, i, s, i.ofNumbers() ? height : n);
            }
        }
    }

    /// Does one function, or converts numbers, on one block of n elements.
    static void run(Kernels kernels, Instruction i, Frame.Registers s, int n) {
        if (i.task() == RowProgram.Task.CAST) {
            IntMath.cast(s.data[i.a()], s.offset[i.a()], s.data[i.to()], s.offset[i.to()], n, i.toBool());
            return;
        }
        switch (i.in()) {
            case FLOATS -> floats(kernels, i, s, n);
            case DOUBLES -> doubles(kernels, i, s, n);
            case INTS -> ints(i, s, n);
        }
    }

    /// Does an instruction row by row: those of its registers need not follow each other.
    static void apart(Kernels kernels, Instruction i, Frame.Registers s, int height, int width) {
        int number = i.operand(i.number());
        int a = s.offset[i.a()];
        int b = i.b() < 0 ? 0 : s.offset[i.b()];
        int c = i.c() < 0 ? 0 : s.offset[i.c()];
        int to = s.offset[i.to()];
        for (int r = height - 1; r >= 0; r--) {
            s.offset[i.a()] = a + r * s.step[i.a()];
            if (i.b() >= 0) {
                s.offset[i.b()] = b + r * s.step[i.b()];
            }
            if (i.c() >= 0) {
                s.offset[i.c()] = c + r * s.step[i.c()];
            }
            s.offset[i.to()] = to + r * s.step[i.to()];
            if (i.number() > 0) {
                s.scalar[number] = number(s.data[number], s.offset[number]);
            }
            run(kernels, i, s, width);
        }
    }

    private static void floats(Kernels kernels, Instruction i, Frame.Registers s, int n) {
        if (i.ofNumbers() && n <= FEW && few(i, s, n)) {
            return;
        }
        Object y = s.data[i.to()];
        int yo = s.offset[i.to()];
        int ao = s.offset[i.a()];
        if (i.fn() == Fn.SELECT) {
            int[] test = (int[]) s.data[i.a()];
            float[] a = (float[]) s.data[i.b()];
            kernels.select(test, ao, a, s.offset[i.b()], (float[]) s.data[i.c()], s.offset[i.c()], (float[]) y, yo, n);
        } else if (i.fn().arity() == 1) {
            kernels.unary(i.fun(), (float[]) s.data[i.a()], ao, (float[]) y, yo, n);
        } else if (i.fn().isTest()) {
            IntMath.compare(
                    i.fn(), (float[]) s.data[i.a()], ao, (float[]) s.data[i.b()], s.offset[i.b()], (int[]) y, yo, n);
        } else if (i.number() == 1) {
            kernels.scalarBinary(
                    i.fun(), (float) s.scalar[i.a()], (float[]) s.data[i.b()], s.offset[i.b()], (float[]) y, yo, n);
        } else if (i.number() == 2) {
            kernels.binaryScalar(i.fun(), (float[]) s.data[i.a()], ao, (float) s.scalar[i.b()], (float[]) y, yo, n);
        } else {
            kernels.binary(
                    i.fun(), (float[]) s.data[i.a()], ao, (float[]) s.data[i.b()], s.offset[i.b()], (float[]) y, yo, n);
        }
    }

    /// Says whether plain Java gives what vectors give.
    static boolean isSimple(Fun f) {
        return switch (f) {
            case NEG, ADD, SUB, MUL, DIV, SQRT, RECIPROCAL -> true;
            default -> false;
        };
    }

    /// Does a function of a few numbers, if it is a simple one: no vector would be full.
    private static boolean few(Instruction i, Frame.Registers s, int n) {
        boolean isSimple = isSimple(i.fun());
        if (isSimple) {
            float[] y = (float[]) s.data[i.to()];
            for (int r = 0; r < n; r++) {
                float a = i.number() == 1 ? (float) s.scalar[i.a()] : ((float[]) s.data[i.a()])[s.offset[i.a()] + r];
                float b = i.fn().arity() == 1
                        ? 0
                        : i.number() == 2 ? (float) s.scalar[i.b()] : ((float[]) s.data[i.b()])[s.offset[i.b()] + r];
                y[s.offset[i.to()] + r] = switch (i.fun()) {
                    case NEG -> -a;
                    case ADD -> a + b;
                    case SUB -> a - b;
                    case MUL -> a * b;
                    case DIV -> a / b;
                    case SQRT -> (float) Math.sqrt(a);
                    default -> 1 / a;
                };
            }
        }
        return isSimple;
    }

    private static void doubles(Kernels kernels, Instruction i, Frame.Registers s, int n) {
        Object y = s.data[i.to()];
        int yo = s.offset[i.to()];
        int ao = s.offset[i.a()];
        if (i.fn() == Fn.SELECT) {
            int[] test = (int[]) s.data[i.a()];
            double[] a = (double[]) s.data[i.b()];
            kernels.select(
                    test, ao, a, s.offset[i.b()], (double[]) s.data[i.c()], s.offset[i.c()], (double[]) y, yo, n);
        } else if (i.fn().arity() == 1) {
            kernels.unary(i.fun(), (double[]) s.data[i.a()], ao, (double[]) y, yo, n);
        } else if (i.fn().isTest()) {
            IntMath.compare(
                    i.fn(), (double[]) s.data[i.a()], ao, (double[]) s.data[i.b()], s.offset[i.b()], (int[]) y, yo, n);
        } else if (i.number() == 1) {
            kernels.scalarBinary(
                    i.fun(), s.scalar[i.a()], (double[]) s.data[i.b()], s.offset[i.b()], (double[]) y, yo, n);
        } else if (i.number() == 2) {
            kernels.binaryScalar(i.fun(), (double[]) s.data[i.a()], ao, s.scalar[i.b()], (double[]) y, yo, n);
        } else {
            kernels.binary(
                    i.fun(),
                    (double[]) s.data[i.a()],
                    ao,
                    (double[]) s.data[i.b()],
                    s.offset[i.b()],
                    (double[]) y,
                    yo,
                    n);
        }
    }

    private static void ints(Instruction i, Frame.Registers s, int n) {
        int[] a = (int[]) s.data[i.a()];
        int[] y = (int[]) s.data[i.to()];
        int ao = s.offset[i.a()];
        int yo = s.offset[i.to()];
        if (i.fn() == Fn.SELECT) {
            IntMath.select(
                    a, ao, (int[]) s.data[i.b()], s.offset[i.b()], (int[]) s.data[i.c()], s.offset[i.c()], y, yo, n);
        } else if (i.fn().arity() == 1) {
            IntMath.unary(i.fn(), a, ao, y, yo, n);
        } else {
            IntMath.binary(i.fn(), a, ao, (int[]) s.data[i.b()], s.offset[i.b()], y, yo, n);
        }
    }

    /// Copies a block's rows to their places in a wider result.
    static void place(Instruction i, Frame.Registers s, int columns, int row, int height, int width) {
        int shift = i.offset() + row * (i.rowStep() - columns);
        for (int r = 0; r < height; r++) {
            System.arraycopy(
                    s.data[i.a()],
                    s.offset[i.a()] + r * s.step[i.a()],
                    s.data[i.to()],
                    s.offset[i.to()] + shift + r * i.rowStep(),
                    width);
        }
    }

    /// Sums a block's rows, which are whole.
    static void sum(Kernels kernels, Instruction i, Frame.Registers s, int height, int width) {
        int from = s.offset[i.a()];
        int to = s.offset[i.to()];
        for (int r = 0; r < height; r++) {
            switch (s.data[i.to()]) {
                case float[] y -> y[to + r] = kernels.sum((float[]) s.data[i.a()], from + r * s.step[i.a()], width);
                case double[] y -> y[to + r] = kernels.sum((double[]) s.data[i.a()], from + r * s.step[i.a()], width);
                default -> throw new IllegalStateException("sums of integers are made elsewhere");
            }
        }
    }

    /// Has the number of each row read where it lies.
    static void take(Instruction i, Frame.Registers s) {
        s.set(i.to(), s.data[i.a()], s.offset[i.a()]);
        s.step[i.to()] = 1;
        s.scalar[i.to()] = number(s.data[i.a()], s.offset[i.a()]);
    }

    /// Repeats the number of each row over it.
    static void repeat(Instruction i, Frame.Registers s, int height, int width) {
        for (int r = 0; r < height; r++) {
            fill(s.data[i.to()], s.offset[i.to()] + r * width, width, s.data[i.a()], s.offset[i.a()] + r);
        }
    }

    static double number(Object data, int at) {
        return switch (data) {
            case float[] x -> x[at];
            case double[] x -> x[at];
            default -> ((int[]) data)[at];
        };
    }

    static void fill(Object to, int offset, int n, Object from, int at) {
        switch (to) {
            case float[] y -> Arrays.fill(y, offset, offset + n, ((float[]) from)[at]);
            case double[] y -> Arrays.fill(y, offset, offset + n, ((double[]) from)[at]);
            default -> Arrays.fill((int[]) to, offset, offset + n, ((int[]) from)[at]);
        }
    }
}
