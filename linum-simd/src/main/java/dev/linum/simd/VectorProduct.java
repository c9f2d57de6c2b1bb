package dev.linum.simd;

import dev.linum.cpu.Pool;
import dev.linum.cpu.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The packed matrix product of floats.
///
/// ```
///   B packed: panels of two vectors, each panel k rows one after the other, zeros beyond n
///
///        panel 0     panel 1
///       +--------+  +--------+          One tile of C (8 rows, 2 vectors) lives in 16 registers while k runs: for
///     k | v0  v1 |  | v2  v3 |          each k two vectors of B are loaded and each of the 8 numbers of A is
///       +--------+  +--------+          multiplied into both. Nothing of C is read or written in between.
///   A   +--------+  +--------+
///   8   |  tile  |  |  tile  |
///       +--------+  +--------+
/// ```
///
/// B that is used once is packed some panels at a time, a piece of 512 rows of each, whole rows of B after
/// another; then 128 rows of A pass all these pieces before the next ones do, so that both are read from the
/// second-level cache.
///
/// Every element is summed over k in ascending order with one fused multiply-add each, at the edges too, so a
/// row gives the same numbers whatever rows are beside it. (Goto and van de Geijn 2008; Van Zee and van de
/// Geijn, "BLIS", 2015.)
final class VectorProduct {

    static final int PANEL = Panels.WIDTH;
    private static final int ROWS = Column.ROWS;

    /// With fewer columns, copying A would take longer than is saved.
    private static final int WIDE = 4 * PANEL;

    /// A block of A is so many rows and columns, of B so many rows and panels: each a part of the second-level
    /// cache. It holds whole tiles of six rows where there are these.
    static final int HEIGHT = VectorKernels.FEW_REGISTERS ? 120 : 128;

    static final int DEPTH = 512;

    /// If B is no deeper, C is most of what is read and written: a block of A is a few rows, so that C comes row by
    /// row.
    static final int SHALLOW = 128;

    /// With so few rows a block is deeper: less of C is read and written in between.
    private static final int LOW = 32;

    static final int DEEP = 1024;

    static final int PANELS = 32;

    /// So many panels are worth a part of their own.
    static final int WORTH = 16;

    /// From one piece to the next, so that not all begin at the same place of the caches.
    static final int STEP = (DEPTH + 1) * PANEL;

    /// So many multiplications are done before another thread has taken its part of them; if it sleeps, so many.
    private static final long ALONE = 1 << 17;

    private static final long ASLEEP = 1 << 21;

    /// So many rows are multiplied with B as it lies: packing it would take longer.
    private static final int FEW = 3;

    /// Rooms for a block of A, laid out in groups or level.
    static final Pool<float[]> SIDES =
            new Pool<>(() -> new float[Math.max(Side.groups(HEIGHT) * Side.GROUP, Level.size(HEIGHT))]);

    private VectorProduct() {}

    /// Says whether work is done before so many parts of it would be.
    static boolean isAlone(long work, int parts, Workers workers) {
        return workers.size() == 1 || work < (workers.areAwake(parts) ? ALONE : ASLEEP);
    }

    static int padded(int n) {
        return (n + PANEL - 1) / PANEL * PANEL;
    }

    /// Where one of several parts of so many begins.
    static int share(int count, int part, int parts) {
        return (int) ((long) count * part / parts);
    }

    /// Each worker packs some rows of B: those that it also writes if B is made of parameters.
    static void pack(int k, int n, float[] b, int bo, int bRow, int bColumn, MemorySegment packed, Workers workers) {
        int panels = padded(n) / PANEL;
        int most = Math.min(panels, workers.size());
        int parts = isAlone((long) k * n, most, workers) ? 1 : most;
        workers.run(parts, p -> {
            if (bColumn == 1) {
                int row = share(k, p, parts);
                int rows = share(k, p + 1, parts) - row;
                Layout.panels(rows, n, b, bo + row * bRow, bRow, 1, packed, row * PANEL, k * PANEL);
                return;
            }
            int j = share(panels, p, parts) * PANEL;
            int width = Math.min(n, share(panels, p + 1, parts) * PANEL) - j;
            Layout.panels(k, width, b, bo + j * bColumn, bRow, bColumn, packed, j * k, k * PANEL);
        });
    }

    static void multiply(
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
        if (m == 0 || n == 0) {
            return;
        }
        int panels = padded(n) / PANEL;
        boolean alone = isAlone((long) m * n * k, workers.size(), workers);
        if (m <= FEW && bColumn == 1 || k == 0) {
            if (!add) {
                clear(m, n, c, co, cRow);
            }
            int parts = alone ? 1 : Math.min(panels, workers.size());
            workers.run(parts, p -> {
                int j = Math.min(n, share(panels, p, parts) * PANEL);
                int width = Math.min(n, share(panels, p + 1, parts) * PANEL) - j;
                if (WarmUp.isOver(1L << Samples.FEW)) {
                    Few.multiply(m, width, k, a, ao, aRow, aColumn, b, bo + j, bRow, c, co + j, cRow);
                } else {
                    Plain.KERNELS.multiply(
                            m,
                            width,
                            k,
                            a,
                            ao,
                            aRow,
                            aColumn,
                            b,
                            bo + j,
                            bRow,
                            1,
                            true,
                            c,
                            co + j,
                            cRow,
                            Workers.ALONE);
                }
            });
        } else if (!alone && k <= SHALLOW && m >= HEIGHT / 2 * workers.size()) {
            int groups = (m + Side.ROWS - 1) / Side.ROWS;
            int parts = workers.size();
            workers.run(parts, p -> {
                int i = share(groups, p, parts) * Side.ROWS;
                int rows = Math.min(m, share(groups, p + 1, parts) * Side.ROWS) - i;
                packing(
                        0,
                        panels,
                        rows,
                        n,
                        k,
                        a,
                        ao + i * aRow,
                        aRow,
                        aColumn,
                        b,
                        bo,
                        bRow,
                        bColumn,
                        add,
                        c,
                        co + i * cRow,
                        cRow);
            });
        } else if (alone || panels >= 2 * workers.size()) {
            // Each part lays out all of A anew.
            int parts = alone ? 1 : Math.clamp(panels / WORTH, workers.size(), workers.size() * 2);
            workers.run(
                    parts,
                    p -> packing(
                            share(panels, p, parts),
                            share(panels, p + 1, parts),
                            m,
                            n,
                            k,
                            a,
                            ao,
                            aRow,
                            aColumn,
                            b,
                            bo,
                            bRow,
                            bColumn,
                            add,
                            c,
                            co,
                            cRow));
        } else {
            MemorySegment packed = Rooms.take((long) k * padded(n));
            pack(k, n, b, bo, bRow, bColumn, packed, workers);
            multiplyPacked(m, n, k, a, ao, aRow, aColumn, packed, add, c, co, cRow, workers);
            Rooms.leave(packed);
        }
    }

    static void clear(int m, int n, float[] c, int co, int cRow) {
        for (int i = 0; i < m; i++) {
            Arrays.fill(c, co + i * cRow, co + i * cRow + n, 0);
        }
    }

    /// All rows times some panels, a block at a time: pieces of some panels are packed when their turn comes, then some
    /// rows after others pass them.
    private static void packing(
            int first,
            int end,
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
            int cRow) {
        int left = first * PANEL;
        int right = Math.min(n, end * PANEL);
        if (!WarmUp.isOver(code(m, right - left, k, aColumn != 1, DEPTH))) {
            int from = bo + left * bColumn;
            Plain.KERNELS.multiply(
                    m,
                    right - left,
                    k,
                    a,
                    ao,
                    aRow,
                    aColumn,
                    b,
                    from,
                    bRow,
                    bColumn,
                    add,
                    c,
                    co + left,
                    cRow,
                    Workers.ALONE);
            return;
        }
        MemorySegment pieces = Rooms.take(Math.min(PANELS, end - first) * STEP);
        for (int panel = first; panel < end; panel += PANELS) {
            int last = Math.min(end, panel + PANELS);
            for (int p0 = 0; p0 < k; p0 += DEPTH) {
                int depth = Math.min(DEPTH, k - p0);
                int j = panel * PANEL;
                int width = Math.min(n, last * PANEL) - j;
                Layout.panels(depth, width, b, bo + p0 * bRow + j * bColumn, bRow, bColumn, pieces, 0, STEP);
                int from = ao + p0 * aColumn;
                boolean fresh = !add && p0 == 0;
                rows(0, m, width, depth, a, from, aRow, aColumn, pieces, 0, STEP, fresh, c, co + j, cRow);
            }
        }
        Rooms.leave(pieces);
    }

    /// Some rows times pieces of some panels, a block of rows at a time, which stays in cache while the panels pass.
    ///
    /// @param step from one panel's piece to the next's
    private static void rows(
            int i0,
            int i1,
            int width,
            int depth,
            float[] a,
            int ao,
            int aRow,
            int aColumn,
            MemorySegment b,
            int from,
            int step,
            boolean fresh,
            float[] c,
            int co,
            int cRow) {
        int first = 0;
        if (i1 - i0 == 1 && aColumn == 1) {
            int at = ao + i0 * aRow;
            int to = co + i0 * cRow;
            first = OneRow.multiply(width, depth, a, at, b, from, step, fresh, c, to);
        }
        boolean turned = aColumn != 1;
        int few = few(width, turned);
        float[] room = null;
        int height;
        for (int i = i0; i < i1; i += height) {
            height = height(i1 - i, depth, few);
            int row = row(height, width, aRow, turned);
            float[] side = a;
            int at = ao + i * aRow;
            if (row == Column.GROUPS || row == Column.LEVEL) {
                room = room == null ? SIDES.take() : room;
                if (row == Column.GROUPS) {
                    Layout.groups(height, depth, a, at, aRow, aColumn, room, Side.GROUP);
                } else {
                    Level.copy(height, depth, a, at, aRow, room);
                }
                side = room;
                at = 0;
            }
            int left = from + first / PANEL * step;
            int to = co + i * cRow + first;
            Column.multiply(height, width - first, depth, side, at, row, b, left, step, fresh, c, to, cRow);
        }
        if (room != null) {
            SIDES.leave(room);
        }
    }

    /// How a block of A is laid out: where it lies, level, or in groups.
    private static int row(int height, int width, int aRow, boolean turned) {
        if (turned) {
            return Column.GROUPS;
        }
        return width >= WIDE && Level.isFor(height) ? Column.LEVEL : aRow;
    }

    /// What a block of few rows has.
    private static int few(int width, boolean turned) {
        return turned || width >= WIDE ? Side.ROWS : 2 * ROWS;
    }

    /// The tiles of a product of one worker, see [Samples].
    ///
    /// @param most the depth of a block
    static long code(int m, int n, int k, boolean turned, int most) {
        if (m == 1 && !turned) {
            return 1L << Samples.ROW;
        }
        long code = 0;
        for (int j = 0; j < n; j += PANELS * PANEL) {
            int width = Math.min(PANELS * PANEL, n - j);
            for (int p = 0; p < k; p += most) {
                int depth = Math.min(most, k - p);
                int height;
                for (int i = 0; i < m; i += height) {
                    height = height(m - i, depth, few(width, turned));
                    code |= Column.code(height, width, depth, row(height, width, 0, turned));
                }
            }
        }
        return code;
    }

    /// The rows of the next block of A, of so many that are left.
    ///
    /// @param few what a block of few rows has
    static int height(int left, int depth, int few) {
        if (depth > SHALLOW) {
            return Math.min(HEIGHT, left);
        }
        return left < 2 * few ? left : few;
    }

    static void multiplyPacked(
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
        if (m == 0 || n == 0) {
            return;
        }
        if (k == 0) {
            if (!add) {
                clear(m, n, c, co, cRow);
            }
            return;
        }
        int panels = padded(n) / PANEL;
        int blocks = (m + ROWS - 1) / ROWS;
        boolean byPanels = panels >= 4 * workers.size();
        // The fewer the rows, the more handing out parts weighs.
        int most = m <= ROWS ? workers.size() : workers.size() * 2;
        int parts = byPanels ? most : Math.min(blocks, most);
        if (isAlone((long) m * n * k, parts, workers)) {
            part(0, m, 0, panels, n, k, a, ao, aRow, aColumn, packed, add, c, co, cRow);
        } else if (byPanels) {
            workers.run(
                    parts,
                    p -> part(
                            0,
                            m,
                            share(panels, p, parts),
                            share(panels, p + 1, parts),
                            n,
                            k,
                            a,
                            ao,
                            aRow,
                            aColumn,
                            packed,
                            add,
                            c,
                            co,
                            cRow));
        } else {
            workers.run(
                    parts,
                    p -> part(
                            Math.min(m, share(blocks, p, parts) * ROWS),
                            Math.min(m, share(blocks, p + 1, parts) * ROWS),
                            0,
                            panels,
                            n,
                            k,
                            a,
                            ao,
                            aRow,
                            aColumn,
                            packed,
                            add,
                            c,
                            co,
                            cRow));
        }
    }

    /// Some rows times some panels: slices of them deep enough for the second-level cache at a time.
    private static void part(
            int i0,
            int i1,
            int first,
            int end,
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
            int cRow) {
        int left = first * PANEL;
        int right = Math.min(n, end * PANEL);
        int most = aColumn == 1 && i1 - i0 <= LOW ? DEEP : DEPTH;
        if (!WarmUp.isOver(code(i1 - i0, right - left, k, aColumn != 1, most))) {
            int at = ao + i0 * aRow;
            int to = co + i0 * cRow + left;
            Plain.multiplyPacked(
                    i1 - i0, right - left, k, a, at, aRow, aColumn, packed, left * k, k * PANEL, add, c, to, cRow);
            return;
        }
        for (int panel = first; panel < end; panel += PANELS) {
            int j = panel * PANEL;
            int width = Math.min(n, Math.min(end, panel + PANELS) * PANEL) - j;
            for (int p0 = 0; p0 < k; p0 += most) {
                int depth = Math.min(most, k - p0);
                int from = j * k + p0 * PANEL;
                boolean fresh = !add && p0 == 0;
                int at = ao + p0 * aColumn;
                rows(i0, i1, width, depth, a, at, aRow, aColumn, packed, from, k * PANEL, fresh, c, co + j, cRow);
            }
        }
    }
}
