package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.DType;
import dev.linum.graph.Equation;
import dev.linum.graph.Fn;
import dev.linum.graph.Gradient;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Op;
import dev.linum.graph.Saving;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whether a row is at work is not asked where only such rows are computed, and is asked everywhere else.
class AtWorkTest {

    private static final int BATCH = 8;
    private static final int IN = 5;
    private static final int WIDTH = 8;
    private static final int[] COUNTS = {7, 7, 5, 5, 2, 1, 0, 0};
    private static final int STEPS = COUNTS.length;

    /// What a step computes of its inputs `[batch, IN]` times a weight, its carry and whether each row is at work.
    private interface Body {
        Tensor next(Tensor x, Tensor h, Tensor real);
    }

    /// How the condition is made of what each row works on at each step.
    private interface Condition {
        Tensor of(Tensor sequences);
    }

    private static Tensor atWork(Tensor sequences) {
        return Tensor.full(sequences.type(), -1).lessThan(sequences);
    }

    /// Each row works on the sequence of its number, as long as there are so many rows.
    private static Array sequences(int... counts) {
        var names = new int[counts.length * BATCH];
        for (int i = 0; i < names.length; i++) {
            names[i] = i % BATCH < counts[i / BATCH] ? i % BATCH : -1;
        }
        return Array.of(names, counts.length, BATCH);
    }

    private static Tensor recurrence(Tensor x, Tensor h) {
        return x.plus(h.times(0.5)).tanh();
    }

    private static Tensor along(Tensor real) {
        return real.expand(1).broadcastTo(Shape.of(BATCH, WIDTH));
    }

    /// Inputs with something in the padding, a weight, a first carry, what each row works on.
    private static Tensors inputs(DType dtype, double padding) {
        double[] x =
                Key.of(1).uniform(Shape.of(STEPS, BATCH, IN), -1, 1).array().toDoubles();
        for (int t = 0; t < STEPS; t++) {
            Arrays.fill(x, (t * BATCH + COUNTS[t]) * IN, (t + 1) * BATCH * IN, padding);
        }
        return Tensors.of(
                Array.of(x, STEPS, BATCH, IN).cast(dtype),
                Key.of(2).uniform(Shape.of(IN, WIDTH), -1, 1).cast(dtype),
                Key.of(3).uniform(Shape.of(BATCH, WIDTH), -1, 1).cast(dtype),
                sequences(COUNTS));
    }

    /// A loop over padded inputs that asks in each step whether a row is at work.
    private static List<Tensor> loop(
            List<Tensor> in, Loop.Order order, Optional<Tensor> sequences, Condition condition, Body body) {
        Tensor valid = condition.of(in.get(3));
        Tensor x = valid.expand(2)
                .broadcastTo(in.get(0).shape())
                .select(in.get(0), Tensor.zeros(in.get(0).type()));
        var ran = Loop.scan(
                in.get(2),
                Tensors.of(x, valid),
                STEPS,
                order,
                sequences,
                Saving.everything(),
                (Tensor h, Tensors xs) -> {
                    Tensor next = body.next(xs.get(0).dot(in.get(1)), h, xs.get(1));
                    Tensor real = along(xs.get(1));
                    return new Loop.Step<>(real.select(next, h), real.select(next, Tensor.zeros(h.type())));
                });
        return List.of(ran.carry(), ran.output());
    }

    private static List<Tensor> gradients(List<Tensor> in, Function<List<Tensor>, List<Tensor>> function) {
        var wanted = new Tensors(in.subList(0, 3));
        return Gradient.grad(
                        at -> {
                            List<Tensor> out = function.apply(Bundle.concat(at.leaves(), in.subList(3, 4)));
                            return out.get(0)
                                    .sin()
                                    .sum()
                                    .plus(out.get(1).square().sum());
                        },
                        wanted)
                .leaves();
    }

    private static Graph graph(Tensors in, Function<List<Tensor>, List<Tensor>> function) {
        return Trace.of(Bundle.types(in), all -> Bundle.concat(function.apply(all), gradients(all, function)))
                .simplified()
                .verify();
    }

    private static List<Array> run(Graph graph, Tensors in, int workers) {
        return Planner.plan(graph, new ScalarKernels(), new Team(workers))
                .run(in.leaves().stream().map(Tensor::array).toList());
    }

    /// The choices of a graph, outside its loops, and of the bodies of all its loops.
    private static List<Long> choices(Graph graph) {
        long inside = graph.scans().stream()
                .mapToLong(scan -> count(scan.body().equations()))
                .sum();
        return List.of(count(graph.equations()), inside);
    }

    private static long count(List<Equation> equations) {
        return equations.stream()
                .filter(eq -> eq.op() instanceof Op.Elementwise(Fn fn) && fn == Fn.SELECT)
                .count();
    }

    /// The choices left of a loop and its derivative; the numbers are checked against a loop that leaves nothing out.
    private static List<Long> left(DType dtype, Loop.Order order, Condition condition, Body body) {
        Tensors clean = inputs(dtype, 0);
        List<Array> expected = run(graph(clean, in -> loop(in, order, Optional.empty(), condition, body)), clean, 1);
        Graph packed = graph(clean, in -> loop(in, order, Optional.of(in.get(3)), condition, body));
        for (double padding : new double[] {0, 1e30, Double.NaN}) {
            for (int workers = 1; workers <= 3; workers++) {
                List<Array> found = run(packed, inputs(dtype, padding), workers);
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(found.get(i).toDoubles())
                            .as("result %d with padding of %s", i, padding)
                            .containsExactly(expected.get(i).toDoubles(), within(2e-6));
                }
            }
        }
        Graph shorter = AtWork.graph(Inline.graph(packed)).verify();
        assertThat(choices(packed)).allMatch(n -> n > 0);
        return choices(shorter);
    }

    @ParameterizedTest
    @EnumSource(Loop.Order.class)
    void noChoiceIsLeftWhereOnlyRowsAtWorkAreComputed(Loop.Order order) {
        assertThat(left(DType.F32, order, AtWorkTest::atWork, (x, h, _) -> recurrence(x, h)))
                .containsExactly(0L, 0L);
    }

    /// Of doubles products sum over the padding too, so it must hold zeros.
    @Test
    void inputsOfDoublesAreStillReplacedByZeros() {
        List<Long> left = left(DType.F64, Loop.Order.FORWARDS, AtWorkTest::atWork, (x, h, _) -> recurrence(x, h));
        assertThat(left.get(0)).isPositive();
        assertThat(left.get(1)).isZero();
    }

    @ParameterizedTest
    @EnumSource(Loop.Order.class)
    void aBodyThatMixesRowsIsLeftAsItIs(Loop.Order order) {
        List<Long> left = left(DType.F32, order, AtWorkTest::atWork, (x, h, real) -> {
            Tensor all = along(real).select(h, Tensor.zeros(h.type())).sum(0);
            return recurrence(x, h.minus(all.times(0.1)));
        });
        assertThat(left).allMatch(n -> n > 0);
    }

    @Test
    void aConditionReadAlongColumnsIsLeftAsItIs() {
        List<Long> left = left(DType.F32, Loop.Order.FORWARDS, AtWorkTest::atWork, (x, h, real) -> {
            Tensor columns = real.expand(0).broadcastTo(Shape.of(BATCH, WIDTH));
            return recurrence(x, columns.select(h, h.times(-1)));
        });
        assertThat(left).allMatch(n -> n > 0);
    }

    @Test
    void anotherConditionIsLeftAsItIs() {
        Body body = (x, h, _) -> recurrence(x, h);
        // Fewer rows than are at work: the others keep their carry although they are computed.
        assertThat(left(DType.F32, Loop.Order.FORWARDS, names -> atWork(names.minus(1)), body))
                .allMatch(n -> n > 0);
    }

    /// Compared, but not as the loop does; with as many steps as rows and units, sizes do not tell.
    @Test
    void aConditionThatIsNotWhetherARowHasASequenceIsNotTaken() {
        List<Condition> others = List.of(
                names -> Tensor.full(names.type(), 0).lessThan(names),
                names -> names.lessThan(Tensor.full(names.type(), -1)),
                names -> Tensor.iota(BATCH).expand(0).broadcastTo(names.shape()).lessThan(names),
                names -> atWork(names.transpose()),
                names -> atWork(names.reverse(0)),
                names -> atWork(names.times(1)),
                names -> atWork(names).not());
        for (Condition other : others) {
            Graph packed = graph(inputs(DType.F32, 0), in -> {
                Body body = (x, h, _) -> recurrence(x, h);
                return loop(in, Loop.Order.FORWARDS, Optional.of(in.get(3)), other, body);
            });
            assertThat(choices(AtWork.graph(Inline.graph(packed)))).isEqualTo(choices(packed));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void inputsThatSomethingElseReadsAreStillReplacedByZeros(int which) {
        Tensors in = inputs(DType.F32, Double.NaN);
        Graph graph = Trace.of(Bundle.types(in), all -> {
                    Tensor valid = atWork(all.get(3));
                    Tensor x = valid.expand(2)
                            .broadcastTo(all.get(0).shape())
                            .select(all.get(0), Tensor.zeros(all.get(0).type()));
                    var ran = Loop.scan(
                            all.get(2),
                            Tensors.of(x),
                            STEPS,
                            Loop.Order.FORWARDS,
                            Optional.of(all.get(3)),
                            Saving.everything(),
                            (Tensor h, Tensors xs) -> {
                                Tensor next = recurrence(xs.get(0).dot(all.get(1)), h);
                                return new Loop.Step<>(next, next);
                            });
                    return List.of(ran.output(), which == 0 ? x : x.sum());
                })
                .simplified();
        for (Array found : run(graph, in, 2)) {
            assertThat(found.toFloats()).doesNotContain(Float.NaN);
        }
        assertThat(choices(AtWork.graph(Inline.graph(graph)))).containsExactly(1L, 0L);
    }

    /// Without the choice the body returns numbers of which it is not known that they lie in rows.
    @Test
    void aLoopThatWouldNotBeRunByRowsAnyMoreIsLeftAsItIs() {
        Array numbers = Key.of(4).uniform(Shape.of(BATCH * WIDTH), -1, 1).array();
        Array start = Key.of(5).uniform(Shape.of(BATCH, WIDTH), -1, 1).array();
        Tensors in = Tensors.of(numbers, start, sequences(5));
        Graph graph = Trace.of(Bundle.types(in), all -> {
            var ran = Loop.scan(
                    all.get(1),
                    Tensors.of(atWork(all.get(2))),
                    1,
                    Loop.Order.FORWARDS,
                    Optional.of(all.get(2)),
                    Saving.everything(),
                    (Tensor h, Tensors xs) -> {
                        Tensor next = all.get(0).reshape(BATCH, WIDTH);
                        Tensor real = along(xs.get(0));
                        return new Loop.Step<>(real.select(next, h), real.select(next, Tensor.zeros(h.type())));
                    });
            return List.of(ran.carry(), ran.output());
        });
        List<Array> found = run(graph, in, 2);
        for (int i = 0; i < BATCH * WIDTH; i++) {
            boolean real = i < 5 * WIDTH;
            assertThat(found.get(0).get(i)).isEqualTo(real ? numbers.get(i) : start.get(i));
            assertThat(found.get(1).get(i)).isEqualTo(real ? numbers.get(i) : 0);
        }
    }
}
