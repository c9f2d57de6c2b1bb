package dev.linum.cpu;

import java.lang.foreign.MemorySegment;

/// The plain twin: loops that any JVM runs, and that define what the vector twin has to return.
public class ScalarKernels extends ScalarDoubles {

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void unary(Fun f, float[] x, int xo, float[] out, int oo, int n) {
        switch (f) {
            case COPY -> System.arraycopy(x, xo, out, oo, n);
            case NEG -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = -x[xo + i];
                }
            }
            case EXP -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = FloatMath.exp(x[xo + i]);
                }
            }
            case LOG -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = (float) Math.log(x[xo + i]);
                }
            }
            case LOG1P -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = (float) Math.log1p(x[xo + i]);
                }
            }
            case TANH -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = FloatMath.tanh(x[xo + i]);
                }
            }
            case SIGMOID -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = FloatMath.sigmoid(x[xo + i]);
                }
            }
            case SQRT -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = (float) Math.sqrt(x[xo + i]);
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
                    out[oo + i] = (float) Math.sin(x[xo + i]);
                }
            }
            case COS -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = (float) Math.cos(x[xo + i]);
                }
            }
            case FLOOR -> {
                for (int i = 0; i < n; i++) {
                    out[oo + i] = (float) Math.floor(x[xo + i]);
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
    public void binary(Fun f, float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
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
                    out[oo + i] = (float) Math.pow(a[ao + i], b[bo + i]);
                }
            }
            default -> throw new IllegalArgumentException(f + " takes one operand");
        }
    }

    @Override
    public void binaryScalar(Fun f, float[] a, int ao, float b, float[] out, int oo, int n) {
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
                    out[oo + i] = (float) Math.pow(a[ao + i], b);
                }
            }
            default -> throw new IllegalArgumentException(f + " takes one operand");
        }
    }

    @Override
    public void scalarBinary(Fun f, float a, float[] b, int bo, float[] out, int oo, int n) {
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
                    out[oo + i] = (float) Math.pow(a, b[bo + i]);
                }
            }
            default -> throw new IllegalArgumentException(f + " takes one operand");
        }
    }

    @Override
    public void select(int[] condition, int co, float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        for (int i = 0; i < n; i++) {
            out[oo + i] = condition[co + i] != 0 ? a[ao + i] : b[bo + i];
        }
    }

    @Override
    public void accumulate(float[] x, int xo, float[] y, int yo, int n) {
        for (int i = 0; i < n; i++) {
            y[yo + i] += x[xo + i];
        }
    }

    @Override
    public float sum(float[] x, int xo, int n) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
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
    public float max(float[] x, int xo, int n) {
        float most = Float.NEGATIVE_INFINITY;
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
            float[] a,
            int ao,
            int aRow,
            int aColumn,
            float[] b,
            int bo,
            int bRow,
            int bColumn,
            boolean add,
            float[] c,
            int co,
            int cRow,
            Workers workers) {
        ScalarFloatProduct.multiply(m, n, k, a, ao, aRow, aColumn, b, bo, bRow, bColumn, add, c, co, cRow, workers);
    }

    @Override
    public void multiplyRows(
            int[] rows, int k, int m, int n, float[] a, int ao, float[] b, int bo, float[] c, int co, Workers workers) {
        multiplyRows(rows, k, m, n, a, ao, m, b, bo, n, c, co, n, workers);
    }

    /// The same of matrices whose rows are so many numbers from each other.
    public void multiplyRows(
            int[] rows,
            int k,
            int m,
            int n,
            float[] a,
            int ao,
            int aRow,
            float[] b,
            int bo,
            int bRow,
            float[] c,
            int co,
            int cRow,
            Workers workers) {
        ScalarFloatProduct.multiplyRows(rows, k, m, n, a, ao, aRow, b, bo, bRow, c, co, cRow, workers);
    }

    @Override
    public MemorySegment roomForPacked(int k, int n) {
        return MemorySegment.ofArray(new float[k * n]);
    }

    @Override
    public void pack(int k, int n, float[] b, int bo, int bRow, int bColumn, MemorySegment packed, Workers workers) {
        float[] to = array(packed);
        for (int p = 0; p < k; p++) {
            if (bColumn == 1) {
                System.arraycopy(b, bo + p * bRow, to, p * n, n);
            } else {
                for (int j = 0; j < n; j++) {
                    to[p * n + j] = b[bo + p * bRow + j * bColumn];
                }
            }
        }
    }

    @Override
    public void multiplyPacked(
            int m,
            int n,
            int k,
            float[] a,
            int ao,
            int aRow,
            int aColumn,
            MemorySegment packed,
            boolean add,
            float[] c,
            int co,
            int cRow,
            Workers workers) {
        multiply(m, n, k, a, ao, aRow, aColumn, array(packed), 0, n, 1, add, c, co, cRow, workers);
    }

    private static float[] array(MemorySegment packed) {
        return (float[]) packed.heapBase().orElseThrow();
    }
}
