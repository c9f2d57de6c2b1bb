package dev.linum.simd;

import dev.linum.cpu.Formula;
import dev.linum.cpu.Fun;
import dev.linum.cpu.ScalarKernels;
import dev.linum.cpu.Workers;
import java.lang.foreign.MemorySegment;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The vector twin: the float work that training and inference spend their time on, with the vector unit of the
/// processor.
///
/// What is not here (doubles, rare functions) is inherited from the plain twin, and so is all of it until the JVM has
/// compiled it, see [WarmUp]. Both twins do the same operations in the same order, so their numbers agree bit for bit;
/// only a sum of numbers side by side is taken in another order by the plain twin that runs alone.
public final class VectorKernels extends ScalarKernels {

    /// The only kind of float vectors here. Were there a second one, C2 could not tell in the methods of `FloatVector`,
    /// which all callers share, which of them it has before it; it then keeps them as objects, twenty times slower.
    static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;

    /// Whether there are sixteen registers for vectors, as x86 had before AVX-512, not 32.
    static final boolean FEW_REGISTERS =
            LANES.length() < 16 && List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

    @Override
    public String name() {
        return "vector (" + LANES.length() + " lanes)";
    }

    @Override
    public void unary(Fun f, float[] x, int xo, float[] out, int oo, int n) {
        long code = Samples.unary(f);
        if (code != 0 && WarmUp.isOver(code)) {
            VectorRows.unary(f, x, xo, out, oo, n);
        } else {
            super.unary(f, x, xo, out, oo, n);
        }
    }

    @Override
    public void binary(Fun f, float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        long code = Samples.binary(f);
        if (code != 0 && WarmUp.isOver(code)) {
            VectorRows.binary(f, a, ao, b, bo, out, oo, n);
        } else {
            super.binary(f, a, ao, b, bo, out, oo, n);
        }
    }

    @Override
    public void binaryScalar(Fun f, float[] a, int ao, float b, float[] out, int oo, int n) {
        long code = Samples.binaryScalar(f);
        if (code != 0 && WarmUp.isOver(code)) {
            VectorRows.binaryScalar(f, a, ao, b, out, oo, n);
        } else {
            super.binaryScalar(f, a, ao, b, out, oo, n);
        }
    }

    @Override
    public void scalarBinary(Fun f, float a, float[] b, int bo, float[] out, int oo, int n) {
        long code = Samples.scalarBinary(f);
        if (code != 0 && WarmUp.isOver(code)) {
            VectorRows.scalarBinary(f, a, b, bo, out, oo, n);
        } else {
            super.scalarBinary(f, a, b, bo, out, oo, n);
        }
    }

    @Override
    public void select(int[] condition, int co, float[] a, int ao, float[] b, int bo, float[] out, int oo, int n) {
        if (WarmUp.isOver(1L << Samples.SELECT)) {
            VectorRows.select(condition, co, a, ao, b, bo, out, oo, n);
        } else {
            super.select(condition, co, a, ao, b, bo, out, oo, n);
        }
    }

    @Override
    public void accumulate(float[] x, int xo, float[] y, int yo, int n) {
        binary(Fun.ADD, x, xo, y, yo, y, yo, n);
    }

    @Override
    public void accumulateRows(int rows, int step, float[] x, int xo, float[] y, int yo, int n) {
        if (WarmUp.isOver(1L << Samples.SUM_OF_ROWS)) {
            VectorRows.accumulateRows(rows, step, x, xo, y, yo, n);
        } else {
            super.accumulateRows(rows, step, x, xo, y, yo, n);
        }
    }

    @Override
    public boolean isWritable(Fun f) {
        return VectorLoops.has(f);
    }

    @Override
    public Formula.Loop write(Formula formula) {
        return VectorLoops.of(formula);
    }

    @Override
    public float sum(float[] x, int xo, int n) {
        return WarmUp.isOver(1L << Samples.SUM) ? VectorRows.sum(x, xo, n) : LaneSum.of(x, xo, n);
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
        VectorProduct.multiply(m, n, k, a, ao, aRow, aColumn, b, bo, bRow, bColumn, add, c, co, cRow, workers);
    }

    @Override
    public void multiplyRows(
            int[] rows, int k, int m, int n, float[] a, int ao, float[] b, int bo, float[] c, int co, Workers workers) {
        SomeRows.multiply(rows, k, m, n, a, ao, b, bo, c, co, workers);
    }

    @Override
    public MemorySegment roomForPacked(int k, int n) {
        return Panels.of((long) k * VectorProduct.padded(n));
    }

    @Override
    public void pack(int k, int n, float[] b, int bo, int bRow, int bColumn, MemorySegment packed, Workers workers) {
        VectorProduct.pack(k, n, b, bo, bRow, bColumn, packed, workers);
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
        VectorProduct.multiplyPacked(m, n, k, a, ao, aRow, aColumn, packed, add, c, co, cRow, workers);
    }
}
