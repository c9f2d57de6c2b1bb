package dev.linum.simd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.cpu.Fun;
import dev.linum.cpu.ScalarKernels;
import dev.linum.cpu.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The vector twin against the plain one.
class TwinsTest {

    private static final int[] SIZES = {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 257};

    private final ScalarKernels scalar = new ScalarKernels();
    private final VectorKernels vector = new VectorKernels();

    /// Runs parts in an order that nobody would choose.
    private static final class Backwards implements Workers {
        @Override
        public int size() {
            return 3;
        }

        @Override
        public void run(int parts, Part part) {
            for (int i = parts - 1; i >= 0; i--) {
                part.run(i);
            }
        }
    }

    private static float[] numbers(int seed, int n, float scale) {
        var random = new Random(seed);
        var data = new float[n];
        for (int i = 0; i < n; i++) {
            data[i] = (random.nextFloat() * 2 - 1) * scale;
        }
        return data;
    }

    @ParameterizedTest
    @EnumSource(names = {"EXP", "TANH", "SIGMOID", "NEG", "ABS", "SQRT", "RECIPROCAL"})
    void functionsAreTheSameNumbers(Fun f) {
        for (int n : SIZES) {
            for (float scale : new float[] {1e-6f, 0.9f, 12, 100}) {
                float[] x = numbers(n, n + 3, scale);
                var a = new float[n + 5];
                var b = new float[n + 5];
                scalar.unary(f, x, 3, a, 2, n);
                vector.unary(f, x, 3, b, 2, n);
                assertThat(b).isEqualTo(a);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ADD", "SUB", "MUL", "DIV", "MAX", "MIN"})
    void functionsOfTwoAreTheSameNumbers(Fun f) {
        for (int n : SIZES) {
            float[] x = numbers(n, n + 3, 2);
            float[] y = numbers(n + 1, n + 4, 2);
            x[0] = Float.NaN;
            var a = new float[n + 5];
            var b = new float[n + 5];
            scalar.binary(f, x, 3, y, 4, a, 2, n);
            vector.binary(f, x, 3, y, 4, b, 2, n);
            assertThat(b).isEqualTo(a);
            scalar.binaryScalar(f, x, 0, 0.7f, a, 2, n);
            vector.binaryScalar(f, x, 0, 0.7f, b, 2, n);
            assertThat(b).isEqualTo(a);
            scalar.scalarBinary(f, 0.7f, x, 0, a, 2, n);
            vector.scalarBinary(f, 0.7f, x, 0, b, 2, n);
            assertThat(b).isEqualTo(a);
        }
    }

    @Test
    void choosingAndSummingAgree() {
        for (int n : SIZES) {
            float[] x = numbers(n, n + 3, 2);
            float[] y = numbers(n + 1, n + 4, 2);
            var test = new int[n + 1];
            for (int i = 0; i < test.length; i++) {
                test[i] = i * 7 % 3 - 1;
            }
            var a = new float[n + 5];
            var b = new float[n + 5];
            scalar.select(test, 1, x, 3, y, 4, a, 2, n);
            vector.select(test, 1, x, 3, y, 4, b, 2, n);
            assertThat(b).isEqualTo(a);
            scalar.accumulate(x, 3, a, 2, n);
            vector.accumulate(x, 3, b, 2, n);
            assertThat(b).isEqualTo(a);
            assertThat(vector.sum(x, 3, n)).isCloseTo(scalar.sum(x, 3, n), Offset.offset(1e-4f));
        }
    }

    /// The first runs are interpreted, the last ones compiled.
    @Test
    void theSameNumbersComeOutBeforeAndAfterTheyAreCompiled() {
        float[] x = numbers(5, 1000, 9);
        float[] first = everything(x);
        for (int i = 0; i < 3000; i++) {
            everything(x);
        }
        assertThat(everything(x)).isEqualTo(first);
    }

    private float[] everything(float[] x) {
        int n = x.length;
        var all = new float[3 * n + 1];
        vector.unary(Fun.EXP, x, 0, all, 0, n);
        vector.unary(Fun.TANH, x, 0, all, n, n);
        vector.unary(Fun.SIGMOID, x, 0, all, 2 * n, n);
        all[3 * n] = vector.sum(x, 0, n);
        return all;
    }

    @Test
    void specialValuesAreThoseOfMath() {
        float inf = Float.POSITIVE_INFINITY;
        float[] x = {0, -0f, inf, -inf, Float.NaN, 88.5f, -87, -103, 200, -200, Float.MIN_VALUE, 1e30f, -1e30f};
        for (Fun f : new Fun[] {Fun.EXP, Fun.TANH, Fun.SIGMOID}) {
            var a = new float[x.length];
            var b = new float[x.length];
            vector.unary(f, x, 0, b, 0, x.length);
            for (int i = 0; i < x.length; i++) {
                a[i] = (float)
                        switch (f) {
                            case EXP -> Math.exp(x[i]);
                            case TANH -> Math.tanh(x[i]);
                            default -> 1 / (1 + Math.exp(-x[i]));
                        };
                if (Float.isNaN(a[i]) || Float.isInfinite(a[i])) {
                    assertThat(Float.compare(b[i], a[i])).as("%s(%s)", f, x[i]).isZero();
                } else {
                    assertThat(b[i])
                            .as("%s(%s)", f, x[i])
                            .isCloseTo(a[i], Offset.offset(Math.max(4 * Math.ulp(a[i]), 2e-38f)));
                }
            }
        }
    }

    @Test
    void productsAreTheSameNumbers() {
        for (int m : new int[] {0, 1, 3, 8, 9, 17, 40}) {
            for (int n : new int[] {0, 1, 15, 32, 33, 100}) {
                for (int k : new int[] {0, 1, 7, 64, 300}) {
                    product(m, n, k, false, false);
                    product(m, n, k, true, false);
                    product(m, n, k, false, true);
                }
            }
        }
        product(70, 300, 80, false, true);
        product(200, 20, 300, true, true);
        // Deeper than a block, with few rows and with more.
        product(12, 70, 1100, false, false);
        product(40, 33, 1100, false, true);
        product(150, 70, 600, true, false);
        // So shallow that workers share the rows.
        product(150, 70, 80, true, false);
        product(150, 70, 80, false, true);
    }

    @Test
    void productsOfAllTilesAreTheSameNumbers() {
        int[] heights = IntStream.concat(IntStream.rangeClosed(1, 25), IntStream.of(31, 32, 33, 35, 128, 139))
                .toArray();
        for (int m : heights) {
            for (int n : new int[] {127, 128, 140}) {
                for (int k : new int[] {1, 2, 129, 1100}) {
                    product(m, n, k, false, false);
                    product(m, n, k, true, false);
                }
            }
        }
    }

    @Test
    void productsWithMatricesThatFillTheCacheAreTheSameNumbers() {
        for (int m : new int[] {10, 11, 12, 16, 17, 19, 28}) {
            product(m, 1060, 260, false, false);
            product(m, 1060, 259, true, false);
        }
    }

    @Test
    void rowsAndColumnsMayLieApart() {
        int m = 45;
        int n = 40;
        int k = 150;
        float[] a = numbers(1, 2 * m * k, 1);
        float[] b = numbers(2, 3 * k * n, 1);
        var expected = new float[m * n];
        var found = new float[m * n];
        scalar.multiply(m, n, k, a, 0, 2 * k, 2, b, 0, 3 * n, 3, false, expected, 0, n, Workers.ALONE);
        vector.multiply(m, n, k, a, 0, 2 * k, 2, b, 0, 3 * n, 3, false, found, 0, n, new Backwards());
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void sumsOverSomeRowsAreThoseOfTheseRowsAlone() {
        for (int m : new int[] {1, 8, 11, 12, 15, 17, 23, 40, 150}) {
            for (int n : new int[] {1, 33, 128, 140}) {
                for (int k : new int[] {0, 1, 70, 600}) {
                    someRows(m, n, k);
                }
            }
        }
    }

    private void someRows(int m, int n, int k) {
        int[] rows = IntStream.range(0, k + 1).map(p -> 2 * p + p / 3).toArray();
        int height = rows[k] + 1;
        float[] a = numbers(1, height * m + 1, 1);
        float[] b = numbers(2, height * n + 2, 1);
        var left = new float[k * m];
        var right = new float[k * n];
        for (int p = 0; p < k; p++) {
            System.arraycopy(a, 1 + rows[p] * m, left, p * m, m);
            System.arraycopy(b, 2 + rows[p] * n, right, p * n, n);
        }
        float[] expected = numbers(3, m * n + 4, 1);
        float[] plain = expected.clone();
        float[] alone = expected.clone();
        float[] shared = expected.clone();
        scalar.multiply(m, n, k, left, 0, 1, m, right, 0, n, 1, false, expected, 3, n, Workers.ALONE);
        scalar.multiplyRows(rows, k, m, n, a, 1, b, 2, plain, 3, Workers.ALONE);
        vector.multiplyRows(rows, k, m, n, a, 1, b, 2, alone, 3, Workers.ALONE);
        vector.multiplyRows(rows, k, m, n, a, 1, b, 2, shared, 3, new Backwards());
        assertThat(plain).as("%s x %s x %s", m, k, n).isEqualTo(expected);
        assertThat(alone).as("%s x %s x %s", m, k, n).isEqualTo(expected);
        assertThat(shared).as("%s x %s x %s", m, k, n).isEqualTo(expected);
    }

    private void product(int m, int n, int k, boolean left, boolean right) {
        float[] a = numbers(1, m * k + 1, 1);
        float[] b = numbers(2, k * n + 2, 1);
        int aRow = left ? 1 : k;
        int aColumn = left ? m : 1;
        int bRow = right ? 1 : n;
        int bColumn = right ? k : 1;
        for (boolean add : new boolean[] {false, true}) {
            float[] expected = numbers(3, m * n + 3, 1);
            float[] alone = expected.clone();
            float[] shared = expected.clone();
            float[] packedOut = expected.clone();
            scalar.multiply(m, n, k, a, 1, aRow, aColumn, b, 2, bRow, bColumn, add, expected, 3, n, Workers.ALONE);
            vector.multiply(m, n, k, a, 1, aRow, aColumn, b, 2, bRow, bColumn, add, alone, 3, n, Workers.ALONE);
            vector.multiply(m, n, k, a, 1, aRow, aColumn, b, 2, bRow, bColumn, add, shared, 3, n, new Backwards());
            MemorySegment packed = vector.roomForPacked(k, n);
            vector.pack(k, n, b, 2, bRow, bColumn, packed, new Backwards());
            vector.multiplyPacked(m, n, k, a, 1, aRow, aColumn, packed, add, packedOut, 3, n, new Backwards());
            assertThat(alone).as("%s x %s x %s", m, k, n).isEqualTo(expected);
            assertThat(shared).isEqualTo(expected);
            assertThat(packedOut).isEqualTo(expected);
        }
    }
}
