package dev.linum.cpu;

import dev.linum.graph.Fn;

/// Element-wise work on whole numbers and truth values, comparisons and conversions; each case is one loop.
///
/// A truth value is an int, 0 or 1.
final class IntMath {

    private IntMath() {}

    static void unary(Fn fn, int[] x, int xo, int[] y, int yo, int n) {
        switch (fn) {
            case NEG -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = -x[xo + i];
                }
            }
            case ABS -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = Math.abs(x[xo + i]);
                }
            }
            case SIGN -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = Integer.signum(x[xo + i]);
                }
            }
            case NOT -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = x[xo + i] == 0 ? 1 : 0;
                }
            }
            case FLOOR -> System.arraycopy(x, xo, y, yo, n);
            default -> throw floating(fn);
        }
    }

    static void binary(Fn fn, int[] a, int ao, int[] b, int bo, int[] y, int yo, int n) {
        switch (fn) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] + b[bo + i];
                }
            }
            case SUB -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] - b[bo + i];
                }
            }
            case MUL -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] * b[bo + i];
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = Math.max(a[ao + i], b[bo + i]);
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = Math.min(a[ao + i], b[bo + i]);
                }
            }
            case AND -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] != 0 && b[bo + i] != 0 ? 1 : 0;
                }
            }
            case OR -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] != 0 || b[bo + i] != 0 ? 1 : 0;
                }
            }
            case EQUAL -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] == b[bo + i] ? 1 : 0;
                }
            }
            case LESS -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] < b[bo + i] ? 1 : 0;
                }
            }
            case LESS_EQUAL -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] <= b[bo + i] ? 1 : 0;
                }
            }
            default -> throw floating(fn);
        }
    }

    static void select(int[] c, int co, int[] a, int ao, int[] b, int bo, int[] y, int yo, int n) {
        for (int i = 0; i < n; i++) {
            y[yo + i] = c[co + i] != 0 ? a[ao + i] : b[bo + i];
        }
    }

    /// Says whether whole numbers have this function.
    static boolean has(Fn fn) {
        return switch (fn) {
            case NEG, ABS, SIGN, NOT, FLOOR, ADD, SUB, MUL, MAX, MIN, AND, OR, EQUAL, LESS, LESS_EQUAL, SELECT -> true;
            case EXP, LOG, LOG1P, TANH, SIGMOID, SQRT, SIN, COS, RECIPROCAL, DIV, POW -> false;
        };
    }

    static IllegalArgumentException floating(Fn fn) {
        return new IllegalArgumentException(fn + " needs floating numbers, found whole ones; cast them first");
    }

    static void compare(Fn fn, float[] a, int ao, float[] b, int bo, int[] y, int yo, int n) {
        switch (fn) {
            case EQUAL -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] == b[bo + i] ? 1 : 0;
                }
            }
            case LESS -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] < b[bo + i] ? 1 : 0;
                }
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] <= b[bo + i] ? 1 : 0;
                }
            }
        }
    }

    static void compare(Fn fn, double[] a, int ao, double[] b, int bo, int[] y, int yo, int n) {
        switch (fn) {
            case EQUAL -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] == b[bo + i] ? 1 : 0;
                }
            }
            case LESS -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] < b[bo + i] ? 1 : 0;
                }
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    y[yo + i] = a[ao + i] <= b[bo + i] ? 1 : 0;
                }
            }
        }
    }

    /// Converts `n` numbers; to a truth value by "is not zero" if `toBool`, to whole numbers by cutting.
    static void cast(Object x, int xo, Object y, int yo, int n, boolean toBool) {
        switch (x) {
            case float[] f -> {
                switch (y) {
                    case float[] t -> System.arraycopy(f, xo, t, yo, n);
                    case double[] t -> {
                        for (int i = 0; i < n; i++) {
                            t[yo + i] = f[xo + i];
                        }
                    }
                    default -> {
                        int[] t = (int[]) y;
                        for (int i = 0; i < n; i++) {
                            t[yo + i] = toBool ? f[xo + i] != 0 ? 1 : 0 : (int) f[xo + i];
                        }
                    }
                }
            }
            case double[] d -> {
                switch (y) {
                    case float[] t -> {
                        for (int i = 0; i < n; i++) {
                            t[yo + i] = (float) d[xo + i];
                        }
                    }
                    case double[] t -> System.arraycopy(d, xo, t, yo, n);
                    default -> {
                        int[] t = (int[]) y;
                        for (int i = 0; i < n; i++) {
                            t[yo + i] = toBool ? d[xo + i] != 0 ? 1 : 0 : (int) d[xo + i];
                        }
                    }
                }
            }
            default -> {
                int[] k = (int[]) x;
                switch (y) {
                    case float[] t -> {
                        for (int i = 0; i < n; i++) {
                            t[yo + i] = k[xo + i];
                        }
                    }
                    case double[] t -> {
                        for (int i = 0; i < n; i++) {
                            t[yo + i] = k[xo + i];
                        }
                    }
                    default -> {
                        int[] t = (int[]) y;
                        for (int i = 0; i < n; i++) {
                            t[yo + i] = toBool ? k[xo + i] != 0 ? 1 : 0 : k[xo + i];
                        }
                    }
                }
            }
        }
    }
}
