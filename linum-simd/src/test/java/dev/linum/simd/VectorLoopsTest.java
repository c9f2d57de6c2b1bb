package dev.linum.simd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.cpu.Formula;
import dev.linum.cpu.Fun;
import dev.linum.cpu.ScalarKernels;
import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A written loop gives what its functions give one by one, bit for bit, and writes nothing else.
class VectorLoopsTest {

    private static final List<Fun> FUNCTIONS =
            Arrays.stream(Fun.values()).filter(VectorLoops::has).toList();
    private static final List<Fun> OF_NUMBERS =
            List.of(Fun.NEG, Fun.ADD, Fun.SUB, Fun.MUL, Fun.DIV, Fun.SQRT, Fun.RECIPROCAL);
    private static final int LENGTH = 500;
    private static final int ROWS = 3;
    private static final int SHIFT = 3;
    private static final float UNTOUCHED = 77;

    private final VectorKernels kernels = new VectorKernels();

    private static boolean isUnary(Fun f) {
        return switch (f) {
            case ADD, SUB, MUL, DIV, MAX, MIN, POW -> false;
            default -> true;
        };
    }

    /// A formula in which each function occurs, of values picked at random; with sums, and what is made of them, if
    /// there are numbers.
    private static Formula formula(Random random) {
        int inputs = 1 + random.nextInt(4);
        int numbers = random.nextInt(3);
        int first = inputs + numbers;
        var terms = new ArrayList<Formula.Term>();
        for (int n = 0; n < 2 * FUNCTIONS.size(); n++) {
            Fun f = FUNCTIONS.get(n % FUNCTIONS.size());
            boolean[] areNumbers = new Formula(inputs, numbers, terms, List.of()).areNumbers();
            int[] rows =
                    IntStream.range(0, first + n).filter(v -> !areNumbers[v]).toArray();
            int row = rows[random.nextInt(rows.length)];
            int any = random.nextInt(first + n);
            if (n % 5 == 3 && numbers > 0) {
                terms.add(Formula.Term.sum(row));
            } else if (areNumbers[any] && OF_NUMBERS.contains(f)) {
                terms.add(new Formula.Term(f, any, isUnary(f) ? -1 : inputs));
            } else {
                terms.add(new Formula.Term(f, row, isUnary(f) ? -1 : any));
            }
        }
        var all = new Formula(inputs, numbers, terms, List.of());
        List<Integer> outputs = IntStream.range(first, first + terms.size())
                .filter(v -> v % 3 == 0 || v == first + terms.size() - 1 || all.isReadByAnotherLoop(v))
                .boxed()
                .toList();
        List<Integer> summed = terms.stream()
                .filter(Formula.Term::isSum)
                .map(Formula.Term::a)
                .filter(v -> v >= first && !outputs.contains(v))
                .distinct()
                .toList();
        return new Formula(inputs, numbers, terms, outputs, summed);
    }

    private float[][] oneByOne(Formula formula, float[][] inputs, double[] numbers, int n) {
        boolean[] areNumbers = formula.areNumbers();
        var values = new ArrayList<float[]>(List.of(inputs));
        for (double number : numbers) {
            values.add(new float[] {(float) number});
        }
        for (Formula.Term term : formula.terms()) {
            int width = areNumbers[values.size()] ? 1 : n;
            var row = new float[width];
            float[] a = repeated(values.get(term.a()), width);
            if (term.isSum()) {
                row[0] = kernels.sum(values.get(term.a()), 0, n);
            } else if (isUnary(term.fun())) {
                kernels.unary(term.fun(), a, 0, row, 0, width);
            } else {
                kernels.binary(term.fun(), a, 0, repeated(values.get(term.b()), width), 0, row, 0, width);
            }
            values.add(row);
        }
        return formula.outputs().stream().map(values::get).toArray(float[][]::new);
    }

    private static float[] repeated(float[] x, int width) {
        if (x.length == width) {
            return x;
        }
        var row = new float[width];
        if (x.length > 0) {
            Arrays.fill(row, x[0]);
        }
        return row;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void givesWhatTheFunctionsGiveOneByOne(int seed) {
        var random = new Random(seed);
        Formula formula = formula(random);
        Formula.Loop loop = kernels.write(formula);
        for (int n : new int[] {0, 1, 5, 15, 16, 17, 64, 131}) {
            // Registers in another order than that of the formula, and each row somewhere in its array.
            int first = formula.inputs() + formula.numbers();
            int count = first + formula.outputs().size() + formula.summed().size();
            int[] registers = IntStream.range(0, count).map(r -> count + 2 - r).toArray();
            var data = new Object[count + 3];
            int[] offset = new int[count + 3];
            int[] step = new int[count + 3];
            for (int r = 0; r < count; r++) {
                int at = registers[r];
                var all = new float[LENGTH];
                offset[at] = SHIFT + r;
                boolean isNumber = r >= formula.inputs() && r < first;
                step[at] = r >= first ? n + 2 : r % 3 == 0 ? 0 : isNumber ? 1 : n + r;
                for (int x = 0; x < LENGTH; x++) {
                    all[x] = r >= first ? UNTOUCHED : (float) random.nextGaussian() * 3;
                }
                data[at] = all;
            }
            var expected = new float[formula.outputs().size()][LENGTH];
            for (float[] all : expected) {
                Arrays.fill(all, UNTOUCHED);
            }
            for (int row = 0; row < ROWS; row++) {
                var inputs = new float[formula.inputs()][];
                var numbers = new double[formula.numbers()];
                for (int r = 0; r < first; r++) {
                    int at = offset[registers[r]] + row * step[registers[r]];
                    float[] all = (float[]) data[registers[r]];
                    if (r < formula.inputs()) {
                        inputs[r] = Arrays.copyOfRange(all, at, at + n);
                    } else {
                        numbers[r - formula.inputs()] = all[at];
                    }
                }
                float[][] made = oneByOne(formula, inputs, numbers, n);
                for (int out = 0; out < made.length; out++) {
                    int r = registers[first + out];
                    System.arraycopy(made[out], 0, expected[out], offset[r] + row * step[r], made[out].length);
                }
            }
            loop.run(data, offset, step, registers, ROWS, n);
            for (int out = 0; out < expected.length; out++) {
                assertThat(bits((float[]) data[registers[first + out]]))
                        .as("output %d of %s, %d elements", out, formula, n)
                        .isEqualTo(bits(expected[out]));
            }
        }
    }

    /// NaN has many bit patterns; which one comes out is not said.
    private static int[] bits(float[] x) {
        return IntStream.range(0, x.length).map(i -> Float.floatToIntBits(x[i])).toArray();
    }

    @Test
    void readsWhatItWrites() {
        var formula = new Formula(
                2, 0, List.of(new Formula.Term(Fun.ADD, 0, 1), new Formula.Term(Fun.MUL, 2, 0)), List.of(2, 3));
        var a = new float[40];
        var b = new float[40];
        for (int i = 0; i < 40; i++) {
            a[i] = i;
            b[i] = 2 * i;
        }
        kernels.write(formula).run(new Object[] {a, b, b, a}, new int[4], new int[4], new int[] {0, 1, 2, 3}, 1, 40);
        assertThat(b[39]).isEqualTo(3 * 39);
        assertThat(a[39]).isEqualTo(3 * 39 * 39);
    }

    /// Has the classes of this package anew, without their files.
    private static final class NoFiles extends ClassLoader {

        NoFiles() {
            super(VectorKernels.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.linum.simd.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                if (known != null) {
                    return known;
                }
                try (var in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                    byte[] code = in.readAllBytes();
                    return defineClass(name, code, 0, code.length);
                } catch (IOException e) {
                    throw new ClassNotFoundException(name, e);
                }
            }
        }

        @Override
        public URL getResource(String name) {
            return null;
        }
    }

    @Test
    void withoutTheFileOfTheFunctionsNothingIsWritable() throws ReflectiveOperationException {
        var alone = (ScalarKernels) new NoFiles()
                .loadClass("dev.linum.simd.VectorKernels")
                .getConstructor()
                .newInstance();
        for (Fun f : Fun.values()) {
            assertThat(alone.isWritable(f)).isFalse();
        }
        assertThat(kernels.isWritable(Fun.TANH)).isTrue();
        float[] sum = {1, 2};
        alone.accumulate(new float[] {3, 4}, 0, sum, 0, 2);
        assertThat(sum).containsExactly(4, 6);
    }
}
