package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Compiled;
import dev.linum.graph.DType;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Op;
import dev.linum.graph.Packing;
import dev.linum.graph.Rows;
import dev.linum.graph.Saving;
import dev.linum.graph.Shape;
import dev.linum.graph.Spare;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import dev.linum.graph.Type;
import dev.linum.graph.Unsplit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Loops whose rows are shared among workers give the same numbers, bit for bit, as loops that one worker runs, and
/// what their steps give one by one.
class RowsTest {

    private static final int STEPS = 60;
    private static final int WIDTH = 24;

    private static Array random(int seed, int... dims) {
        return Key.of(seed).uniform(Shape.of(dims), -1, 1).array();
    }

    /// Inputs, first carries, a weight, a bias, a constant in rows, a table, and something of each step for all rows.
    private static Tensors inputs(int batch) {
        return Tensors.of(
                random(1, STEPS, batch, WIDTH),
                random(2, batch, WIDTH),
                random(3, batch, WIDTH),
                random(4, WIDTH, WIDTH).times(0.3).array(),
                random(5, WIDTH),
                random(6, batch, WIDTH),
                random(7, 9, WIDTH),
                random(8, STEPS, WIDTH + 3));
    }

    /// One step made of random operations that keep rows apart.
    private static Loop.Step<Tensors, Tensors> step(long seed, Tensors in, Tensors carry, Tensors x) {
        var random = new Random(seed);
        int batch = carry.get(0).shape().dim(0);
        var pool = new ArrayList<Tensor>(List.of(carry.get(0), carry.get(1), x.get(0)));
        for (int i = 0; i < 14; i++) {
            Tensor a = pool.get(Math.max(0, pool.size() - 1 - random.nextInt(4)));
            Tensor b = pool.get(random.nextInt(pool.size()));
            pool.add(
                    switch (random.nextInt(20)) {
                        case 0 -> a.dot(in.get(3)).plus(in.get(4));
                        case 1 -> a.plus(b).tanh();
                        case 2 -> a.times(in.get(5));
                        case 3 -> a.mean(1).expand(1).times(b);
                        case 4 -> Tensor.concat(1, a.slice(1, 5, WIDTH), b.slice(1, 0, 5));
                        case 5 -> a.slice(1, 0, WIDTH / 2).pad(1, WIDTH / 2, 0).plus(b);
                        case 6 -> a.reshape(batch, 2, WIDTH / 2).transpose().reshape(batch, WIDTH);
                        case 7 -> a.reverse(1).minus(b.times(0.5));
                        case 8 ->
                            in.get(6)
                                    .gather(a.argMax(1)
                                            .cast(DType.F32)
                                            .times(0.3)
                                            .cast(DType.I32));
                        case 9 -> a.lessThan(b).select(a.sigmoid(), b);
                        case 10 -> a.plus(x.get(1).slice(0, 3, 3 + WIDTH));
                        case 11 ->
                            a.max(1)
                                    .expand(1)
                                    .broadcastTo(Shape.of(batch, WIDTH))
                                    .minus(b)
                                    .times(0.2);
                        case 12 ->
                            a.reshape(batch * 2, WIDTH / 2)
                                    .dot(in.get(3).slice(0, 0, WIDTH / 2).slice(1, 0, WIDTH / 2))
                                    .reshape(batch, WIDTH);
                        case 13 ->
                            a.reshape(batch, 4, 6)
                                    .dot(b.reshape(batch, 6, 4))
                                    .reshape(batch, 16)
                                    .pad(1, 8, 0);
                        case 15 ->
                            a.times(in.get(4).slice(0, 0, 1).times(0.2).plus(0.5))
                                    .plus(b);
                        case 16 -> {
                            Tensor all = in.get(4).slice(0, 0, 1).times(0.2);
                            Tensor each = in.get(5).slice(1, 3, 4).times(0.5).plus(all);
                            yield a.square()
                                    .mean(1)
                                    .plus(1)
                                    .times(all)
                                    .expand(1)
                                    .plus(b.times(each));
                        }
                        case 14 ->
                            Tensor.concat(
                                    1,
                                    a.slice(1, 0, 8).tanh(),
                                    b.slice(1, 8, 16).times(0.5),
                                    a.slice(1, 16, 24).plus(b.slice(1, 0, 8)));
                        case 17 -> x.get(0).dot(in.get(3)).plus(a).tanh();
                        case 18 -> {
                            Tensor product = x.get(0).dot(in.get(3).times(0.5));
                            yield product.plus(carry.get(1).dot(in.get(3))).times(product);
                        }
                        default -> a.times(b).plus(carry.get(0).times(0.1));
                    });
        }
        Tensor h = pool.getLast().tanh();
        return new Loop.Step<>(
                Tensors.of(h, pool.get(pool.size() - 3).times(0.5)), Tensors.of(h, pool.get(6), carry.get(0)));
    }

    private static List<Tensor> loop(long seed, Tensors in) {
        var ran = Loop.scan(
                Tensors.of(in.get(1), in.get(2)),
                Tensors.of(in.get(0), in.get(7)),
                STEPS,
                seed % 2 == 0 ? Loop.Order.FORWARDS : Loop.Order.BACKWARDS,
                (carry, x) -> step(seed, in, carry, x));
        return Bundle.concat(ran.carry().leaves(), ran.output().leaves());
    }

    private static List<Tensor> oneByOne(long seed, Tensors in) {
        Tensors carry = Tensors.of(in.get(1), in.get(2));
        var outputs = new ArrayList<List<Tensor>>();
        for (int n = 0; n < STEPS; n++) {
            int t = seed % 2 == 0 ? n : STEPS - 1 - n;
            var next = step(
                    seed, in, carry, Tensors.of(in.get(0).index(0, t), in.get(7).index(0, t)));
            carry = next.carry();
            outputs.add(next.output().leaves());
        }
        List<List<Tensor>> inOrder = seed % 2 == 0 ? outputs : outputs.reversed();
        var all = new ArrayList<>(carry.leaves());
        for (int i = 0; i < 3; i++) {
            int at = i;
            all.add(Tensor.stack(0, inOrder.stream().map(y -> y.get(at)).toList()));
        }
        return all;
    }

    private static List<Array> run(Graph graph, Tensors in, Workers workers) {
        Plan plan = Planner.plan(graph, new ScalarKernels(), workers);
        List<Array> arguments = in.leaves().stream().map(Tensor::array).toList();
        List<Array> first = plan.run(arguments);
        List<Array> second = plan.run(arguments);
        assertEqual(second, first);
        return first;
    }

    private static void assertEqual(List<Array> found, List<Array> expected) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(found.get(i).toDoubles())
                    .as("output %d", i)
                    .isEqualTo(expected.get(i).toDoubles());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 13, 32})
    void workersShareRowsWithoutChangingThem(int batch) {
        for (long seed = 0; seed < 10; seed++) {
            long program = seed;
            Tensors in = inputs(batch);
            Function<List<Tensor>, List<Tensor>> function = all -> loop(program, new Tensors(all));
            Graph graph = Trace.of(Bundle.types(in), function).verify();
            List<Array> alone = run(graph, in, new Team(1));
            PlanTest.assertSame(List.copyOf(alone), oneByOne(seed, in));
            assertEqual(run(graph, in, new Team(2)), alone);
            assertEqual(run(graph, in, new Team(3)), alone);
        }
    }

    /// A body that is left whole reshapes constants itself.
    @Test
    void aNumberOfEachRowIsReadByRows() {
        int batch = 8;
        Tensors in = Tensors.of(
                random(1, STEPS, batch, WIDTH),
                random(2, batch, WIDTH),
                random(3, batch, 1),
                random(4, 2, batch / 2, WIDTH));
        for (boolean scaled : new boolean[] {true, false}) {
            Graph graph = Unsplit.loops(() -> Trace.of(Bundle.types(in), all -> {
                var ran = Loop.scan(all.get(1), all.get(0), STEPS, Loop.Order.FORWARDS, (Tensor carry, Tensor x) -> {
                    Tensor sum = carry.plus(x);
                    Tensor next = scaled
                            ? sum.times(all.get(2))
                            : sum.plus(all.get(3).reshape(batch, WIDTH)).tanh();
                    return new Loop.Step<>(next, next);
                });
                return List.of(ran.carry(), ran.output());
            }));
            Op.Scan scan = graph.scans().getFirst();
            assertThat(Rows.of(scan, scan.body()).isEmpty()).isEqualTo(!scaled);
            assertEqual(run(graph, in, new Team(2)), run(graph, in, new Team(1)));
        }
    }

    /// A loop over packed sequences whose body says nothing of lengths (then only leaving rows out keeps the carry of
    /// those that are over), or over sequences as they came, masking each step.
    private static List<Tensor> ragged(List<Tensor> in, int[] lengths, Loop.Order order, boolean masked) {
        Array sequences = Array.of(lengths);
        var packing = Packing.of(sequences, STEPS, true);
        Tensor valid = Tensor.iota(STEPS).expand(1).lessThan(sequences.expand(0));
        var ran = Loop.scan(
                Tensors.of(in.get(1), in.get(2)),
                masked ? Tensors.of(in.get(0), valid) : Tensors.of(packing.pack(in.get(0)), packing.atWork()),
                STEPS,
                order,
                masked ? Optional.empty() : Optional.of(packing.sequences()),
                Saving.everything(),
                (carry, x) -> {
                    Tensor fromInput = x.get(0).dot(in.get(3).times(0.5));
                    Tensor h = fromInput.plus(carry.get(0).dot(in.get(3))).tanh();
                    Tensor c = carry.get(1).times(0.5).plus(h);
                    Tensor real = x.get(1).expand(1).broadcastTo(h.shape());
                    Tensor zero = Tensor.zeros(h.type());
                    return masked
                            ? new Loop.Step<>(
                                    Tensors.of(real.select(c, carry.get(0)), real.select(h, carry.get(1))),
                                    Tensors.of(
                                            real.select(h, zero),
                                            real.select(carry.get(1), zero),
                                            real.select(carry.get(0), zero)))
                            : new Loop.Step<>(Tensors.of(c, h), Tensors.of(h, carry.get(1), carry.get(0)));
                });
        return Bundle.concat(
                ran.carry().leaves(),
                ran.output().leaves().stream()
                        .map(y -> masked ? y : packing.unpack(y))
                        .toList());
    }

    @ParameterizedTest
    @EnumSource(Loop.Order.class)
    void packedSequencesGiveWhatTheyGiveInRowsOfTheirOwn(Loop.Order order) {
        for (int batch : new int[] {1, 2, 7, 13, 40}) {
            for (int seed = 0; seed < 5; seed++) {
                int most = seed < 3 ? STEPS : STEPS / 3;
                int[] lengths = new Random(seed)
                        .ints(batch, seed == 4 ? most : 0, most + 1)
                        .toArray();
                Tensors in = inputs(batch);
                Graph masked = Trace.of(Bundle.types(in), all -> ragged(all, lengths, order, true));
                List<Array> expected = run(masked, in, new Team(1));
                Graph packed = Trace.of(Bundle.types(in), all -> ragged(all, lengths, order, false));
                for (int workers = 1; workers <= 3; workers++) {
                    assertEqual(run(packed, in, new Team(workers)), expected);
                }
            }
        }
    }

    @Test
    void sequencesThatAreNotThereAreNamed() {
        Array x = random(1, 3, 2, 4);
        Array sequences = Array.of(new int[] {0, 1, 0, 2, 0, -1}, 3, 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sum(x, sequences))
                .withMessage("scan: row 1 works on sequence 2 at step 1, but a batch of 2 has sequences 0 to 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sum(x, Array.of(new int[] {0, 1, -1, 1, -1, -1}, 3, 2)))
                .withMessage("scan: row 1 works on a sequence at step 1, but the row before it on none; rows with none"
                        + " come last");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sum(x, Array.of(new int[] {0, 1, 1}, 3, 1)))
                .withMessageContaining("scan: the sequences of the rows are i32[3, batch], found [i32[3,1]");
    }

    private static Tensor sum(Tensor x, Tensor sequences) {
        return Loop.scan(
                        Tensor.zeros(Type.of(DType.F32, 2, 4)),
                        x,
                        3,
                        Loop.Order.FORWARDS,
                        Optional.of(sequences),
                        Saving.everything(),
                        (Tensor h, Tensor now) -> new Loop.Step<>(h.plus(now), h))
                .carry();
    }

    private static Op.Scan scan(Function<Tensor, Tensor> step) {
        List<Type> types = List.of(Type.of(DType.F32, 5, 8, 4), Type.of(DType.F32, 8, 4));
        Graph graph = Trace.of(types, in -> {
            var ran = Loop.scan(
                    in.get(1), in.get(0), 5, (Tensor carry, Tensor x) -> new Loop.Step<>(step.apply(carry.plus(x)), x));
            return List.of(ran.carry());
        });
        return graph.scans().getFirst();
    }

    @Test
    void onlyBodiesThatMixNoRowsAreTakenApart() {
        assertThat(rows(Tensor::tanh)).isTrue();
        assertThat(rows(h -> h.minus(h.mean(1).expand(1)))).isTrue();
        assertThat(rows(h -> h.minus(h.mean(0)))).isFalse();
        assertThat(rows(h -> h.reverse(0))).isFalse();
        assertThat(rows(h -> h.transpose().reshape(8, 4))).isFalse();
        assertThat(rows(h -> Tensor.concat(0, h.slice(0, 1, 8), h.slice(0, 0, 1))))
                .isFalse();
        assertThat(rows(h -> h.dot(h.transpose()).slice(1, 0, 4))).isFalse();
    }

    private static boolean rows(Function<Tensor, Tensor> step) {
        Op.Scan scan = scan(step);
        return !Rows.of(scan, scan.body()).isEmpty();
    }

    /// A gather behind the loop puts zeros where padding goes, by what the rows work on; until then nothing else may
    /// lie there.
    @Test
    void whatRowsWorkOnIsKnownForAsLongAsItMatters() {
        int batch = 8;
        var in = Tensors.of(
                random(1, STEPS, batch, WIDTH),
                random(2, batch, WIDTH),
                random(3, STEPS * batch),
                Array.of(new Random(4).ints(batch, 1, STEPS).toArray()));
        Function<Boolean, UnaryOperator<Tensors>> with = between -> x -> {
            var packing = Packing.of(x.get(3), STEPS, true);
            var ran = Loop.scan(
                    Tensors.of(x.get(1)),
                    Tensors.of(packing.pack(x.get(0))),
                    STEPS,
                    Loop.Order.FORWARDS,
                    Optional.of(packing.sequences()),
                    Saving.everything(),
                    (carry, step) -> {
                        Tensor h = step.get(0).plus(carry.get(0)).tanh();
                        return new Loop.Step<>(Tensors.of(h), Tensors.of(h));
                    });
            var all = new ArrayList<Tensor>();
            if (between) {
                // Two rows of as many integers.
                Tensor last = ran.carry().get(0).sum().broadcastTo(x.get(2).shape());
                all.add(x.get(2).lessThan(last).reverse(0));
                all.add(last.lessThan(x.get(2)).reverse(0));
            }
            all.add(packing.unpack(ran.output().get(0)));
            return Tensors.of(all.toArray(Tensor[]::new));
        };
        List<Array> arguments = in.leaves().stream().map(Tensor::array).toList();
        var full = new ArrayList<>(arguments);
        full.set(3, Array.of(IntStream.generate(() -> STEPS).limit(batch).toArray()));
        float[][] outputs = Stream.of(false, true)
                .map(between -> {
                    Graph graph = Compiled.of(with.apply(between)).graph(in);
                    Plan plan = Planner.plan(graph, new ScalarKernels(), Workers.ALONE);
                    plan.run(full, new Spare());
                    return plan.run(arguments, new Spare()).getLast().toFloats();
                })
                .toArray(float[][]::new);
        assertThat(Arrays.equals(outputs[1], outputs[0])).isTrue();
    }
}
