package dev.linum.cpu;

/// The half of the plain twin that works on doubles.
abstract class ScalarDoubles implements Kernels {

    @Override
    public void unary(Fun f, double[] x, int xo, double[] out, int oo, int n) {
        switch (f) {
            case COPY -> System.arraycopy(x, xo, out, oo, n);
            case NEG -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = -x[xo + i];
                }
            }
            case EXP -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.exp(x[xo + i]);
                }
            }
            case LOG -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.log(x[xo + i]);
                }
            }
            case LOG1P -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.log1p(x[xo + i]);
                }
            }
            case TANH -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.tanh(x[xo + i]);
                }
            }
            case SIGMOID -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = 1 / (1 + Math.exp(-x[xo + i]));
                }
            }
            case SQRT -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.sqrt(x[xo + i]);
                }
            }
            case ABS -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.abs(x[xo + i]);
                }
            }
            case SIGN -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.signum(x[xo + i]);
                }
            }
            case SIN -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.sin(x[xo + i]);
                }
            }
            case COS -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.cos(x[xo + i]);
                }
            }
            case FLOOR -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.floor(x[xo + i]);
                }
            }
            case RECIPROCAL -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = 1 / x[xo + i];
                }
            }
            default -> throw new IllegalArgumentException(f + " takes two operands");
        }
    }

    @Override
    public void binary(Fun f, double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        switch (f) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] + b[bo + i];
                }
            }
            case SUB -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] - b[bo + i];
                }
            }
            case MUL -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] * b[bo + i];
                }
            }
            case DIV -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] / b[bo + i];
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.max(a[ao + i], b[bo + i]);
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.min(a[ao + i], b[bo + i]);
                }
            }
            case POW -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.pow(a[ao + i], b[bo + i]);
                }
            }
            default -> throw new IllegalArgumentException(f + " takes one operand");
        }
    }

    @Override
    public void binaryScalar(Fun f, double[] a, int ao, double b, double[] out, int oo, int n) {
        switch (f) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] + b;
                }
            }
            case SUB -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] - b;
                }
            }
            case MUL -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] * b;
                }
            }
            case DIV -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a[ao + i] / b;
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.max(a[ao + i], b);
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.min(a[ao + i], b);
                }
            }
            case POW -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.pow(a[ao + i], b);
                }
            }
            default -> throw new IllegalArgumentException(f + " takes one operand");
        }
    }

    @Override
    public void scalarBinary(Fun f, double a, double[] b, int bo, double[] out, int oo, int n) {
        switch (f) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a + b[bo + i];
                }
            }
            case SUB -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a - b[bo + i];
                }
            }
            case MUL -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a * b[bo + i];
                }
            }
            case DIV -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = a / b[bo + i];
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.max(a, b[bo + i]);
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.min(a, b[bo + i]);
                }
            }
            case POW -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = Math.pow(a, b[bo + i]);
                }
            }
            default -> throw new IllegalArgumentException(f + " takes one operand");
        }
    }

    @Override
    public void select(int[] condition, int co, double[] a, int ao, double[] b, int bo, double[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = condition[co + i] != 0 ? a[ao + i] : b[bo + i];
        }
    }

    @Override
    public void accumulate(double[] x, int xo, double[] y, int yo, int n) {
        for (int i = 0; i < n; i++) {
            y[yo + i] += x[xo + i];
        }
    }

    @Override
    public double sum(double[] x, int xo, int n) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            s0 += x[xo + i];
            s1 += x[xo + i + 1];
            s2 += x[xo + i + 2];
            s3 += x[xo + i + 3];
        }
        for (; i < n; i++) {
            s0 += x[xo + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    @Override
    public double max(double[] x, int xo, int n) {
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            most = Math.max(most, x[xo + i]);
        }
        return most;
    }

    @Override
    public void multiply(
            int m,
            int n,
            int k,
            double[] a,
            int ao,
            int aRow,
            int aColumn,
            double[] b,
            int bo,
            int bRow,
            int bColumn,
            boolean add,
            double[] c,
            int co,
            int cRow,
            Workers workers) {
        ScalarDoubleProduct.multiply(m, n, k, a, ao, aRow, aColumn, b, bo, bRow, bColumn, add, c, co, cRow, workers);
    }
}
