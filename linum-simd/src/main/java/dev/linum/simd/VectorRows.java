package dev.linum.simd;

import dev.linum.cpu.Fun;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Element-wise loops over vectors: whole vectors first, then a mask for the rest.
///
/// Each is a method of its own with its operation written out: C2 compiles an operation only where it is a constant,
/// and a small method long before a large one; until then every vector is an object.
final class VectorRows {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, LANES.vectorShape());
    private static final int L = LANES.length();

    private VectorRows() {}

    /// Those functions of one operand that have vector code.
    static void unary(Fun f, float[] x, int xo, float[] out, int oo, int n) {
        switch (f) {
            case NEG -> neg(x, xo, out, oo, n);
            case ABS -> abs(x, xo, out, oo, n);
            case SQRT -> sqrt(x, xo, out, oo, n);
            case RECIPROCAL -> reciprocal(x, xo, out, oo, n);
            case EXP, TANH, SIGMOID -> VectorFunctions.run(f, x, xo, out, oo, n);
            default -> throw new IllegalArgumentException(f + " has no vector code");
        }
    }

    static void binary(Fun f, float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        switch (f) {
            case ADD -> add(a, ao, b, bo, out, oo, n);
            case SUB -> sub(a, ao, b, bo, out, oo, n);
            case MUL -> mul(a, ao, b, bo, out, oo, n);
            case DIV -> div(a, ao, b, bo, out, oo, n);
            case MAX -> max(a, ao, b, bo, out, oo, n);
            case MIN -> min(a, ao, b, bo, out, oo, n);
            default -> throw new IllegalArgumentException(f + " has no vector code");
        }
    }

    static void binaryScalar(Fun f, float[] a, int ao, float b, float[] out, int oo, int n) {
        switch (f) {
            case ADD -> addNumber(a, ao, b, out, oo, n);
            case SUB -> subNumber(a, ao, b, out, oo, n);
            case MUL -> mulNumber(a, ao, b, out, oo, n);
            case DIV -> divNumber(a, ao, b, out, oo, n);
            case MAX -> maxNumber(a, ao, b, out, oo, n);
            case MIN -> minNumber(a, ao, b, out, oo, n);
            default -> throw new IllegalArgumentException(f + " has no vector code");
        }
    }

    static void scalarBinary(Fun f, float a, float[] b, int bo, float[] out, int oo, int n) {
        switch (f) {
            case ADD -> addNumber(b, bo, a, out, oo, n);
            case SUB -> numberSub(b, bo, a, out, oo, n);
            case MUL -> mulNumber(b, bo, a, out, oo, n);
            case DIV -> numberDiv(b, bo, a, out, oo, n);
            case MAX -> maxNumber(b, bo, a, out, oo, n);
            case MIN -> minNumber(b, bo, a, out, oo, n);
            default -> throw new IllegalArgumentException(f + " has no vector code");
        }
    }

    static void neg(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.neg().intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.neg().intoArray(out, oo + i, m);
        }
    }

    static void abs(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.abs().intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.abs().intoArray(out, oo + i, m);
        }
    }

    static void sqrt(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.sqrt().intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.sqrt().intoArray(out, oo + i, m);
        }
    }

    static void reciprocal(float[] x, int xo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            FloatVector.broadcast(LANES, 1f).div(v).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            FloatVector.broadcast(LANES, 1f).div(v).intoArray(out, oo + i, m);
        }
    }

    static void add(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.add(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.add(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void sub(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.sub(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.sub(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void mul(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.mul(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.mul(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void div(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.div(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.div(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void max(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.max(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.max(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void min(float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i);
            v.min(FloatVector.fromArray(LANES, b, bo + i)).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, a, ao + i, m);
            v.min(FloatVector.fromArray(LANES, b, bo + i, m)).intoArray(out, oo + i, m);
        }
    }

    static void addNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.add(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.add(k).intoArray(out, oo + i, m);
        }
    }

    static void mulNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.mul(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.mul(k).intoArray(out, oo + i, m);
        }
    }

    static void divNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.div(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.div(k).intoArray(out, oo + i, m);
        }
    }

    static void maxNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.max(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.max(k).intoArray(out, oo + i, m);
        }
    }

    static void minNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.min(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.min(k).intoArray(out, oo + i, m);
        }
    }

    static void numberSub(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            k.sub(v).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            k.sub(v).intoArray(out, oo + i, m);
        }
    }

    static void numberDiv(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            k.div(v).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            k.div(v).intoArray(out, oo + i, m);
        }
    }

    static void subNumber(float[] x, int xo, float c, float[] out, int oo, int n) {
        FloatVector k = FloatVector.broadcast(LANES, c);
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i);
            v.sub(k).intoArray(out, oo + i);
        }
        if (i < n) {
            VectorMask<Float> m = LANES.indexInRange(i, n);
            FloatVector v = FloatVector.fromArray(LANES, x, xo + i, m);
            v.sub(k).intoArray(out, oo + i, m);
        }
    }

    static void select(int[] test, int to, float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            VectorMask<Float> yes = IntVector.fromArray(INTS, test, to + i)
                    .compare(VectorOperators.NE, 0)
                    .cast(LANES);
            FloatVector.fromArray(LANES, b, bo + i)
                    .blend(FloatVector.fromArray(LANES, a, ao + i), yes)
                    .intoArray(out, oo + i);
        }
        for (; i < n; i++) {
            out[oo + i] = test[to + i] != 0 ? a[ao + i] : b[bo + i];
        }
    }

    /// Four vectors of columns at a time stay in registers while the rows pass.
    static void accumulateRows(int rows, int step, float[] x, int xo, float[] y, int yo, int n) {
        int i = 0;
        for (; i <= n - 4 * L; i += 4 * L) {
            FloatVector s0 = FloatVector.fromArray(LANES, y, yo + i);
            FloatVector s1 = FloatVector.fromArray(LANES, y, yo + i + L);
            FloatVector s2 = FloatVector.fromArray(LANES, y, yo + i + 2 * L);
            FloatVector s3 = FloatVector.fromArray(LANES, y, yo + i + 3 * L);
            int row = xo + i;
            for (int r = 0; r < rows; r++, row += step) {
                s0 = s0.add(FloatVector.fromArray(LANES, x, row));
                s1 = s1.add(FloatVector.fromArray(LANES, x, row + L));
                s2 = s2.add(FloatVector.fromArray(LANES, x, row + 2 * L));
                s3 = s3.add(FloatVector.fromArray(LANES, x, row + 3 * L));
            }
            s0.intoArray(y, yo + i);
            s1.intoArray(y, yo + i + L);
            s2.intoArray(y, yo + i + 2 * L);
            s3.intoArray(y, yo + i + 3 * L);
        }
        for (int r = 0; r < rows && i < n; r++) {
            add(x, xo + r * step + i, y, yo + i, y, yo + i, n - i);
        }
    }

    /// The sum of each lane, then of all lanes, then of what fills no vector: in the order of a loop that sums what it
    /// makes.
    static float sum(float[] x, int xo, int n) {
        FloatVector sum = FloatVector.zero(LANES);
        int i = 0;
        for (; i <= n - L; i += L) {
            sum = sum.add(FloatVector.fromArray(LANES, x, xo + i));
        }
        return addRest(LaneSum.of(sum), x, xo, i, n);
    }

    static float addRest(float sum, float[] x, int xo, int from, int n) {
        float all = sum;
        for (int i = from; i < n; i++) {
            all += x[xo + i];
        }
        return all;
    }
}
