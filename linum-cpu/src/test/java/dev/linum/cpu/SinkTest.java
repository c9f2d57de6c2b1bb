package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.linum.graph.Array;
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
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Products of inputs run inside loops with rows enough, and are added to others as they are made.
class SinkTest {

    private static final int STEPS = 7;
    private static final int WIDTH = 12;

    /// Inputs [steps, batch, 5], a carry, the weights of both and a bias.
    private static List<Tensor> inputs(int batch, DType type) {
        return List.of(
                random(1, type, STEPS, batch, 5),
                random(2, type, batch, WIDTH),
                random(3, type, 5, WIDTH),
                random(4, type, WIDTH, WIDTH),
                random(5, type, WIDTH));
    }

    private static Tensor random(int seed, DType type, int... dims) {
        return Key.of(seed).uniform(Shape.of(dims), -1, 1).cast(type);
    }

    /// The last carry and all outputs of `h = tanh(x W + h U + b)`.
    private static List<Tensor> recurrence(List<Tensor> in) {
        Tensor bias = in.get(4).expand(0).broadcastTo(in.get(1).shape());
        var ran = Loop.scan(in.get(1), Tensors.of(in.get(0)), STEPS, (Tensor h, Tensors x) -> {
            Tensor next =
                    x.get(0).dot(in.get(2)).plus(h.dot(in.get(3))).plus(bias).tanh();
            return new Loop.Step<>(next, next);
        });
        return List.of(ran.carry(), ran.output());
    }

    private static Graph graph(List<Tensor> in) {
        return Trace.of(in.stream().map(Tensor::type).toList(), SinkTest::recurrence);
    }

    private static long inside(Graph graph) {
        return graph.scans().getFirst().body().count(Op.MatMul.class);
    }

    @Test
    void withEightRowsForAWorkerTheProductOfInputsRunsInTheLoop() {
        Graph split = graph(inputs(8, DType.F32));
        assertThat(split.count(Op.MatMul.class)).isEqualTo(1);
        Graph sunk = Sink.graph(split, 1);
        sunk.verify();
        assertThat(sunk.count(Op.MatMul.class)).isZero();
        assertThat(inside(sunk)).isEqualTo(2);
    }

    @Test
    void withFewerItStaysOutside() {
        Graph sunk = Sink.graph(graph(inputs(15, DType.F32)), 2);
        assertThat(sunk.count(Op.MatMul.class)).isEqualTo(1);
        assertThat(inside(sunk)).isEqualTo(1);
    }

    @Test
    void aProductThatSomethingElseReadsStaysOutside() {
        List<Tensor> in = inputs(8, DType.F32);
        Graph graph = Trace.of(in.stream().map(Tensor::type).toList(), given -> {
            Tensor product =
                    given.get(0).reshape(STEPS * 8, 5).dot(given.get(2)).reshape(STEPS, 8, WIDTH);
            var ran = Loop.scan(given.get(1), Tensors.of(product), STEPS, (Tensor h, Tensors x) -> {
                Tensor next = x.get(0).plus(h.dot(given.get(3))).tanh();
                return new Loop.Step<>(next, next);
            });
            return List.of(ran.output(), product);
        });
        assertThat(Sink.graph(graph, 1).count(Op.MatMul.class)).isEqualTo(1);
    }

    @Test
    void inALoopOfOneStepTheProductOfInputsMayComeLast() {
        List<Tensor> in = inputs(8, DType.F32);
        Tensor x = in.get(0).slice(0, 0, 1);
        Graph graph = Trace.of(in.stream().map(Tensor::type).toList(), given -> {
            Tensors xs = Tensors.of(given.get(0).slice(0, 0, 1));
            var ran = Loop.scan(given.get(1), xs, 1, (Tensor h, Tensors now) -> {
                Tensor next =
                        h.dot(given.get(3)).plus(now.get(0).dot(given.get(2))).tanh();
                return new Loop.Step<>(next, next);
            });
            return List.of(ran.carry());
        });
        List<Array> found = Planner.plan(graph, new ScalarKernels(), Workers.ALONE)
                .run(in.stream().map(Tensor::array).toList());
        Tensor expected =
                in.get(1).dot(in.get(3)).plus(x.index(0, 0).dot(in.get(2))).tanh();
        assertThat(found.getFirst().toDoubles())
                .containsExactly(expected.array().toDoubles(), within(1e-6));
    }

    /// With 8 rows the product runs in the loop for one worker, before it for two.
    @ParameterizedTest
    @ValueSource(strings = {"product added", "carry added", "two added", "read twice"})
    void numbersDoNotDependOnWhereItRuns(String way) {
        List<Tensor> in = inputs(8, DType.F32);
        Tensor bias = in.get(4).expand(0).broadcastTo(in.get(1).shape());
        Graph graph = Trace.of(in.stream().map(Tensor::type).toList(), given -> {
            var ran = Loop.scan(given.get(1), Tensors.of(given.get(0)), STEPS, (Tensor h, Tensors x) -> {
                Tensor p = x.get(0).dot(given.get(2));
                Tensor sum = switch (way) {
                    case "product added" -> p.plus(h.dot(given.get(3)));
                    case "carry added" -> p.plus(h);
                    case "two added" ->
                        p.plus(x.get(0).dot(given.get(2).negate().plus(0.3)));
                    default -> p.plus(h.dot(given.get(3))).times(p);
                };
                Tensor next = sum.plus(bias).tanh();
                return new Loop.Step<>(next, next);
            });
            return List.of(ran.carry(), ran.output());
        });
        List<Array> numbers = in.stream().map(Tensor::array).toList();
        List<Array> alone =
                Planner.plan(graph, new ScalarKernels(), Workers.ALONE).run(numbers);
        List<Array> shared =
                Planner.plan(graph, new ScalarKernels(), new Team(2)).run(numbers);
        for (int i = 0; i < alone.size(); i++) {
            assertThat(shared.get(i).toFloats()).isEqualTo(alone.get(i).toFloats());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 19})
    void numbersAreThoseOfTheFormula(int batch) {
        List<Tensor> in = inputs(batch, DType.F32);
        float[] found = Planner.plan(graph(in), new ScalarKernels(), new Team(2))
                .run(in.stream().map(Tensor::array).toList())
                .get(1)
                .toFloats();
        double[] x = numbers(in.get(0));
        double[] w = numbers(in.get(2));
        double[] u = numbers(in.get(3));
        double[] b = numbers(in.get(4));
        double[] h = numbers(in.get(1));
        for (int t = 0; t < STEPS; t++) {
            var next = new double[batch * WIDTH];
            for (int r = 0; r < batch; r++) {
                for (int j = 0; j < WIDTH; j++) {
                    double sum = b[j];
                    for (int p = 0; p < 5; p++) {
                        sum += x[(t * batch + r) * 5 + p] * w[p * WIDTH + j];
                    }
                    for (int p = 0; p < WIDTH; p++) {
                        sum += h[r * WIDTH + p] * u[p * WIDTH + j];
                    }
                    next[r * WIDTH + j] = Math.tanh(sum);
                    assertThat((double) found[(t * batch + r) * WIDTH + j])
                            .isCloseTo(next[r * WIDTH + j], within(2e-6));
                }
            }
            h = next;
        }
    }

    /// The first layer adds one matrix to all its inputs, so the backward loop sums what the second one's inputs give.
    @Test
    void sumsOfProductsDoNotDependOnWhereTheyRun() {
        List<Tensor> in = inputs(8, DType.F32);
        Graph graph = Trace.of(in.stream().map(Tensor::type).toList(), given -> {
            Tensor gradient = Gradient.grad(
                    start -> {
                        var xs = Tensors.of(given.get(0).slice(2, 0, 1));
                        var first = Loop.scan(given.get(1), xs, STEPS, (Tensor h, Tensors x) -> {
                            Tensor next = h.tanh();
                            return new Loop.Step<>(next, start.plus(x.get(0)));
                        });
                        return Loop.scan(given.get(1), Tensors.of(first.output()), STEPS, (Tensor h, Tensors x) -> {
                                    Tensor next =
                                            x.get(0).dot(given.get(3)).plus(h).tanh();
                                    return new Loop.Step<>(next, next);
                                })
                                .output()
                                .sum();
                    },
                    given.get(1));
            return List.of(gradient);
        });
        List<Array> numbers = in.stream().map(Tensor::array).toList();
        var kernels = new ScalarKernels();
        assertThat(Planner.plan(graph, kernels, new Team(2))
                        .run(numbers)
                        .getFirst()
                        .toFloats())
                .isEqualTo(Planner.plan(graph, kernels, Workers.ALONE)
                        .run(numbers)
                        .getFirst()
                        .toFloats());
    }

    private static double[] numbers(Tensor x) {
        return x.cast(DType.F64).array().toDoubles();
    }
}
