package dev.linum.simd;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.linum.cpu.Fun;
import dev.linum.cpu.NoThread;
import dev.linum.cpu.ScalarKernels;
import dev.linum.cpu.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is computed while vector code is not compiled yet, and that it comes to be.
class WarmUpTest {

    private static final int TURNS = 3000;

    private final ScalarKernels scalar = new ScalarKernels();

    private static float[] numbers(int seed, int n) {
        var random = new Random(seed);
        var data = new float[n];
        for (int i = 0; i < n; i++) {
            data[i] = random.nextFloat() * 2 - 1;
        }
        return data;
    }

    /// Else some products would stay with the plain twin for good, and nobody would know.
    @Test
    void allVectorCodeComesToBeCompiled() throws InterruptedException {
        var warmUp = new WarmUp();
        List<Integer> left = new ArrayList<>();
        for (int code = 0; code < Long.SIZE; code++) {
            if (Samples.has(code)) {
                left.add(code);
            }
        }
        assertThat(left).hasSize(VectorKernels.FEW_REGISTERS ? 38 : 44);
        for (int turn = 0; turn < TURNS && !left.isEmpty(); turn++) {
            left.removeIf(warmUp::isFast);
            Thread.sleep(1);
        }
        assertThat(left).as("not fast").isEmpty();
    }

    @Test
    void productsAreTheSameNumbersBeforeAndAfter() {
        int n = 5 * Panels.WIDTH + 1;
        int k = 71;
        var vector = new VectorKernels();
        float[] b = numbers(1, k * n);
        MemorySegment packed = vector.roomForPacked(k, n);
        vector.pack(k, n, b, 0, n, 1, packed, Workers.ALONE);
        long code = 0;
        int rounds = 0;
        do {
            for (int m = 1; m <= 26; m++) {
                float[] a = numbers(m, m * k);
                float[] expected = new float[m * n];
                float[] found = numbers(2, m * n);
                scalar.multiply(m, n, k, a, 0, k, 1, b, 0, n, 1, false, expected, 0, n, Workers.ALONE);
                vector.multiplyPacked(m, n, k, a, 0, k, 1, packed, false, found, 0, n, Workers.ALONE);
                assertThat(found).isEqualTo(expected);
                scalar.multiply(m, n, k, a, 0, 1, m, b, 0, n, 1, true, expected, 0, n, Workers.ALONE);
                vector.multiply(m, n, k, a, 0, 1, m, b, 0, n, 1, true, found, 0, n, Workers.ALONE);
                assertThat(found).isEqualTo(expected);
                code |= VectorProduct.code(m, n, k, false, VectorProduct.DEEP)
                        | VectorProduct.code(m, n, k, true, VectorProduct.DEPTH);
            }
        } while (!WarmUp.isOver(code) && rounds++ < 2000);
        assertThat(WarmUp.isOver(code)).isTrue();
    }

    @Test
    @Timeout(300)
    void itIsTriedAgainIfNoThreadCouldBeStarted() throws InterruptedException {
        // Nothing has this bit, so nobody else asks for it.
        long code = 1L << Long.SIZE - 1;
        NoThread.during(() -> WarmUp.isOver(code));
        while (!WarmUp.isOver(code)) {
            Thread.sleep(50);
        }
    }

    @Test
    void functionsWithoutVectorCodeAreNotWaitedFor() {
        assertThat(Samples.unary(Fun.LOG1P)).isZero();
        assertThat(Samples.binary(Fun.POW)).isZero();
        assertThat(Samples.unary(Fun.ADD)).isZero();
        assertThat(Samples.unary(Fun.TANH)).isNotZero().isNotEqualTo(Samples.unary(Fun.EXP));
    }

    @Test
    void plainPartsOfProductsAreTheSameNumbers() {
        plainParts(5, 37);
        plainParts(3, 150);
    }

    private void plainParts(int m, int k) {
        for (int n : new int[] {3, 2 * Panels.WIDTH, 3 * Panels.WIDTH + 7, 1030}) {
            float[] a = numbers(1, m * k + 3);
            float[] b = numbers(2, k * n + 5);
            for (boolean add : new boolean[] {false, true}) {
                float[] expected = numbers(3, m * n + 2);
                float[] packed = expected.clone();
                float[] turned = expected.clone();
                scalar.multiply(m, n, k, a, 3, k, 1, b, 5, n, 1, add, expected, 2, n, Workers.ALONE);
                int step = k * Panels.WIDTH;
                MemorySegment panels = Panels.of(VectorProduct.padded(n) * k + 11);
                Layout.panels(k, n, b, 5, n, 1, panels, 11, step);
                Plain.multiplyPacked(m, n, k, a, 3, k, 1, panels, 11, step, add, packed, 2, n);
                assertThat(packed).isEqualTo(expected);

                float[] other = new float[k * n];
                for (int p = 0; p < k; p++) {
                    for (int j = 0; j < n; j++) {
                        other[j * k + p] = b[5 + p * n + j];
                    }
                }
                scalar.multiply(m, n, k, a, 3, k, 1, other, 0, 1, k, add, turned, 2, n, Workers.ALONE);
                assertThat(turned).isEqualTo(expected);
            }
        }
    }

    @Test
    void aPackedMatrixIsNotCopiedAsAWhole() {
        int n = 16 * Panels.WIDTH;
        int k = 1000;
        MemorySegment packed = Panels.of((long) n * k);
        float[] a = new float[k];
        float[] c = new float[n];
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = 0;
        for (int run = 0; run < 2; run++) {
            before = threads.getCurrentThreadAllocatedBytes();
            Plain.multiplyPacked(1, n, k, a, 0, k, 1, packed, 0, k * Panels.WIDTH, false, c, 0, n);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan((long) n * k);
    }

    @Test
    void plainProductsOfSomeRowsAreTheSameNumbers() {
        int m = 7;
        int n = 19;
        int[] rows = IntStream.range(0, 23).filter(i -> i % 3 != 1).toArray();
        float[] a = numbers(4, 23 * 9);
        float[] b = numbers(5, 23 * 20);
        float[] expected = new float[m * n];
        for (int row : rows) {
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    expected[i * n + j] = Math.fma(a[1 + row * 9 + i], b[row * 20 + j], expected[i * n + j]);
                }
            }
        }
        float[] found = numbers(6, m * n);
        Plain.KERNELS.multiplyRows(rows, rows.length, m, n, a, 1, 9, b, 0, 20, found, 0, n, Workers.ALONE);
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void sumsWithoutVectorsAreTheSameNumbers() {
        for (int n : new int[] {0, 1, 15, 16, 17, 100, 257}) {
            float[] x = numbers(n, n + 3);
            assertThat(LaneSum.of(x, 3, n)).isEqualTo(VectorRows.sum(x, 3, n));
        }
    }
}
