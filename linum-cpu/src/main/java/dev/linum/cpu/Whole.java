package dev.linum.cpu;

import dev.linum.graph.DType;
import dev.linum.graph.Fn;

/// Element-wise work on whole numbers, truth values and comparisons; operands are read with a stride per row and
/// column.
final class Whole {

    private Whole() {}

    /// An operand: element (r, c) lies at `offset + r * row + c * column`.
    record Operand(Object data, int offset, int row, int column) {}

    static void apply(Fn fn, Operand a, Operand b, Operand c, Object out, int at, int rows, int columns) {
        for (int r = 0; r < rows; r++) {
            int to = at + r * columns;
            if (fn == Fn.SELECT) {
                select(a, b, c, out, to, r, columns);
            } else if (fn.arity() == 1) {
                unary(fn, (int[]) a.data, a.offset + r * a.row, a.column, (int[]) out, to, columns);
            } else if (a.data instanceof float[] x) {
                compare(fn, x, a, (float[]) b.data, b, (int[]) out, to, r, columns);
            } else if (a.data instanceof double[] x) {
                compare(fn, x, a, (double[]) b.data, b, (int[]) out, to, r, columns);
            } else {
                binary(
                        fn,
                        (int[]) a.data,
                        a.offset + r * a.row,
                        a.column,
                        (int[]) b.data,
                        b.offset + r * b.row,
                        b.column,
                        (int[]) out,
                        to,
                        columns);
            }
        }
    }

    private static void unary(Fn fn, int[] x, int xo, int by, int[] out, int to, int n) {
        for (int i = 0; i < n; i++) {
            int v = x[xo + i * by];
            out[to + i] = switch (fn) {
                case NEG -> -v;
                case ABS -> Math.abs(v);
                case SIGN -> Integer.signum(v);
                case FLOOR -> v;
                case NOT -> v == 0 ? 1 : 0;
                default -> throw new IllegalArgumentException(fn + " is not defined for whole numbers");
            };
        }
    }

    private static void binary(Fn fn, int[] a, int ao, int aBy, int[] b, int bo, int bBy, int[] out, int to, int n) {
        for (int i = 0; i < n; i++) {
            int p = a[ao + i * aBy];
            int q = b[bo + i * bBy];
            out[to + i] = switch (fn) {
                case ADD -> p + q;
                case SUB -> p - q;
                case MUL -> p * q;
                case DIV -> q == 0 ? -1 : p / q;
                case MAX -> Math.max(p, q);
                case MIN -> Math.min(p, q);
                case POW -> (int) Math.pow(p, q);
                case AND -> p & q;
                case OR -> p | q;
                case EQUAL -> p == q ? 1 : 0;
                case LESS -> p < q ? 1 : 0;
                case LESS_EQUAL -> p <= q ? 1 : 0;
                default -> throw new IllegalArgumentException(fn + " is not defined for whole numbers");
            };
        }
    }

    private static void compare(Fn fn, float[] x, Operand a, float[] y, Operand b, int[] out, int to, int row, int n) {
        int ao = a.offset + row * a.row;
        int bo = b.offset + row * b.row;
        for (int i = 0; i < n; i++) {
            float p = x[ao + i * a.column];
            float q = y[bo + i * b.column];
            out[to + i] = (fn == Fn.EQUAL ? p == q : fn == Fn.LESS ? p < q : p <= q) ? 1 : 0;
        }
    }

    private static void compare(
            Fn fn, double[] x, Operand a, double[] y, Operand b, int[] out, int to, int row, int n) {
        int ao = a.offset + row * a.row;
        int bo = b.offset + row * b.row;
        for (int i = 0; i < n; i++) {
            double p = x[ao + i * a.column];
            double q = y[bo + i * b.column];
            out[to + i] = (fn == Fn.EQUAL ? p == q : fn == Fn.LESS ? p < q : p <= q) ? 1 : 0;
        }
    }

    private static void select(Operand c, Operand a, Operand b, Object out, int to, int row, int n) {
        int[] condition = (int[]) c.data;
        int co = c.offset + row * c.row;
        int ao = a.offset + row * a.row;
        int bo = b.offset + row * b.row;
        if (c.column == 0) {
            Operand chosen = n > 0 && condition[co] != 0 ? a : b;
            copy(chosen, chosen == a ? ao : bo, out, to, n);
            return;
        }
        switch (out) {
            case float[] o -> {
                var x = (float[]) a.data;
                var y = (float[]) b.data;
                for (int i = 0; i < n; i++) {
                    o[to + i] = condition[co + i] != 0 ? x[ao + i * a.column] : y[bo + i * b.column];
                }
            }
            case double[] o -> {
                var x = (double[]) a.data;
                var y = (double[]) b.data;
                for (int i = 0; i < n; i++) {
                    o[to + i] = condition[co + i] != 0 ? x[ao + i * a.column] : y[bo + i * b.column];
                }
            }
            default -> {
                var o = (int[]) out;
                var x = (int[]) a.data;
                var y = (int[]) b.data;
                for (int i = 0; i < n; i++) {
                    o[to + i] = condition[co + i] != 0 ? x[ao + i * a.column] : y[bo + i * b.column];
                }
            }
        }
    }

    /// Copies a row, or repeats its one element.
    static void copy(Operand from, int at, Object out, int to, int n) {
        if (from.column == 1) {
            System.arraycopy(from.data, at, out, to, n);
            return;
        }
        switch (out) {
            case float[] o -> java.util.Arrays.fill(o, to, to + n, ((float[]) from.data)[at]);
            case double[] o -> java.util.Arrays.fill(o, to, to + n, ((double[]) from.data)[at]);
            default -> java.util.Arrays.fill((int[]) out, to, to + n, ((int[]) from.data)[at]);
        }
    }

    static void cast(Object in, int at, DType to, Object out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            double v = switch (in) {
                case float[] f -> f[at + i];
                case double[] d -> d[at + i];
                default -> ((int[]) in)[at + i];
            };
            switch (to) {
                case F32 -> ((float[]) out)[oo + i] = (float) v;
                case F64 -> ((double[]) out)[oo + i] = v;
                case I32 -> ((int[]) out)[oo + i] = (int) v;
                case BOOL -> ((int[]) out)[oo + i] = v != 0 ? 1 : 0;
            }
        }
    }
}
