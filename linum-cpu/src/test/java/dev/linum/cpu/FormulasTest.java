package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Compiled;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Spare;
import dev.linum.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Programs with formulas give the same numbers as without.
class FormulasTest {

    /// Plain kernels that can "write" all loops but those with a logarithm: they do the functions one by one, row
    /// by row.
    private static final class Writing extends ScalarKernels {

        final List<Formula> written = new ArrayList<>();

        @Override
        public boolean isWritable(Fun f) {
            return f != Fun.LOG;
        }

        @Override
        public Formula.Loop write(Formula formula) {
            written.add(formula);
            boolean[] areNumbers = formula.areNumbers();
            return (data, offset, step, registers, rows, n) -> {
                int first = formula.inputs() + formula.numbers();
                for (int row = 0; row < rows; row++) {
                    var values = new float[areNumbers.length][];
                    for (int v = 0; v < values.length; v++) {
                        int width = areNumbers[v] ? 1 : n;
                        values[v] = new float[width];
                        if (v < first) {
                            int r = registers[v];
                            System.arraycopy(data[r], offset[r] + row * step[r], values[v], 0, width);
                            continue;
                        }
                        Formula.Term term = formula.terms().get(v - first);
                        float[] a = repeated(values[term.a()], width);
                        if (term.isSum()) {
                            values[v][0] = sum(values[term.a()], 0, n);
                        } else if (term.b() < 0) {
                            unary(term.fun(), a, 0, values[v], 0, width);
                        } else {
                            binary(term.fun(), a, 0, repeated(values[term.b()], width), 0, values[v], 0, width);
                        }
                        int out = formula.outputs().indexOf(v);
                        if (out >= 0) {
                            int r = registers[first + out];
                            System.arraycopy(values[v], 0, data[r], offset[r] + row * step[r], width);
                        }
                    }
                }
            };
        }

        private static float[] repeated(float[] x, int width) {
            if (x.length == width) {
                return x;
            }
            var row = new float[width];
            Arrays.fill(row, x[0]);
            return row;
        }
    }

    private static final int ROWS = 5;

    private static Tensors random(Random random, Tensors in, int width) {
        var pool = new ArrayList<>(List.of(in.get(0), in.get(1)));
        var numbers = new ArrayList<Tensor>();
        for (int i = 0; i < 20; i++) {
            Tensor a = pool.get(random.nextInt(pool.size()));
            Tensor b = pool.get(Math.max(0, pool.size() - 1 - random.nextInt(3)));
            pool.add(
                    switch (random.nextInt(13)) {
                        case 0 -> a.plus(b);
                        case 1 -> a.minus(b).tanh();
                        case 2 -> a.times(in.get(2));
                        case 3 -> in.get(3).minus(b);
                        case 4 -> a.times(0.5).plus(b.sigmoid());
                        case 5 -> a.square().plus(1).log();
                        case 6 -> a.lessThan(b).select(b, a);
                        case 7 -> Tensor.concat(1, a.slice(1, 0, width / 2), b.slice(1, width / 2, width));
                        case 8 -> {
                            Tensor size = a.square().mean(1).plus(1).sqrt();
                            numbers.add(size.times(0.5).plus(1));
                            yield size.reciprocal().expand(1).times(b);
                        }
                        case 9 -> in.get(3).times(0.5).plus(1).times(b).plus(a);
                        case 10 -> {
                            Tensor each = in.get(3).times(0.5);
                            numbers.add(each.plus(2));
                            Tensor mean = a.mean(1).expand(1).times(each);
                            yield b.minus(mean).times(width == ROWS ? each.reshape(ROWS) : each);
                        }
                        case 11 -> {
                            Tensor from = a.minus(a.mean(1).expand(1));
                            yield from.times(from.square()
                                            .mean(1)
                                            .plus(1)
                                            .sqrt()
                                            .reciprocal()
                                            .expand(1))
                                    .plus(b);
                        }
                        default -> Tensor.concat(1, a.times(0.3), b.tanh()).slice(1, 1, width + 1);
                    });
        }
        pool.addAll(numbers);
        return Tensors.of(pool.toArray(Tensor[]::new));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26})
    void formulasChangeNoNumber(int seed) {
        int width = new int[] {6, 64, 200, 1500, ROWS}[seed % 5];
        var in = Tensors.of(
                Key.of(seed).normal(Shape.of(ROWS, width)),
                Key.of(seed + 100).normal(Shape.of(ROWS, width)),
                Key.of(seed + 200).normal(Shape.of(width)),
                Key.of(seed + 300).normal(Shape.of(ROWS, 1)));
        UnaryOperator<Tensors> f = x -> random(new Random(seed), x, width);
        Graph graph = Compiled.of(f).graph(in);
        var kernels = new Writing();
        Plan plan = Planner.plan(graph, kernels, Workers.ALONE);
        List<Array> arguments = in.leaves().stream().map(Tensor::array).toList();
        List<Array> before = plan.run(arguments, new Spare());
        Tensors oneByOne = f.apply(in);
        for (int i = 0; i < before.size(); i++) {
            assertThat(before.get(i).toFloats())
                    .as("result %d, planned as a whole", i)
                    .usingComparatorWithPrecision(1e-3f)
                    .containsExactly(oneByOne.get(i).array().toFloats());
        }
        for (Step step : plan.steps()) {
            if (step instanceof RowProgram program) {
                program.join((formula, _, _) -> Optional.of(kernels.write(formula)));
            }
        }
        List<Array> after = plan.run(arguments, new Spare());
        assertThat(kernels.written).isNotEmpty();
        for (int i = 0; i < before.size(); i++) {
            assertThat(after.get(i).toFloats())
                    .as("result %d", i)
                    .isEqualTo(before.get(i).toFloats());
        }
    }

    @Test
    void whatNobodyElseReadsIsNotWritten() {
        Graph graph = Compiled.of((UnaryOperator<Tensors>)
                        x -> Tensors.of(x.get(0).tanh().times(2).plus(x.get(1)).sigmoid()))
                .graph(Tensors.of(Key.of(1).normal(Shape.of(200)), Key.of(2).normal(Shape.of(200))));
        var kernels = new Writing();
        Plan plan = Planner.plan(graph, kernels, Workers.ALONE);
        ((RowProgram) plan.steps().getFirst()).join((formula, _, _) -> Optional.of(kernels.write(formula)));
        Formula formula = kernels.written.getFirst();
        assertThat(formula.inputs()).isEqualTo(2);
        assertThat(formula.numbers()).isEqualTo(1);
        assertThat(formula.terms()).hasSize(4);
        assertThat(formula.outputs()).containsExactly(6);
    }

    private static Tensors norm(Tensors in) {
        Tensor x = in.get(0);
        Tensor from = x.minus(x.mean(1).expand(1));
        Tensor by = from.square().mean(1).plus(1e-6).sqrt().reciprocal();
        Tensor y = from.times(by.expand(1)).times(in.get(1)).plus(in.get(2));
        return Tensors.of(y.tanh(), by);
    }

    private static Formula norm(int rows, int width) {
        var in = Tensors.of(
                Key.of(1).normal(Shape.of(rows, width)),
                Key.of(2).normal(Shape.of(width)),
                Key.of(3).normal(Shape.of(width)));
        var kernels = new Writing();
        Plan plan = Planner.plan(
                Compiled.of((UnaryOperator<Tensors>) FormulasTest::norm).graph(in), kernels, Workers.ALONE);
        assertThat(plan.steps()).hasSize(1);
        ((RowProgram) plan.steps().getFirst()).join((formula, _, _) -> Optional.of(kernels.write(formula)));
        return kernels.written.getFirst();
    }

    /// Mean, variance and what is made of both: nothing but the rows that are summed, and read once more, is written.
    @ParameterizedTest
    @CsvSource({"1, 8", "1, 64", "5, 128", "5, 500", "3, 1024", "3, 2050", "1, 4096"})
    void aLayerNormIsOneFormula(int rows, int width) {
        Formula formula = norm(rows, width);
        assertThat(formula.terms().stream().filter(Formula.Term::isSum)).hasSize(2);
        assertThat(formula.terms().getLast().fun()).isEqualTo(Fun.TANH);
        assertThat(formula.inputs()).isEqualTo(3);
        assertThat(formula.outputs()).as("difference, reciprocal, result").hasSize(3);
        assertThat(formula.summed()).as("square").hasSize(1);
    }

    /// A block of narrow rows is one long row to a loop, which has no sums of each.
    @Test
    void narrowRowsAreSummedOneByOne() {
        assertThat(norm(5, 64).terms()).noneMatch(Formula.Term::isSum);
    }

    /// Ten means, then ten squares, then what is made of both: each strand is in one formula.
    @Test
    void strandsAreNotTornApart() {
        Tensors in = Tensors.of(IntStream.range(0, 10)
                .mapToObj(i -> Key.of(i).normal(Shape.of(200)))
                .toArray(Tensor[]::new));
        UnaryOperator<Tensors> f = x -> {
            List<Tensor> means =
                    x.leaves().stream().map(g -> g.times(0.1).plus(0.2)).toList();
            List<Tensor> squares =
                    x.leaves().stream().map(g -> g.square().plus(0.3)).toList();
            var all = new ArrayList<Tensor>(means);
            all.addAll(squares);
            for (int i = 0; i < 10; i++) {
                all.add(means.get(i).dividedBy(squares.get(i).sqrt()));
            }
            return Tensors.of(all.toArray(Tensor[]::new));
        };
        var kernels = new Writing();
        Plan plan = Planner.plan(Compiled.of(f).graph(in), kernels, Workers.ALONE);
        ((RowProgram) plan.steps().getFirst()).join((formula, _, _) -> Optional.of(kernels.write(formula)));
        // Six functions and three results each; five strands are as much as a formula may be.
        assertThat(kernels.written).hasSize(2).allSatisfy(formula -> {
            assertThat(formula.inputs()).isEqualTo(5);
            assertThat(formula.terms()).hasSize(30);
            assertThat(formula.outputs()).hasSize(15);
        });
    }

    private static Optional<Formula.Loop> race(Formula.Loop loop, int number) throws InterruptedException {
        var kernels = new ScalarKernels() {
            @Override
            public Formula.Loop write(Formula formula) {
                return loop;
            }
        };
        var instructions = new RowProgram.Instruction[2];
        Arrays.setAll(
                instructions,
                i -> new RowProgram.Instruction(
                        RowProgram.Task.FUNCTION,
                        dev.linum.graph.Fn.TANH,
                        Fun.TANH,
                        Storage.Kind.FLOATS,
                        i,
                        -1,
                        -1,
                        i + 1,
                        0,
                        false,
                        0,
                        0,
                        false,
                        null));
        var formula = new Formula(
                1, 0, List.of(new Formula.Term(Fun.TANH, 0, -1), new Formula.Term(Fun.TANH, 1, -1)), List.of(2));
        var won = new AtomicReference<Optional<Formula.Loop>>();
        var done = new CountDownLatch(1);
        Race.later(kernels, number, 1, choice -> {
            won.set(choice.loop(formula, List.of(instructions), new int[] {0, 2}));
            done.countDown();
        });
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        return won.get();
    }

    @Test
    void aLoopThatIsFasterWins() throws InterruptedException {
        Formula.Loop idle = (_, _, _, _, _, _) -> {};
        assertThat(race(idle, 1000)).contains(idle);
        assertThat(race((_, _, _, _, _, _) -> {}, 1000)).as("known already").contains(idle);
    }

    @Test
    void aLoopThatIsSlowerLoses() throws InterruptedException {
        Formula.Loop slow = (data, _, _, _, _, n) -> {
            float[] x = (float[]) data[0];
            for (int times = 0; times < 20; times++) {
                for (int i = 0; i < n; i++) {
                    x[i] = (float) Math.tanh(x[i]) + 0.1f;
                }
            }
        };
        assertThat(race(slow, 1008)).isEmpty();
    }

    /// A way through the loop that it never took while it was compiled would have it compiled again, in the program.
    @Test
    void aRaceRunsOneRowAndSeveral() throws InterruptedException {
        Set<Integer> seen = ConcurrentHashMap.newKeySet();
        race((_, _, _, _, rows, _) -> seen.add(rows), 40);
        assertThat(seen).containsExactlyInAnyOrder(1, 2);
    }
}
