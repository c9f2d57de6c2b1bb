package dev.linum.simd;

import dev.linum.cpu.Workers;
import java.lang.foreign.MemorySegment;

/// The product `C = A' B` summed over some rows of both, such as those of real steps.
///
/// Both are laid out for the tiles of a [VectorProduct] anyway, B in panels and A in groups; rows that do not count are
/// passed over then.
///
/// ```
///   A, B       row 0  x x x x x x        laid out   row 0
///              row 1  x x x x x x                   row 1
///              row 2  (padding)                     row 3
///              row 3  x x x x x x                   ...
/// ```
final class SomeRows {

    private SomeRows() {}

    /// @param rows the rows of A and B to sum over
    /// @param k how many these are
    static void multiply(
            int[] rows, int k, int m, int n, float[] a, int ao, float[] b, int bo, float[] c, int co, Workers workers) {
        if (k == 0) {
            VectorProduct.clear(m, n, c, co, n);
            return;
        }
        int panels = VectorProduct.padded(n) / VectorProduct.PANEL;
        int groups = (m + Side.ROWS - 1) / Side.ROWS;
        int most = workers.size();
        if (VectorProduct.isAlone((long) m * n * k, most, workers)) {
            part(rows, k, 0, m, 0, panels, m, n, a, ao, b, bo, c, co);
        } else if (k > VectorProduct.SHALLOW && panels >= 2 * most) {
            int parts = Math.clamp(panels / VectorProduct.WORTH, most, most * 2);
            workers.run(parts, p -> {
                int first = VectorProduct.share(panels, p, parts);
                part(rows, k, 0, m, first, VectorProduct.share(panels, p + 1, parts), m, n, a, ao, b, bo, c, co);
            });
        } else {
            int parts = Math.min(groups, most);
            workers.run(parts, p -> {
                int first = VectorProduct.share(groups, p, parts) * Side.ROWS;
                int end = Math.min(m, VectorProduct.share(groups, p + 1, parts) * Side.ROWS);
                part(rows, k, first, end, 0, panels, m, n, a, ao, b, bo, c, co);
            });
        }
    }

    /// Some rows of C, some panels.
    private static void part(
            int[] rows,
            int k,
            int i0,
            int i1,
            int first,
            int end,
            int m,
            int n,
            float[] a,
            int ao,
            float[] b,
            int bo,
            float[] c,
            int co) {
        int j = first * VectorProduct.PANEL;
        int width = Math.min(n, end * VectorProduct.PANEL) - j;
        if (!WarmUp.isOver(VectorProduct.code(i1 - i0, width, k, true, VectorProduct.DEPTH))) {
            int to = co + i0 * n + j;
            Plain.KERNELS.multiplyRows(rows, k, i1 - i0, width, a, ao + i0, m, b, bo + j, n, c, to, n, Workers.ALONE);
            return;
        }
        int step = VectorProduct.STEP;
        int group = Side.GROUP;
        MemorySegment pieces = Rooms.take(Math.min(VectorProduct.PANELS, end - first) * step);
        float[] turned = VectorProduct.SIDES.take();
        for (int panel = first; panel < end; panel += VectorProduct.PANELS) {
            int left = panel * VectorProduct.PANEL;
            int right = Math.min(n, Math.min(end, panel + VectorProduct.PANELS) * VectorProduct.PANEL);
            for (int p = 0; p < k; p += VectorProduct.DEPTH) {
                int depth = Math.min(VectorProduct.DEPTH, k - p);
                Layout.panels(rows, p, depth, right - left, b, bo + left, n, pieces, step);
                int height;
                for (int i = i0; i < i1; i += height) {
                    height = VectorProduct.height(i1 - i, depth, Side.ROWS);
                    Layout.groups(rows, p, height, depth, a, ao + i, m, turned, group);
                    int to = co + i * n + left;
                    Column.multiply(
                            height, right - left, depth, turned, 0, Column.GROUPS, pieces, 0, step, p == 0, c, to, n);
                }
            }
        }
        Rooms.leave(pieces);
        VectorProduct.SIDES.leave(turned);
    }
}
