package dev.linum.cpu;

import dev.linum.cpu.RowProgram.Instruction;
import dev.linum.graph.Fn;
import java.util.List;

/// Does the functions of a [RowProgram], one after another, on a block.
final class RowFunctions {

    /// So many numbers of rows are computed one by one.
    private static final int FEW = 4;

    private RowFunctions() {}

    /// Does some functions of floats on one block.
    static void functions(Kernels kernels, List<Instruction> some, Frame.Scratch s, int n) {
        for (Instruction i : some) {
            floats(kernels, i, s, n);
        }
    }

    /// Does one function on one block of n elements.
    static void run(Kernels kernels, Instruction i, Frame.Scratch s, int n) {
        switch (i.in()) {
            case FLOATS -> floats(kernels, i, s, n);
            case DOUBLES -> doubles(kernels, i, s, n);
            case INTS -> ints(i, s, n);
        }
    }

    private static void floats(Kernels kernels, Instruction i, Frame.Scratch s, int n) {
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

    /// Does a function of a few numbers, if it is a simple one: no vector would be full.
    private static boolean few(Instruction i, Frame.Scratch s, int n) {
        boolean isSimple = switch (i.fun()) {
            case ADD, SUB, MUL, DIV, SQRT, RECIPROCAL -> true;
            default -> false;
        };
        if (isSimple) {
            float[] y = (float[]) s.data[i.to()];
            for (int r = 0; r < n; r++) {
                float a = i.number() == 1 ? (float) s.scalar[i.a()] : ((float[]) s.data[i.a()])[s.offset[i.a()] + r];
                float b = i.fn().arity() == 1
                        ? 0
                        : i.number() == 2 ? (float) s.scalar[i.b()] : ((float[]) s.data[i.b()])[s.offset[i.b()] + r];
                y[s.offset[i.to()] + r] = switch (i.fun()) {
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

    private static void doubles(Kernels kernels, Instruction i, Frame.Scratch s, int n) {
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

    private static void ints(Instruction i, Frame.Scratch s, int n) {
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
}
