package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Compiled;
import dev.linum.graph.DType;
import dev.linum.graph.Graph;
import dev.linum.graph.Loop;
import dev.linum.graph.Shape;
import dev.linum.graph.Spare;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import dev.linum.graph.Type;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A planned graph gives what its operations give one by one, run after run and from many threads.
class PlanTest {

    private static Array random(Random random, int... dims) {
        Array zeros = Array.zeros(DType.F32, dims);
        var data = new float[zeros.shape().count()];
        for (int i = 0; i < data.length; i++) {
            data[i] = random.nextFloat() * 2 - 1;
        }
        return Array.wrap(zeros.type(), data);
    }

    /// Memory for results that is full of what must not be read.
    private static Spare dirty(Tensors like) {
        var spare = new Spare();
        like.leaves().forEach(leaf -> spare.give(Array.full(leaf.type(), Double.NaN)));
        return spare;
    }

    static void assertSame(List<Tensor> found, List<Tensor> expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i).type()).isEqualTo(expected.get(i).type());
            double[] x = found.get(i).array().toDoubles();
            double[] y = expected.get(i).array().toDoubles();
            for (int j = 0; j < x.length; j++) {
                if (!(Double.isNaN(x[j]) && Double.isNaN(y[j])) && x[j] != y[j]) {
                    assertThat(x[j])
                            .as("output %d element %d", i, j)
                            .isCloseTo(y[j], within(1e-5 * (1 + Math.abs(y[j]))));
                }
            }
        }
    }

    /// Programs of random operations over tensors `[rows, columns]`, rows, columns and numbers.
    private static UnaryOperator<Tensors> program(long seed, int rows, int columns, int length) {
        return in -> {
            var random = new Random(seed);
            var pool = new ArrayList<>(in.leaves());
            for (int i = 0; i < length; i++) {
                pool.add(step(random, pool, rows, columns));
            }
            var out = new ArrayList<Tensor>();
            for (int i = 0; i < 4; i++) {
                out.add(pool.get(random.nextInt(pool.size())));
            }
            out.add(pool.getLast());
            return new Tensors(out);
        };
    }

    private static Tensor grid(Tensor x, int rows, int columns) {
        return x.shape().rank() == 2 && x.shape().dim(0) == rows && x.shape().dim(1) == columns
                ? x
                : x.broadcastTo(dev.linum.graph.Shape.of(rows, columns));
    }

    private static Tensor step(Random random, List<Tensor> pool, int rows, int columns) {
        Tensor a = pool.get(Math.max(0, pool.size() - 1 - random.nextInt(6)));
        Tensor b = pool.get(random.nextInt(pool.size()));
        Tensor x = grid(a, rows, columns);
        Tensor y = grid(b, rows, columns);
        return switch (random.nextInt(24)) {
            case 0 -> a.plus(b);
            case 1 -> a.times(b);
            case 2 -> a.minus(b);
            case 3 -> a.tanh();
            case 4 -> a.sigmoid().times(0.5);
            case 5 -> a.lessThan(b).select(a, b);
            case 6 -> x.sum(0).times(1.0 / rows);
            case 7 -> x.mean(1).expand(1);
            case 8 -> x.max(1).expand(1);
            case 9 -> x.slice(1, columns / 2, columns).mean().sin();
            case 10 -> Tensor.concat(1, x.slice(1, columns / 3, columns), y.slice(1, 0, columns / 3));
            case 11 -> x.slice(0, rows / 2, rows / 2 + 1).plus(y);
            case 12 -> x.reverse(random.nextInt(2));
            case 13 -> x.transpose().reshape(rows, columns);
            case 14 -> x.reshape(rows * columns).times(0.9).reshape(rows, columns);
            case 15 -> x.slice(1, 0, columns / 2).pad(1, columns - columns / 2, 0);
            case 16 -> a.stopGradient().abs();
            case 17 ->
                a.cast(DType.I32).times(Tensor.iota(columns)).cast(DType.F32).times(0.1);
            case 18 -> a.cast(DType.F64).exp().cast(DType.F32).times(0.1);
            case 19 -> x.transpose().dot(y).slice(0, 0, 1).reshape(columns).times(0.01);
            case 20 -> a.atMost(b).and(b.lessThan(0.3).not()).cast(DType.F32);
            case 21 -> Loop.remat(a, t -> t.square().plus(b).cos());
            case 22 -> x.gather(Tensor.iota(rows)).minus(1);
            default -> loop(x, y, rows, columns);
        };
    }

    private static Tensor loop(Tensor x, Tensor y, int rows, int columns) {
        Tensor weights = y.slice(0, 0, 1).transpose().dot(x.slice(0, 0, 1)).times(0.1);
        var first = Tensors.of(y.slice(0, 0, 1), y.slice(0, 0, 1).times(2), Tensor.zeros(Type.of(DType.F32)));
        var ran = Loop.scan(first, x, rows, (carry, row) -> {
            Tensor h = row.plus(carry.get(0).dot(weights)).tanh();
            Tensor mixed = h.times(0.5).plus(carry.get(1));
            // The first two carries are exchanged, the third is a number.
            return new Loop.Step<Tensors, Tensors>(
                    Tensors.of(carry.get(1), h, carry.get(2).plus(row.sum())),
                    Tensors.of(mixed.reshape(columns), carry.get(0), h, h));
        });
        Tensor ys = ran.output().get(0);
        return ys.plus(ran.output().get(1).reshape(rows, columns))
                .plus(ran.output().get(3).reshape(rows, columns))
                .plus(ran.carry().get(0))
                .minus(ran.carry().get(1).times(0.5))
                .plus(ran.carry().get(2).times(0.01))
                .times(0.2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void plannedProgramsGiveWhatTheirOperationsGive(long seed) {
        var random = new Random(seed);
        int[] sizes = {1, 2, 3, 5, 16, 40, 300};
        for (int round = 0; round < 6; round++) {
            int rows = sizes[random.nextInt(sizes.length)];
            int columns = 3 + sizes[random.nextInt(sizes.length)];
            var in = Tensors.of(
                    random(random, rows, columns),
                    random(random, columns),
                    random(random, rows, 1),
                    random(random),
                    random(random, rows, columns));
            UnaryOperator<Tensors> program = program(random.nextLong(), rows, columns, 5 + random.nextInt(40));
            var compiled = Compiled.of(program);
            Tensors expected = program.apply(in);
            assertSame(compiled.apply(in).leaves(), expected.leaves());
            assertSame(compiled.apply(in, dirty(expected)).leaves(), expected.leaves());
        }
    }

    @Test
    void aPieceFromTheStartIsNotTheWhole() {
        var in = Tensors.of(Array.of(new float[] {1, 2, 3, 4}));
        UnaryOperator<Tensors> f = x -> {
            Tensor doubled = x.get(0).times(2);
            return Tensors.of(doubled.slice(0, 0, 1), doubled.slice(0, 1, 3).plus(1), doubled);
        };
        assertSame(Compiled.of(f).apply(in).leaves(), f.apply(in).leaves());
    }

    /// What lies behind each other as a whole shares a program with a row that is repeated.
    @Test
    void partsBehindEachOtherStayWholeBesideRepeatedRows() {
        var random = new Random(2);
        var in = Tensors.of(random(random, 6, 40), random(random, 6, 40), random(random, 40));
        UnaryOperator<Tensors> f = x -> {
            Tensor a = x.get(0).tanh();
            Tensor b = x.get(1).tanh();
            return Tensors.of(Tensor.concat(0, a, b), a.plus(x.get(2)), Tensor.concat(1, a, b));
        };
        assertSame(Compiled.of(f).apply(in).leaves(), f.apply(in).leaves());
    }

    @Test
    void longRowsAreCutIntoBlocksAndSharedAmongThreads() {
        var random = new Random(5);
        var in = Tensors.of(random(random, 67, 3001), random(random, 3001), random(random, 67, 1));
        UnaryOperator<Tensors> f = x -> Tensors.of(
                x.get(0).tanh().times(x.get(1)).plus(x.get(2)).exp(), x.get(0).sum(1));
        assertSame(Compiled.of(f).apply(in).leaves(), f.apply(in).leaves());
    }

    @Test
    void rowsAreSummedInTheStepThatMakesThem() {
        Graph graph = Compiled.of((UnaryOperator<Tensors>) x -> {
                    Tensor made = x.get(0).tanh();
                    return Tensors.of(made.sum(1), made.square().sum(1));
                })
                .graph(Tensors.of(Array.zeros(DType.F32, 6, 200)));
        Plan plan = Planner.plan(graph, new ScalarKernels(), Workers.ALONE);
        assertThat(plan.steps()).singleElement().isInstanceOf(RowProgram.class);
    }

    @Test
    void allNumbersAreSummedByRowsWhereTheyAreMade() {
        var in = Tensors.of(random(new Random(3), 5, 7, 200));
        UnaryOperator<Tensors> f = x -> Tensors.of(x.get(0).square().sum());
        Plan plan = Planner.plan(Compiled.of(f).graph(in), new ScalarKernels(), Workers.ALONE);
        assertThat(plan.steps()).hasSize(2).first().isInstanceOf(RowProgram.class);
        double expected = 0;
        for (float x : in.get(0).array().toFloats()) {
            expected += (double) x * x;
        }
        List<Array> out = plan.run(in.leaves().stream().map(Tensor::array).toList(), new Spare());
        assertThat(out.getFirst().item()).isCloseTo(expected, Offset.offset(1e-5 * expected));
        assertSame(Compiled.of(f).apply(in).leaves(), f.apply(in).leaves());
    }

    private static Tensor normalised(Tensor x) {
        Tensor centred = x.minus(x.mean(1).expand(1));
        Tensor variance = centred.square().mean(1);
        return centred.times(variance.plus(1e-5).sqrt().reciprocal().expand(1));
    }

    @Test
    void numbersOfRowsAreComputedWhereTheRowsAre() {
        Graph graph = Compiled.of((UnaryOperator<Tensors>)
                        x -> Tensors.of(normalised(normalised(x.get(0)).tanh().times(x.get(1)))))
                .graph(Tensors.of(Array.zeros(DType.F32, 6, 200), Array.zeros(DType.F32, 200)));
        Plan plan = Planner.plan(graph, new ScalarKernels(), Workers.ALONE);
        assertThat(plan.steps()).singleElement().isInstanceOf(RowProgram.class);
    }

    @ParameterizedTest
    @CsvSource({"1, 64", "1, 300", "5, 2", "7, 24", "40, 64", "33, 128", "6, 1024", "3, 1100"})
    void numbersOfRowsMakeNoDifference(int rows, int columns) {
        for (int seed = 0; seed < 12; seed++) {
            int chosen = seed;
            UnaryOperator<Tensors> f = x -> withNumbersOfRows(new Random(chosen), x);
            var random = new Random(100 + seed);
            var in = Tensors.of(
                    random(random, rows, columns),
                    random(random, rows, columns),
                    random(random, rows),
                    random(random, 1));
            assertSame(Compiled.of(f).apply(in).leaves(), f.apply(in).leaves());
        }
    }

    /// Random work on rows, on numbers of rows, and on both.
    private static Tensors withNumbersOfRows(Random random, Tensors in) {
        int rows = in.get(0).shape().dim(0);
        var wide = new ArrayList<>(List.of(in.get(0), in.get(1)));
        var numbers = new ArrayList<>(List.of(in.get(2)));
        for (int i = 0; i < 24; i++) {
            Tensor a = wide.get(Math.max(0, wide.size() - 1 - random.nextInt(3)));
            Tensor b = wide.get(random.nextInt(wide.size()));
            Tensor p = numbers.get(Math.max(0, numbers.size() - 1 - random.nextInt(2)));
            Tensor q = numbers.get(random.nextInt(numbers.size()));
            switch (random.nextInt(11)) {
                case 0 -> wide.add(a.times(p.expand(1)));
                case 1 -> wide.add(q.expand(1).minus(a).tanh());
                case 2 -> wide.add(p.expand(1).broadcastTo(a.shape()).sigmoid().plus(b));
                case 3 -> wide.add(a.plus(b.times(0.3)));
                case 4 -> numbers.add(a.mean(1));
                case 5 -> numbers.add(a.times(b).sum(1).tanh());
                case 6 -> numbers.add(p.times(q).plus(in.get(3)));
                case 7 -> numbers.add(p.tanh().minus(q.times(0.5)));
                case 8 ->
                    numbers.add(p.sum(0)
                            .expand(0)
                            .broadcastTo(Shape.of(rows))
                            .plus(q)
                            .tanh());
                case 9 -> numbers.add(a.slice(1, 0, 1).reshape(rows).plus(q));
                default -> wide.add(normalised(a).plus(p.expand(1)));
            }
        }
        wide.add(numbers.getLast());
        return Tensors.of(wide.stream().skip(wide.size() - 4).toArray(Tensor[]::new));
    }

    @Test
    void whatIsNotChosenDoesNoHarm() {
        var in = Tensors.of(Array.of(new float[] {-1, 4}));
        Tensors out = Compiled.of((UnaryOperator<Tensors>) x -> Tensors.of(
                        x.get(0).lessThan(0).select(x.get(0), x.get(0).sqrt())))
                .apply(in);
        assertThat(out.get(0).array().toFloats()).containsExactly(-1, 2);
    }

    private static Tensors recurrence(Tensors in) {
        int steps = in.get(0).shape().dim(0);
        var ran = Loop.scan(in.get(1), in.get(0), steps, (h, x) -> {
            Tensor next = x.plus(h.dot(in.get(2))).tanh();
            return new Loop.Step<Tensor, Tensor>(next, next);
        });
        return Tensors.of(ran.carry(), ran.output());
    }

    /// In four sums of a million each, one number in two thousand would be lost or won.
    @Test
    void longSumsLoseNothing() {
        int n = 1 << 22;
        Tensors in = Tensors.of(Tensor.full(Type.of(DType.F32, n), 0.3));
        UnaryOperator<Tensors> f = x -> Tensors.of(x.get(0).sum());
        Plan plan = Planner.plan(Compiled.of(f).graph(in), new ScalarKernels(), Workers.ALONE);
        float sum = plan.run(List.of(in.get(0).array()), new Spare()).getFirst().toFloats()[0];
        assertThat(sum / n).isCloseTo(0.3f, within(1e-6f));
    }

    @Test
    void loopsOfNoStepsReturnTheirCarry() {
        var random = new Random(1);
        var in = Tensors.of(Array.zeros(DType.F32, 0, 2, 3), random(random, 2, 3), random(random, 3, 3));
        Tensors out = Compiled.of(PlanTest::recurrence).apply(in);
        assertThat(out.get(0).array().toFloats()).isEqualTo(in.get(1).array().toFloats());
        assertThat(out.get(1).shape().count()).isZero();
    }

    @Test
    void resultsStayAsTheyAreWhenThePlanRunsAgain() {
        var random = new Random(2);
        var compiled = Compiled.of(PlanTest::recurrence);
        var in = Tensors.of(random(random, 5, 2, 3), random(random, 2, 3), random(random, 3, 3));
        Tensors first = compiled.apply(in);
        float[] carry = first.get(0).array().toFloats();
        float[] outputs = first.get(1).array().toFloats();
        float[] given = in.get(0).array().toFloats();
        compiled.apply(Tensors.of(random(random, 5, 2, 3), random(random, 2, 3), random(random, 3, 3)));
        assertThat(first.get(0).array().toFloats()).isEqualTo(carry);
        assertThat(first.get(1).array().toFloats()).isEqualTo(outputs);
        assertThat(in.get(0).array().toFloats()).isEqualTo(given);
    }

    @Test
    void anInputReturnedIsCopied() {
        Array x = Array.of(new float[] {1, 2});
        Tensors out = Compiled.of((UnaryOperator<Tensors>)
                        in -> Tensors.of(in.get(0), in.get(0).reshape(2, 1)))
                .apply(Tensors.of(x));
        assertThat(out.get(0).array().data())
                .isNotSameAs(x.data())
                .isNotSameAs(out.get(1).array().data());
        assertThat(out.get(0).array().toFloats()).containsExactly(1, 2);
    }

    @Test
    void manyThreadsRunOnePlan() throws Exception {
        var random = new Random(3);
        var compiled = Compiled.of(PlanTest::recurrence);
        try (var pool = Executors.newFixedThreadPool(8)) {
            var runs = new ArrayList<Future<Boolean>>();
            for (int i = 0; i < 64; i++) {
                var in = Tensors.of(random(random, 9, 4, 33), random(random, 4, 33), random(random, 33, 33));
                Tensors expected = recurrence(in);
                Callable<Boolean> run = () -> {
                    for (int n = 0; n < 10; n++) {
                        assertSame(compiled.apply(in).leaves(), expected.leaves());
                    }
                    return true;
                };
                runs.add(pool.submit(run));
            }
            for (Future<Boolean> run : runs) {
                assertThat(run.get()).isTrue();
            }
        }
    }

    @Test
    void stepsOfALoopAllocateNothing() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        var random = new Random(4);
        long[] bytes = new long[2];
        int[] steps = {10, 210};
        for (int i = 0; i < 2; i++) {
            var carry = Compiled.of(
                    (UnaryOperator<Tensors>) in -> Tensors.of(recurrence(in).get(0)));
            var in = Tensors.of(random(random, steps[i], 2, 8), random(random, 2, 8), random(random, 8, 8));
            bytes[i] = Long.MAX_VALUE;
            // Until all is compiled, a step may make an object that is left out later.
            for (int round = 0; round < 20; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int n = 0; n < 300; n++) {
                    carry.apply(in);
                }
                bytes[i] = Math.min(bytes[i], (threads.getCurrentThreadAllocatedBytes() - before) / 300);
            }
        }
        assertThat(bytes[1] - bytes[0]).as("bytes of 200 more steps").isLessThan(200 * 16);
    }

    private static Plan plan(Tensors like, Function<List<Tensor>, List<Tensor>> function) {
        return Planner.plan(Trace.of(Bundle.types(like), function).verify(), new ScalarKernels(), Workers.ALONE);
    }

    /// Says for each result which input lies in its memory after a run that may write over all inputs; checks its
    /// numbers.
    private static List<Integer> over(Tensors in, Function<List<Tensor>, List<Tensor>> function) {
        Plan plan = plan(in, function);
        List<Array> arguments = in.leaves().stream()
                .map(leaf -> Array.of(leaf.array().toFloats(), leaf.shape().toArray()))
                .toList();
        List<Array> expected = plan.run(arguments);
        var spare = new Spare();
        List<Object> memory = arguments.stream().map(Array::data).toList();
        arguments.forEach(spare::offer);
        List<Array> found = plan.run(arguments, spare);
        var over = new ArrayList<Integer>();
        for (int i = 0; i < found.size(); i++) {
            Object data = found.get(i).data();
            assertThat(found.get(i).toFloats()).isEqualTo(expected.get(i).toFloats());
            over.add(IntStream.range(0, memory.size())
                    .filter(j -> memory.get(j) == data)
                    .findFirst()
                    .orElse(-1));
        }
        return over;
    }

    @Test
    void aResultIsWrittenOverAnInputThatNothingReadsAfterwards() {
        var random = new Random(1);
        Tensors in = Tensors.of(random(random, 60, 50), random(random, 60, 50), random(random, 50));
        assertThat(over(in, x -> {
                    Tensor next = x.get(0).times(0.9).plus(x.get(1).times(0.1));
                    return List.of(x.get(1).minus(next.tanh()), next);
                }))
                .containsExactly(1, 0);
        // Read by a later instruction of the same program.
        assertThat(over(in, x -> {
                    Tensor next = x.get(0).times(0.9);
                    return List.of(next, next.plus(x.get(0)).tanh());
                }))
                .containsExactly(-1, 0);
        // By a product after it, and given back as it is.
        assertThat(over(in, x -> {
                    Tensor next = x.get(0).times(2);
                    return List.of(next, x.get(0).dot(next.transpose()));
                }))
                .containsExactly(-1, -1);
        assertThat(over(in, x -> List.of(x.get(0).times(2), x.get(0)))).containsExactly(-1, -1);
        assertThat(over(in, x -> List.of(x.get(2).times(2)))).containsExactly(2);
    }

    @Test
    void memoryOfTwoInputsAtOnceIsNotWrittenOver() {
        Array a = random(new Random(1), 40);
        Plan plan =
                plan(Tensors.of(a, a), x -> List.of(x.get(0).times(2), x.get(1).plus(x.get(0))));
        var spare = new Spare();
        spare.offer(a);
        float[] before = a.toFloats();
        List<Array> found = plan.run(List.of(a, a), spare);
        assertThat(a.toFloats()).isEqualTo(before);
        assertThat(found).noneMatch(result -> result.data() == a.data());
    }

    @Test
    void aRunThatFailsBeforeAnythingIsWrittenOverLeavesItsInputs() {
        Array table = random(new Random(1), 8, 5);
        Tensors like = Tensors.of(table, Array.of(new int[] {0, 0}));
        Plan plan = plan(like, x -> {
            Tensor rows = x.get(0).gather(x.get(1));
            return List.of(x.get(0).times(rows.sum().expand(0).expand(1)));
        });
        var spare = new Spare();
        spare.offer(table);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan.run(List.of(table, Array.of(new int[] {0, 9})), spare));
        spare.withdraw(table);
        float[] before = table.toFloats();
        spare.offer(table);
        Array result =
                plan.run(List.of(table, Array.of(new int[] {0, 1})), spare).getFirst();
        assertThat(result.data()).isSameAs(table.data());
        assertThat(result.toFloats()).isNotEqualTo(before);
        spare.withdraw(table);
        assertThatIllegalStateException().isThrownBy(table::toFloats);
    }
}
