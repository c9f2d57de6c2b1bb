package dev.linum.simd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.cpu.Fun;
import dev.linum.cpu.Kernels;
import dev.linum.cpu.ScalarKernels;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Exponential, tanh and sigmoid of both twins over all floats there are: within two units in the last place
/// of the correctly rounded result, subnormal results, infinities and NaN included.
class WholeRangeTest {

    private static final int BLOCK = 4096;

    private final Kernels scalar = new ScalarKernels();
    private final Kernels vector = new VectorKernels();

    /// The result to compare with: exact in double precision, rounded once.
    private static float exact(Fun f, double x, boolean strict) {
        return switch (f) {
            case EXP -> (float) (strict ? StrictMath.exp(x) : Math.exp(x));
            case TANH -> (float) (strict ? StrictMath.tanh(x) : Math.tanh(x));
            case SIGMOID -> (float) (1 / (1 + (strict ? StrictMath.exp(-x) : Math.exp(-x))));
            default -> throw new IllegalArgumentException(f.name());
        };
    }

    /// The number of floats between two: none between equal ones, and more than anything between a number and
    /// NaN.
    private static long apart(float a, float b) {
        return Float.isNaN(a) || Float.isNaN(b)
                ? (Float.isNaN(a) && Float.isNaN(b) ? 0 : Long.MAX_VALUE)
                : Math.abs((long) rank(a) - rank(b));
    }

    /// Numbers floats in their order, both zeros the same.
    private static int rank(float x) {
        int bits = Float.floatToRawIntBits(x);
        return bits >= 0 ? bits : Integer.MIN_VALUE - bits;
    }

    private void check(Kernels kernels, Fun f, IntStream bits, boolean strict) {
        int[] all = bits.toArray();
        var x = new float[BLOCK];
        var y = new float[BLOCK];
        for (int from = 0; from < all.length; from += BLOCK) {
            int n = Math.min(BLOCK, all.length - from);
            for (int i = 0; i < n; i++) {
                x[i] = Float.intBitsToFloat(all[from + i]);
            }
            kernels.unary(f, x, 0, y, 0, n);
            for (int i = 0; i < n; i++) {
                float expected = exact(f, x[i], strict);
                if (apart(y[i], expected) > 2) {
                    assertThat(y[i])
                            .as("%s(%s), two units in the last place allowed", f, x[i])
                            .isEqualTo(expected);
                }
            }
        }
    }

    private Kernels twin(String name) {
        return name.equals("scalar") ? scalar : vector;
    }

    /// A prime stride over all bit patterns: some thousands of numbers of each exponent and sign.
    @ParameterizedTest
    @CsvSource({
        "vector, EXP, 509", "vector, TANH, 509", "vector, SIGMOID, 509",
        "scalar, EXP, 8009", "scalar, TANH, 8009", "scalar, SIGMOID, 8009"
    })
    void numbersOfEverySize(String twin, Fun f, int stride) {
        int count = (int) ((1L << 32) / stride);
        check(twin(twin), f, IntStream.range(0, count).map(i -> i * stride), twin.equals("scalar"));
    }

    /// Where functions change their formula, overflow, underflow or come to their limits, and where each
    /// exponent begins.
    @ParameterizedTest
    @CsvSource({
        "vector, EXP", "vector, TANH", "vector, SIGMOID",
        "scalar, EXP", "scalar, TANH", "scalar, SIGMOID"
    })
    void borders(String twin, Fun f) {
        IntStream exponents = IntStream.range(0, 256).map(e -> e << 23);
        IntStream limits = IntStream.of(9, 10, 17, 18, 22, 44, 87, 88, 89, 102, 103, 104, 105, 149, 150, 1000, 10000)
                .map(n -> Float.floatToRawIntBits(n));
        IntStream formulas = IntStream.of(
                Float.floatToRawIntBits(0.625f),
                Float.floatToRawIntBits(88.72284f),
                Float.floatToRawIntBits(87.33655f),
                Float.floatToRawIntBits(103.97208f),
                Float.floatToRawIntBits(9.010913f),
                Float.floatToRawIntBits((float) (Math.log(2) / 2)));
        IntStream near = IntStream.concat(IntStream.concat(exponents, limits), formulas)
                .flatMap(at -> IntStream.rangeClosed(at - 200, at + 200));
        check(
                twin(twin),
                f,
                near.flatMap(bits -> IntStream.of(bits & Integer.MAX_VALUE, bits | Integer.MIN_VALUE)),
                true);
    }
}
