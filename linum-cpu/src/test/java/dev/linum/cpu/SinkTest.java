package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.DType;
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

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 19})
    void numbersAreThoseOfDoublePrecision(int batch) {
        List<Array> single = run(inputs(batch, DType.F32));
        List<Array> exact = run(inputs(batch, DType.F64));
        for (int i = 0; i < exact.size(); i++) {
            double[] expected = exact.get(i).toDoubles();
            double[] found = single.get(i).cast(DType.F64).array().toDoubles();
            for (int n = 0; n < expected.length; n++) {
                assertThat(found[n]).isCloseTo(expected[n], within(2e-6));
            }
        }
    }

    private static List<Array> run(List<Tensor> in) {
        return Planner.plan(graph(in), new ScalarKernels(), new Team(2))
                .run(in.stream().map(Tensor::array).toList());
    }
}
