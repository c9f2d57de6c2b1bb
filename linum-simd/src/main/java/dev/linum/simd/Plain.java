package dev.linum.simd;

import dev.linum.cpu.Pool;
import dev.linum.cpu.ScalarKernels;
import dev.linum.cpu.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One worker's part of a product by the plain twin, while its tiles are not compiled; see [WarmUp].
///
/// Of a B that is packed, a block at a time is copied into an array: where nothing is ever compiled to vectors, each
/// product of a program comes here.
final class Plain {

    private static final int PANEL = Panels.WIDTH;
    static final ScalarKernels KERNELS = new ScalarKernels();

    /// The rows and columns of a block of B, as the plain product has them, too.
    private static final int DEPTH = 64;

    private static final int WIDTH = 512;

    /// A block of B, and a piece of a panel.
    private record Block(float[] b, float[] panel) {

        Block() {
            this(new float[DEPTH * WIDTH], new float[DEPTH * PANEL]);
        }

        void unpack(int depth, int width, MemorySegment packed, int from, int step) {
            for (int j = 0; j < width; j += PANEL) {
                long place = (long) (from + j / PANEL * step) * Float.BYTES;
                MemorySegment.copy(packed, ValueLayout.JAVA_FLOAT, place, panel, 0, depth * PANEL);
                int columns = Math.min(PANEL, width - j);
                for (int p = 0; p < depth; p++) {
                    System.arraycopy(panel, p * PANEL, b, p * width + j, columns);
                }
            }
        }
    }

    private static final Pool<Block> BLOCKS = new Pool<>(Block::new);

    private Plain() {}

    /// With some panels of a packed B, `step` numbers from each other.
    static void multiplyPacked(
            int m,
            int n,
            int k,
            float[] a,
            int ao,
            int aRow,
            int aColumn,
            MemorySegment packed,
            int from,
            int step,
            boolean add,
            float[] c,
            int co,
            int cRow) {
        Block block = BLOCKS.take();
        for (int j = 0; j < n; j += WIDTH) {
            int width = Math.min(WIDTH, n - j);
            for (int p = 0; p < k; p += DEPTH) {
                int depth = Math.min(DEPTH, k - p);
                block.unpack(depth, width, packed, from + j / PANEL * step + p * PANEL, step);
                boolean more = add || p > 0;
                int at = ao + p * aColumn;
                KERNELS.multiply(
                        m,
                        width,
                        depth,
                        a,
                        at,
                        aRow,
                        aColumn,
                        block.b,
                        0,
                        width,
                        1,
                        more,
                        c,
                        co + j,
                        cRow,
                        Workers.ALONE);
            }
        }
        BLOCKS.leave(block);
    }
}
