package dev.linum.cpu;

import java.util.Arrays;

/// Copies a grid between two layouts: transposition, slices, reversal, padding and repetition are all this one loop.
final class Strided {

    private Strided() {}

    /// Returns the distance between neighbours along each axis of a row-major shape.
    static int[] strides(int[] dims) {
        var strides = new int[dims.length];
        int step = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= dims[i];
        }
        return strides;
    }

    /// A copy of `dims` elements, read and written with strides, shifted by fixed offsets.
    record Copy(int[] dims, int[] from, int fromOffset, int[] to, int toOffset) {

        /// Drops axes of size 1 and joins neighbours that are consecutive on both sides.
        static Copy of(int[] dims, int[] from, int fromOffset, int[] to, int toOffset) {
            var d = new int[dims.length];
            var f = new int[dims.length];
            var t = new int[dims.length];
            int n = 0;
            for (int i = 0; i < dims.length; i++) {
                if (dims[i] == 1) {
                    continue;
                }
                if (n > 0 && f[n - 1] == from[i] * dims[i] && t[n - 1] == to[i] * dims[i]) {
                    d[n - 1] *= dims[i];
                } else {
                    d[n++] = dims[i];
                }
                f[n - 1] = from[i];
                t[n - 1] = to[i];
            }
            return new Copy(Arrays.copyOf(d, n), Arrays.copyOf(f, n), fromOffset, Arrays.copyOf(t, n), toOffset);
        }

        void run(Object source, int at, Object target, int to) {
            run(0, source, at + fromOffset, target, to + toOffset);
        }

        private void run(int axis, Object source, int at, Object target, int to) {
            if (axis == dims.length) {
                System.arraycopy(source, at, target, to, 1);
            } else if (axis == dims.length - 1) {
                inner(dims[axis], source, at, from[axis], target, to, this.to[axis]);
            } else {
                for (int i = 0; i < dims[axis]; i++) {
                    run(axis + 1, source, at + i * from[axis], target, to + i * this.to[axis]);
                }
            }
        }
    }

    private static void inner(int n, Object source, int at, int by, Object target, int to, int toBy) {
        if (by == 1 && toBy == 1) {
            System.arraycopy(source, at, target, to, n);
            return;
        }
        switch (source) {
            case float[] s -> {
                var t = (float[]) target;
                for (int i = 0; i < n; i++) {
                    t[to + i * toBy] = s[at + i * by];
                }
            }
            case double[] s -> {
                var t = (double[]) target;
                for (int i = 0; i < n; i++) {
                    t[to + i * toBy] = s[at + i * by];
                }
            }
            default -> {
                var s = (int[]) source;
                var t = (int[]) target;
                for (int i = 0; i < n; i++) {
                    t[to + i * toBy] = s[at + i * by];
                }
            }
        }
    }
}
