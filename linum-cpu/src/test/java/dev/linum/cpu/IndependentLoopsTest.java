package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Loops that do not read each other run side by side and give the same numbers as one after the other; loops
/// that do stay in order.
class IndependentLoopsTest {

    private static final int STEPS = 40;
    private static final int WIDTH = 48;

    /// Inputs [steps, batch, width] and two weights.
    private static List<Tensor> inputs(int batch) {
        return List.of(
                Key.of(1).uniform(Shape.of(STEPS, batch, WIDTH), -1, 1),
                Key.of(2).uniform(Shape.of(WIDTH, WIDTH), -0.3, 0.3),
                Key.of(3).uniform(Shape.of(WIDTH, WIDTH), -0.3, 0.3));
    }

    /// All outputs of `h = tanh(x + h u)`.
    private static Tensor loop(Tensor x, Tensor u, Loop.Order order) {
        Shape carry = x.shape().drop(0);
        var ran = Loop.scan(Tensor.zeros(x.type().withShape(carry)), x, STEPS, order, (Tensor h, Tensor xt) -> {
            Tensor next = xt.plus(h.dot(u)).tanh();
            return new Loop.Step<>(next, next);
        });
        return ran.output();
    }

    private static Tensor forwards(Tensor x, Tensor u) {
        return loop(x, u, Loop.Order.FORWARDS);
    }

    private static Tensor backwards(Tensor x, Tensor u) {
        return loop(x, u, Loop.Order.BACKWARDS);
    }

    private static Tensor projected(Tensor x, Tensor w) {
        int batch = x.shape().dim(1);
        return x.reshape(STEPS * batch, WIDTH).dot(w).reshape(STEPS, batch, WIDTH);
    }

    private static Graph graph(int batch, Function<List<Tensor>, List<Tensor>> program) {
        return Trace.of(inputs(batch).stream().map(Tensor::type).toList(), program);
    }

    /// Something is done with the first loop, and something for the second, between them.
    private static List<Tensor> apart(List<Tensor> in) {
        Tensor x = in.get(0);
        Tensor a = forwards(projected(x, in.get(1)), in.get(1));
        Tensor s = a.square().sum(0);
        Tensor shift = in.get(2).sum(0).expand(0).broadcastTo(x.shape().drop(0));
        Tensor q = projected(x.times(0.5).plus(x.reverse(0)), in.get(2))
                .plus(shift.expand(0).broadcastTo(x.shape()));
        Tensor b = backwards(q, in.get(2));
        return List.of(a.plus(b), s.plus(b.sum(0)), q);
    }

    /// For each run of equations that follow each other, how many of them are loops.
    private static List<Integer> runs(Graph graph) {
        var runs = new ArrayList<Integer>();
        boolean inside = false;
        for (Equation eq : graph.equations()) {
            boolean isLoop = eq.op() instanceof Op.Scan;
            if (isLoop && inside) {
                runs.set(runs.size() - 1, runs.getLast() + 1);
            } else if (isLoop) {
                runs.add(1);
            }
            inside = isLoop;
        }
        return runs;
    }

    private static List<Array> run(Graph graph, int batch, int workers) {
        return plan(graph, workers).run(arrays(batch));
    }

    private static Plan plan(Graph graph, int workers) {
        return Planner.plan(graph, new ScalarKernels(), new Team(workers));
    }

    private static List<Array> arrays(int batch) {
        return inputs(batch).stream().map(Tensor::array).toList();
    }

    private static long sideBySide(Graph graph, int workers) {
        return plan(graph, workers).steps().stream()
                .filter(s -> s instanceof SideBySide all && all.each().getFirst() instanceof LoopStep)
                .count();
    }

    private static void assertSame(List<Array> found, List<Array> expected) {
        for (int i = 0; i < expected.size(); i++) {
            float[] a = (float[]) found.get(i).data();
            float[] b = (float[]) expected.get(i).data();
            assertThat(Arrays.mismatch(a, b)).as("output %d", i).isEqualTo(-1);
        }
    }

    @Test
    void whatTheSecondLoopReadsComesBeforeTheFirst() {
        Graph graph = graph(1, IndependentLoopsTest::apart);
        assertThat(runs(graph)).containsExactly(1, 1);
        var independent = IndependentLoops.of(graph);
        independent.graph().verify();
        assertThat(runs(independent.graph())).containsExactly(2);
        assertThat(independent.graph().equations()).hasSameSizeAs(graph.equations());
        assertThat(independent.groups()).hasSize(2);
        assertThat(sideBySide(graph, 2)).isEqualTo(1);
    }

    @Test
    void numbersAreThoseOfOneLoopAfterTheOther() {
        for (int batch = 1; batch <= 5; batch++) {
            Graph graph = graph(batch, IndependentLoopsTest::apart);
            List<Array> expected = run(graph, batch, 1);
            PlanTest.assertSame(List.copyOf(expected), apart(inputs(batch)));
            for (int workers = 2; workers <= 3; workers++) {
                Plan plan = plan(graph, workers);
                for (int i = 0; i < 5; i++) {
                    assertSame(plan.run(arrays(batch)), expected);
                }
            }
        }
    }

    @Test
    void manyCallersRunOnePlan() throws Exception {
        Graph graph = graph(1, IndependentLoopsTest::apart);
        List<Array> expected = run(graph, 1, 1);
        Plan plan = plan(graph, 2);
        try (var callers = Executors.newFixedThreadPool(3)) {
            var all = new ArrayList<Future<List<Array>>>();
            for (int i = 0; i < 60; i++) {
                all.add(callers.submit(() -> plan.run(arrays(1))));
            }
            for (Future<List<Array>> one : all) {
                assertSame(one.get(), expected);
            }
        }
    }

    /// A repetition is carried out where it is read first; that must be before both loops, not inside one of
    /// them.
    @Test
    void whatBothLoopsReadIsThereBeforeThem() {
        Graph graph = graph(1, in -> {
            Tensor same = in.get(1).sum(0).expand(0).broadcastTo(in.get(0).shape());
            return List.of(forwards(same, in.get(1)), backwards(same, in.get(2)));
        });
        List<Array> expected = run(graph, 1, 1);
        Plan plan = plan(graph, 2);
        for (int i = 0; i < 20; i++) {
            assertSame(plan.run(arrays(1)), expected);
        }
    }

    @Test
    void loopsThatReadEachOtherStayInOrder() {
        Graph stacked = graph(1, in -> {
            Tensor a = forwards(projected(in.get(0), in.get(1)), in.get(1));
            return List.of(forwards(projected(a, in.get(2)), in.get(2)));
        });
        var independent = IndependentLoops.of(stacked);
        assertThat(independent.graph().equations()).isEqualTo(stacked.equations());
        assertThat(independent.groups()).isEmpty();
        assertThat(sideBySide(stacked, 2)).isZero();
    }

    @Test
    void twoLayersOfTwoDirectionsAreTwoGroups() {
        Graph graph = graph(1, in -> {
            Tensor a = forwards(in.get(0), in.get(1)).plus(backwards(in.get(0), in.get(2)));
            return List.of(forwards(a, in.get(2)).plus(backwards(projected(a, in.get(1)), in.get(1))));
        });
        Graph ordered = IndependentLoops.of(graph).graph().verify();
        assertThat(runs(ordered)).containsExactly(2, 2);
        assertThat(sideBySide(graph, 2)).isEqualTo(2);
        assertSame(run(graph, 1, 2), run(graph, 1, 1));
    }

    /// Loops over anything made before, and sums of them, products between.
    private static List<Tensor> anything(int seed, List<Tensor> in) {
        var random = new Random(seed);
        var made = new ArrayList<>(List.of(in.getFirst()));
        for (int i = 0; i < 12; i++) {
            Tensor x = made.get(random.nextInt(made.size()));
            Tensor y = made.getLast();
            Tensor u = in.get(1 + random.nextInt(2));
            made.add(
                    switch (random.nextInt(5)) {
                        case 0, 1 -> loop(x, u, Loop.Order.values()[i % 2]);
                        case 2 -> projected(x, u).plus(projected(y, u)).tanh();
                        case 3 -> loop(x.plus(y.mean(0).expand(0).broadcastTo(x.shape())), u, Loop.Order.FORWARDS);
                        default -> x.plus(y.times(0.5));
                    });
        }
        return made.subList(1, made.size());
    }

    @Test
    void anyGraphStaysInOrderAndKeepsItsNumbers() {
        for (int seed = 0; seed < 100; seed++) {
            int program = seed;
            int batch = 1 + seed % 3;
            Graph graph = graph(batch, in -> anything(program, in));
            Graph ordered = IndependentLoops.of(graph).graph().verify();
            assertThat(ordered.equations()).hasSameSizeAs(graph.equations());
            List<Array> expected = run(graph, batch, 1);
            PlanTest.assertSame(List.copyOf(expected), anything(seed, inputs(batch)));
            assertSame(run(graph, batch, 2), expected);
            assertSame(run(graph, batch, 3), expected);
        }
    }

    @Test
    void moreLoopsThanWorkersAreRunByThoseThereAre() {
        Graph graph = graph(2, in -> {
            var all = new ArrayList<Tensor>();
            for (int i = 0; i < 11; i++) {
                all.add(loop(in.get(0).times(0.1 * i), in.get(1 + i % 2), Loop.Order.values()[i % 2])
                        .sum(0));
            }
            return all;
        });
        assertThat(runs(IndependentLoops.of(graph).graph().verify())).containsExactly(8, 3);
        List<Array> expected = run(graph, 2, 1);
        for (int workers = 2; workers <= 3; workers++) {
            assertThat(sideBySide(graph, workers)).isEqualTo(2);
            assertSame(run(graph, 2, workers), expected);
        }
    }

    @Test
    void loopsWithRowsEnoughAreSharedByRows() {
        assertThat(sideBySide(graph(8, IndependentLoopsTest::apart), 2)).isZero();
        assertThat(sideBySide(graph(7, IndependentLoopsTest::apart), 2)).isEqualTo(1);
    }

    @Test
    void aLoopWithLittleWorkIsNotHandedOver() {
        Graph graph = graph(1, in -> {
            Tensor u = in.get(1).slice(0, 0, 8).slice(1, 0, 8);
            Tensor x = in.get(0).slice(2, 0, 8);
            return List.of(forwards(x, u), backwards(x, u));
        });
        assertThat(sideBySide(graph, 2)).isZero();
    }

    @Test
    void loopsThatUseAllWorkersAtEachStepRunInTurnWhereWorkersWouldBeIdle() {
        int width = 512;
        Graph graph = Trace.of(
                List.of(
                        Key.of(1).normal(Shape.of(STEPS, 1, width)).type(),
                        Key.of(2).normal(Shape.of(width, width)).type()),
                in -> List.of(forwards(in.get(0), in.get(1)), backwards(in.get(0), in.get(1))));
        assertThat(sideBySide(graph, 1)).isZero();
        assertThat(sideBySide(graph, 2)).isEqualTo(1);
        assertThat(sideBySide(graph, 4)).isZero();
    }
}
