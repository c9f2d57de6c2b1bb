package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Compiled;
import dev.linum.graph.Gradient;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.nn.Bidirectional;
import dev.linum.nn.Cell;
import dev.linum.nn.Dropout;
import dev.linum.nn.GruCell;
import dev.linum.nn.Keys;
import dev.linum.nn.LstmCell;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.RnnOptions;
import dev.linum.nn.Scope;
import dev.linum.nn.Stacked;
import dev.linum.nn.Variables;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The two directions of a batch too small to be shared by rows run side by side, forwards and in the
/// derivative, and give the same numbers, bit for bit, with any number of threads.
class BothDirectionsTest {

    private static final int STEPS = 30;
    private static final int WIDTH = 32;

    static Stream<Arguments> cases() {
        return Stream.of(TwinModelsTest.SCALAR, TwinModelsTest.VECTOR)
                .flatMap(kernels -> Stream.of(
                                LstmCell.of(WIDTH),
                                GruCell.of(WIDTH).withDropout(0.2).withRecurrentDropout(0.3))
                        .flatMap(cell -> Stream.of(1, 2)
                                .flatMap(batch -> Stream.of("dense", "ragged")
                                        .map(kind -> Arguments.of(kernels, cell, batch, kind)))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void threadsChangeNoBit(Kernels kernels, Cell<?> cell, int batch, String kind) {
        check(kernels, cell, batch, kind.equals("ragged"));
    }

    private static <C extends Bundle<C>> void check(Kernels kernels, Cell<C> cell, int batch, boolean ragged) {
        var layer = Bidirectional.of(cell, GruCell.of(WIDTH + 3));
        Tensor x = Key.of(3).normal(Shape.of(batch, STEPS, 17));
        var at = Pair.of(layer.init(Key.of(1), x), Tensors.of(x));
        var plain = RnnOptions.<Pair<C, Tensor>>none();
        var options = ragged ? plain.withLengths(Array.of(batch == 1 ? new int[] {23} : new int[] {9, 27})) : plain;
        var keys = Keys.of(Dropout.STREAM, Key.of(2)).with(Dropout.RECURRENT_STREAM, Key.of(4));

        var inference = Compiled.<Pair<Variables, Tensors>, Bundle.Tensors>of(p -> new Tensors(
                layer.call(Scope.inference(p.first()), new RnnInput<>(p.second().get(0), options))
                        .leaves()));
        same(inference.graph(at), at, kernels, 1);

        var training = Compiled.<Pair<Variables, Tensors>, Pair<Variables, Tensors>>of(p -> Gradient.grad(
                q -> layer.call(
                                Scope.training(q.first(), keys),
                                new RnnInput<>(q.second().get(0), options))
                        .outputs()
                        .square()
                        .sum(),
                p));
        same(training.graph(at), at, kernels, 2);
    }

    private static void same(Graph graph, Bundle<?> at, Kernels kernels, int groups) {
        List<Array> in = at.leaves().stream().map(Tensor::array).toList();
        Plan alone = Planner.plan(graph, kernels, new Team(1));
        assertThat(groups(alone)).isZero();
        List<Array> expected = alone.run(in);
        assertThat(expected)
                .allMatch(result -> Arrays.stream(result.toDoubles()).anyMatch(d -> d != 0));
        for (int threads = 2; threads <= 3; threads++) {
            Plan plan = Planner.plan(graph, kernels, new Team(threads));
            assertThat(groups(plan)).isEqualTo(groups);
            for (int run = 0; run < 5; run++) {
                List<Array> found = plan.run(in);
                for (int i = 0; i < expected.size(); i++) {
                    float[] a = (float[]) found.get(i).data();
                    float[] b = (float[]) expected.get(i).data();
                    assertThat(Arrays.mismatch(a, b))
                            .as("%d threads, run %d: first difference in result %d", threads, run, i)
                            .isEqualTo(-1);
                }
            }
        }
    }

    private static long groups(Plan plan) {
        return plan.steps().stream()
                .filter(s -> s instanceof SideBySide all && all.each().getFirst() instanceof LoopStep)
                .count();
    }

    @Test
    void layersOnTopOfEachOtherStayInOrder() {
        var layers = Stacked.of(Rnn.of(LstmCell.of(WIDTH)), Rnn.of(LstmCell.of(WIDTH)));
        Tensor x = Key.of(3).normal(Shape.of(1, STEPS, 17));
        var at = Pair.of(layers.init(Key.of(1), x), Tensors.of(x));
        var compiled = Compiled.<Pair<Variables, Tensors>, Pair<Variables, Tensors>>of(p -> Gradient.grad(
                q -> layers.call(
                                Scope.inference(q.first()),
                                RnnInput.of(q.second().get(0)))
                        .outputs()
                        .square()
                        .sum(),
                p));
        same(compiled.graph(at), at, TwinModelsTest.SCALAR, 0);
    }
}
