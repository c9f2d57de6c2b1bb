package dev.linum.cpu;

import java.lang.foreign.MemorySegment;

/// The inner loops, once as plain Java ([ScalarKernels]) and once with vectors (`dev.linum.simd`): the two twins.
///
/// Every method works on `n` consecutive elements of arrays from the offsets given, keeps no state and, but for
/// [#roomForPacked] and what runs before it is compiled, allocates nothing, so one instance serves all threads. An
/// output may be the same range as an input, never a shifted one. Each row of a product is summed in the same order
/// however many rows there are: a sequence in a batch gets exactly the numbers it would get alone.
public interface Kernels {

    /// For messages: "scalar", or "vector (16 lanes)".
    String name();

    // ---- element-wise, float

    void unary(Fun f, float[] x, int xo, float[] out, int oo, int n);

    void binary(Fun f, float[] a, int ao, float[] b, int bo, float[] out, int oo, int n);

    /// The right operand is one number.
    void binaryScalar(Fun f, float[] a, int ao, float b, float[] out, int oo, int n);

    /// The left operand is one number.
    void scalarBinary(Fun f, float a, float[] b, int bo, float[] out, int oo, int n);

    /// `out = condition != 0 ? a : b`.
    void select(int[] condition, int co, float[] a, int ao, float[] b, int bo, float[] out, int oo, int n);

    /// `y += x`.
    void accumulate(float[] x, int xo, float[] y, int yo, int n);

    /// Adds so many rows of x, `step` numbers from each other, to y, one after the other.
    default void accumulateRows(int rows, int step, float[] x, int xo, float[] y, int yo, int n) {
        for (int r = 0; r < rows; r++) {
            accumulate(x, xo + r * step, y, yo, n);
        }
    }

    float sum(float[] x, int xo, int n);

    /// The largest; NaN if there is one.
    float max(float[] x, int xo, int n);

    /// Says whether [#write] can write loops with a function in them.
    default boolean isWritable(Fun f) {
        return false;
    }

    /// Writes a loop that gives the same numbers as the functions of a formula one by one.
    ///
    /// @throws UnsupportedOperationException if one of them is not writable
    default Formula.Loop write(Formula formula) {
        throw new UnsupportedOperationException(name() + " kernels write no loops");
    }

    // ---- element-wise, double

    void unary(Fun f, double[] x, int xo, double[] out, int oo, int n);

    void binary(Fun f, double[] a, int ao, double[] b, int bo, double[] out, int oo, int n);

    void binaryScalar(Fun f, double[] a, int ao, double b, double[] out, int oo, int n);

    void scalarBinary(Fun f, double a, double[] b, int bo, double[] out, int oo, int n);

    void select(int[] condition, int co, double[] a, int ao, double[] b, int bo, double[] out, int oo, int n);

    void accumulate(double[] x, int xo, double[] y, int yo, int n);

    double sum(double[] x, int xo, int n);

    double max(double[] x, int xo, int n);

    // ---- matrix products

    /// `C = A B`, or `C += A B` with `add`: `A [m, k]`, `B [k, n]`, `C [m, n]`.
    ///
    /// Element (i, j) of a matrix lies at `offset + i * rowStride + j * columnStride`, so a transposed operand is
    /// two strides exchanged. C's columns are consecutive. The work is shared among `workers`.
    void multiply(
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
            Workers workers);

    void multiply(
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
            Workers workers);

    /// `C = A' B`, summed over some rows of both: `A [?, m]`, `B [?, n]`, `C [m, n]`, each without gaps.
    ///
    /// @param rows the rows to sum over, in their order
    /// @param k how many these are
    void multiplyRows(
            int[] rows, int k, int m, int n, float[] a, int ao, float[] b, int bo, float[] c, int co, Workers workers);

    /// Makes room for a `B [k, n]` that is packed, of a layout that these kernels alone know.
    MemorySegment roomForPacked(int k, int n);

    /// Lays out `B [k, n]` as [#multiplyPacked] reads it; done once before a loop in which B does not change.
    void pack(int k, int n, float[] b, int bo, int bRow, int bColumn, MemorySegment packed, Workers workers);

    /// [#multiply] with a packed B.
    void multiplyPacked(
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
            Workers workers);
}
