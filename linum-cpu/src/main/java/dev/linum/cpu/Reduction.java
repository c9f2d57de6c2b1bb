package dev.linum.cpu;

import dev.linum.graph.Op;
import java.util.Arrays;

/// Sums and maxima over any axes: the input is read in its own order, row by row, and each row goes to where it
/// belongs.
record Reduction(Op.Reduce.Kind kind, int[] dims, int[] outStrides, int count) {

    static Reduction of(Op.Reduce op, int[] given) {
        if (given.length > 2 && op.axes().contains(0) && op.axes().contains(1)) {
            // Two axes that are both reduced are one.
            int[] joined = Arrays.copyOfRange(given, 1, given.length);
            joined[0] *= given[0];
            var axes = op.axes().stream()
                    .filter(axis -> axis > 0)
                    .map(axis -> axis - 1)
                    .toList();
            return of(new Op.Reduce(op.kind(), axes), joined);
        }
        return strided(op, given);
    }

    private static Reduction strided(Op.Reduce op, int[] dims) {
        var kept = new int[dims.length];
        var reduced = new boolean[dims.length];
        op.axes().forEach(axis -> reduced[axis] = true);
        int step = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            kept[i] = reduced[i] ? 0 : step;
            step *= reduced[i] ? 1 : dims[i];
        }
        return new Reduction(op.kind(), dims, kept, step);
    }

    /// The size of the last axis if it is kept, so that its parts can be reduced by themselves; else 1.
    int columns() {
        int last = dims.length - 1;
        return dims.length > 0 && outStrides[last] != 0 ? dims[last] : 1;
    }

    void run(Kernels kernels, Object in, int at, Object out, int to) {
        part(kernels, in, at, out, to, 0, 1);
    }

    /// Reduces the columns of one of several workers.
    void part(Kernels kernels, Object in, int at, Object out, int to, int index, int parts) {
        boolean sum = kind == Op.Reduce.Kind.SUM;
        int columns = columns();
        int first = (int) ((long) columns * index / parts);
        int end = (int) ((long) columns * (index + 1) / parts);
        for (int row = to; row < to + count; row += columns) {
            switch (out) {
                case float[] o -> Arrays.fill(o, row + first, row + end, sum ? 0 : Float.NEGATIVE_INFINITY);
                case double[] o -> Arrays.fill(o, row + first, row + end, sum ? 0 : Double.NEGATIVE_INFINITY);
                default -> Arrays.fill((int[]) out, row + first, row + end, sum ? 0 : Integer.MIN_VALUE);
            }
        }
        rows(0, kernels, in, at, out, to, first, end);
    }

    private int rows(int axis, Kernels kernels, Object in, int at, Object out, int to, int first, int end) {
        if (axis >= dims.length - 1) {
            int n = dims.length == 0 ? 1 : dims[axis];
            boolean whole = dims.length == 0 || outStrides[axis] == 0;
            row(kernels, in, whole ? at : at + first, out, to + first, whole ? n : end - first, whole);
            return at + n;
        }
        if (axis == dims.length - 2
                && outStrides[axis] == 0
                && outStrides[axis + 1] != 0
                && kind == Op.Reduce.Kind.SUM
                && in instanceof float[] x) {
            int row = dims[axis + 1];
            kernels.accumulateRows(dims[axis], row, x, at + first, (float[]) out, to + first, end - first);
            return at + dims[axis] * row;
        }
        int from = at;
        for (int i = 0; i < dims[axis]; i++) {
            from = rows(axis + 1, kernels, in, from, out, to + i * outStrides[axis], first, end);
        }
        return from;
    }

    /// A long sum by halves: added one after the other, millions of floats would lose what is small beside their sum.
    private static float sum(Kernels kernels, float[] x, int at, int n) {
        if (n <= RowProgram.WIDEST) {
            return kernels.sum(x, at, n);
        }
        int half = n / 2;
        return sum(kernels, x, at, half) + sum(kernels, x, at + half, n - half);
    }

    private void row(Kernels kernels, Object in, int at, Object out, int to, int n, boolean whole) {
        boolean sum = kind == Op.Reduce.Kind.SUM;
        switch (in) {
            case float[] x -> {
                var o = (float[]) out;
                if (whole) {
                    o[to] = sum ? o[to] + sum(kernels, x, at, n) : Math.max(o[to], kernels.max(x, at, n));
                } else if (sum) {
                    kernels.accumulate(x, at, o, to, n);
                } else {
                    kernels.binary(Fun.MAX, o, to, x, at, o, to, n);
                }
            }
            case double[] x -> {
                var o = (double[]) out;
                if (whole) {
                    o[to] = sum ? o[to] + kernels.sum(x, at, n) : Math.max(o[to], kernels.max(x, at, n));
                } else if (sum) {
                    kernels.accumulate(x, at, o, to, n);
                } else {
                    kernels.binary(Fun.MAX, o, to, x, at, o, to, n);
                }
            }
            default -> {
                var x = (int[]) in;
                var o = (int[]) out;
                for (int i = 0; i < n; i++) {
                    int place = whole ? to : to + i;
                    o[place] = sum ? o[place] + x[at + i] : Math.max(o[place], x[at + i]);
                }
            }
        }
    }

    /// The index of the largest along the middle axis of `[outer, size, inner]`; the first NaN counts as the
    /// largest.
    static void argMax(Object in, int at, int outer, int size, int inner, int[] out, int to) {
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                int first = at + o * size * inner + i;
                int best = 0;
                double most = get(in, first);
                for (int s = 1; s < size && !Double.isNaN(most); s++) {
                    double v = get(in, first + s * inner);
                    if (v > most || Double.isNaN(v)) {
                        most = v;
                        best = s;
                    }
                }
                out[to + o * inner + i] = best;
            }
        }
    }

    private static double get(Object in, int at) {
        return switch (in) {
            case float[] f -> f[at];
            case double[] d -> d[at];
            default -> ((int[]) in)[at];
        };
    }
}
