package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import dev.linum.graph.Type;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Layers above each other are cut into pieces that run side by side, and give the same numbers to the last bit.
class WavefrontTest {

    private static final int STEPS = 200;
    private static final int WIDTH = 128;

    /// Inputs [steps, batch, width] and two weights.
    private static List<Tensor> inputs(int batch) {
        return List.of(
                Key.of(1).uniform(Shape.of(STEPS, batch, WIDTH), -1, 1),
                Key.of(2).uniform(Shape.of(WIDTH, WIDTH), -0.2, 0.2),
                Key.of(3).uniform(Shape.of(WIDTH, WIDTH), -0.2, 0.2));
    }

    /// `h = tanh(x w + h u)`, the product of all steps before the loop.
    private static Tensor layer(Tensor x, Tensor w, Tensor u, Loop.Order order) {
        Shape shape = x.shape();
        return loop(product(x, w).plus(0.1), u, Tensor.zeros(x.type().withShape(shape.drop(0))), order)
                .output();
    }

    private static Tensor product(Tensor x, Tensor w) {
        return x.reshape(STEPS * x.shape().dim(1), WIDTH).dot(w).reshape(x.shape());
    }

    private static Loop.Step<Tensor, Tensor> loop(Tensor p, Tensor u, Tensor first, Loop.Order order) {
        return Loop.scan(first, p, p.shape().dim(0), order, (Tensor h, Tensor xt) -> {
            Tensor next = xt.plus(h.dot(u)).tanh();
            return new Loop.Step<>(next, next);
        });
    }

    private static List<Tensor> stack(List<Tensor> in, int layers, Loop.Order order) {
        var outputs = new ArrayList<Tensor>();
        Tensor x = in.get(0);
        for (int i = 0; i < layers; i++) {
            x = layer(x, in.get(1 + i % 2), in.get(2 - i % 2), order);
            outputs.add(x);
        }
        return outputs;
    }

    private static Graph graph(int batch, Function<List<Tensor>, List<Tensor>> program) {
        return Trace.of(inputs(batch).stream().map(Tensor::type).toList(), program);
    }

    private static Plan plan(Graph graph, int workers) {
        return Planner.plan(graph, new ScalarKernels(), new Team(workers));
    }

    private static long sideBySide(Graph graph) {
        return plan(graph, 2).steps().stream()
                .filter(s -> s instanceof SideBySide all && all.each().getFirst() instanceof LoopStep)
                .count();
    }

    /// The numbers of steps of the loops of a graph, after it was cut.
    private static List<Integer> steps(Graph graph) {
        return Wavefront.graph(Inline.graph(graph), 2).verify().scans().stream()
                .map(Op.Scan::steps)
                .toList();
    }

    private static void assertSameNumbers(Graph graph, int batch) {
        List<Array> arrays = inputs(batch).stream().map(Tensor::array).toList();
        List<Array> expected = plan(graph, 1).run(arrays);
        for (int workers = 2; workers <= 3; workers++) {
            Plan plan = plan(graph, workers);
            for (int again = 0; again < 3; again++) {
                List<Array> found = plan.run(arrays);
                for (int i = 0; i < expected.size(); i++) {
                    assertThat((float[]) found.get(i).data())
                            .as("output %d of %d workers", i, workers)
                            .isEqualTo(expected.get(i).data());
                }
            }
        }
    }

    private static Tensor loss(List<Tensor> in, int layers) {
        return stack(in, layers, Loop.Order.FORWARDS).getLast().square().sum();
    }

    /// The loss of some layers and its gradients.
    private static Graph training(int batch, int layers) {
        return graph(batch, in -> {
            var got = Gradient.valueAndGrad(at -> loss(at.leaves(), layers), new Tensors(in));
            return Bundle.concat(List.of(got.value()), got.gradient().leaves());
        });
    }

    @ParameterizedTest
    @EnumSource
    void layersAreCutWithAllThatIsBetween(Loop.Order order) {
        Graph graph = graph(3, in -> stack(in, 2, order));
        assertThat(steps(graph)).containsExactly(50, 50, 50, 50, 50, 50, 50, 50);
        Graph cut = Wavefront.graph(Inline.graph(graph), 2);
        assertThat(cut.count(Op.MatMul.class))
                .as("one product for the first layer, pieces for the next")
                .isEqualTo(5);
        assertThat(sideBySide(graph)).isEqualTo(3);
        assertSameNumbers(graph, 3);
    }

    /// So layers are called: each turns the batch to the front again.
    @Test
    void layersWithTheBatchInFrontAreCut() {
        Graph graph = graph(3, in -> {
            Tensor x = in.get(0).transpose(1, 0, 2);
            for (int i = 0; i < 2; i++) {
                x = layer(x.transpose(1, 0, 2), in.get(1), in.get(2), Loop.Order.FORWARDS)
                        .transpose(1, 0, 2);
            }
            return List.of(x);
        });
        assertThat(steps(graph.simplified())).hasSize(8);
        assertSameNumbers(graph.simplified(), 3);
    }

    @Test
    void weightsArePackedOnceForAllPieces() {
        var packed = new AtomicInteger();
        var kernels = new ScalarKernels() {
            @Override
            public void pack(
                    int k, int n, float[] b, int bo, int bRow, int bColumn, MemorySegment to, Workers workers) {
                packed.incrementAndGet();
                super.pack(k, n, b, bo, bRow, bColumn, to, workers);
            }
        };
        Graph graph = graph(3, in -> stack(in, 3, Loop.Order.FORWARDS));
        Plan plan = Planner.plan(graph, kernels, new Team(2));
        plan.run(inputs(3).stream().map(Tensor::array).toList());
        assertThat(packed.get())
                .as("two weights of three layers of four pieces")
                .isEqualTo(2);
    }

    @Test
    void threeLayersRunAtTheSameTime() {
        Graph graph = graph(3, in -> stack(in, 3, Loop.Order.FORWARDS));
        assertThat(steps(graph)).hasSize(12);
        assertThat(sideBySide(graph)).isEqualTo(4);
        assertSameNumbers(graph, 3);
    }

    @Test
    void derivativesAreCutBackwards() {
        Graph graph = training(3, 2).simplified();
        assertThat(steps(graph)).hasSize(16).containsOnly(50);
        assertThat(sideBySide(graph)).isEqualTo(6);
        for (int batch = 1; batch <= 3; batch++) {
            assertSameNumbers(training(batch, 3).simplified(), batch);
        }
    }

    /// Everybody sees the whole sequence: the upper layer cannot begin before the lower one is done.
    @Test
    void aLayerThatReadsTheEndOfTheOneBelowWaits() {
        Graph mean = graph(3, in -> {
            Tensor below = layer(in.get(0), in.get(1), in.get(2), Loop.Order.FORWARDS);
            Tensor all = below.plus(below.mean(0).expand(0).broadcastTo(below.shape()));
            return List.of(layer(all, in.get(1), in.get(2), Loop.Order.FORWARDS));
        });
        assertThat(steps(mean)).containsExactly(STEPS, STEPS);
        Graph turned = graph(3, in -> {
            Tensor below = layer(in.get(0), in.get(1), in.get(2), Loop.Order.FORWARDS);
            return List.of(layer(below, in.get(1), in.get(2), Loop.Order.BACKWARDS));
        });
        assertThat(steps(turned)).containsExactly(STEPS, STEPS);
        Graph carried = graph(3, in -> {
            Tensor below = layer(in.get(0), in.get(1), in.get(2), Loop.Order.FORWARDS);
            return List.of(loop(below, in.get(2), below.index(0, STEPS - 1), Loop.Order.FORWARDS)
                    .output());
        });
        assertThat(steps(carried)).containsExactly(STEPS, STEPS);
    }

    @Test
    void loopsThatAreSharedByRowsAndShortOnesStayWhole() {
        assertThat(steps(graph(8, in -> stack(in, 2, Loop.Order.FORWARDS)))).containsExactly(STEPS, STEPS);
        assertThat(steps(graph(2, in -> stack(in, 2, Loop.Order.FORWARDS)))).containsExactly(66, 67, 67, 66, 67, 67);
        assertThat(steps(graph(1, in -> stack(in, 2, Loop.Order.FORWARDS)))).containsExactly(STEPS, STEPS);
        assertThat(Wavefront.graph(graph(3, in -> stack(in, 2, Loop.Order.FORWARDS)), 1)
                        .scans())
                .hasSize(2);
    }

    /// What comes between may be anything that works on each step alone.
    @Test
    void anyWorkOfSingleStepsIsCut() {
        Graph graph = graph(3, in -> {
            Tensor x = in.get(0);
            Tensor below = layer(x, in.get(1), in.get(2), Loop.Order.FORWARDS);
            Tensor scale = below.square().mean(-1).plus(1).sqrt();
            Tensor normal = below.dividedBy(scale.expand(-1).broadcastTo(below.shape()));
            Tensor halves =
                    Tensor.concat(-1, normal.slice(-1, WIDTH / 2, WIDTH).reverse(-1), normal.slice(-1, 0, WIDTH / 2));
            Tensor residual =
                    halves.plus(x).times(in.get(1).sum(0).expand(0).expand(0).broadcastTo(x.shape()));
            Tensor turned = residual.transpose(0, 2, 1).tanh().transpose(0, 2, 1);
            return List.of(layer(turned, in.get(1), in.get(2), Loop.Order.FORWARDS), normal);
        });
        assertThat(steps(graph)).hasSize(8);
        assertThat(sideBySide(graph)).isEqualTo(3);
        assertSameNumbers(graph, 3);
    }

    /// Of two products in a sum, or of all numbers in one, each worker count adds the same to the same.
    @Test
    void sumsAreAddedUpInTheSameOrder() {
        Graph products = graph(3, in -> {
            Tensor x = in.get(0);
            Tensor flat = x.reshape(STEPS * 3, WIDTH);
            Tensor below = layer(x, in.get(1), in.get(2), Loop.Order.FORWARDS);
            Tensor both = flat.dot(in.get(1)).plus(flat.tanh().dot(in.get(2)));
            Tensor joined = Tensor.concat(1, below.reshape(STEPS * 3, WIDTH), both);
            Tensor p = joined.dot(Tensor.concat(0, in.get(1), in.get(2))).reshape(x.shape());
            return List.of(layer(p, in.get(1), in.get(2), Loop.Order.FORWARDS));
        });
        assertThat(steps(products)).containsExactly(STEPS, STEPS);
        assertSameNumbers(products, 3);
        Graph all = graph(3, in -> {
            Tensor below = layer(in.get(0), in.get(1), in.get(2), Loop.Order.FORWARDS);
            Tensor t = below.plus(0.3).tanh();
            Tensor sum = t.sum();
            return List.of(layer(t, in.get(1), in.get(2), Loop.Order.FORWARDS), sum);
        });
        assertThat(steps(all)).hasSize(8);
        assertSameNumbers(all, 3);
    }

    /// The time of loops of 400 steps is not that of loops of 200, although the one is made of the other.
    @Test
    void loopsOfOtherStepsCutTheirOwnPieces() {
        Graph graph = graph(2, in -> {
            Tensor below = layer(in.get(0), in.get(1), in.get(2), Loop.Order.FORWARDS);
            Tensor longer = below.reshape(2 * STEPS, 1, WIDTH).tanh();
            Tensor upper = layer(longer.reshape(below.shape()), in.get(1), in.get(2), Loop.Order.FORWARDS);
            Tensor first = Tensor.zeros(Type.of(DType.F32, 1, WIDTH));
            Tensor d = loop(longer.times(0.5), in.get(1), first, Loop.Order.FORWARDS)
                    .output();
            Tensor e = loop(d.sin().plus(longer), in.get(2), first, Loop.Order.FORWARDS)
                    .output();
            return List.of(upper, e);
        });
        assertSameNumbers(graph, 2);
    }

    /// Loops over anything made before, products and sums of them between.
    private static List<Tensor> anything(int seed, List<Tensor> in) {
        var random = new Random(seed);
        var made = new ArrayList<>(List.of(in.getFirst()));
        for (int i = 0; i < 8; i++) {
            Tensor x = made.get(random.nextInt(made.size()));
            Tensor y = made.getLast();
            Tensor w = in.get(1 + random.nextInt(2));
            Loop.Order order = Loop.Order.values()[random.nextInt(4) / 3];
            made.add(
                    switch (random.nextInt(6)) {
                        case 0, 1, 2 -> layer(y, w, in.get(1), order);
                        case 3 -> product(x, w).plus(product(y, in.get(1))).tanh();
                        case 4 -> x.plus(y.mean(0).expand(0).broadcastTo(y.shape()));
                        default -> x.times(0.5).plus(y);
                    });
        }
        return made.subList(1, made.size());
    }

    @Test
    void anyGraphKeepsItsNumbers() {
        int cut = 0;
        for (int seed = 0; seed < 12; seed++) {
            int program = seed;
            Graph graph = graph(3, in -> anything(program, in)).simplified();
            cut += steps(graph).contains(50) ? 1 : 0;
            assertSameNumbers(graph, 3);
        }
        assertThat(cut).isGreaterThan(5);
    }
}
