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
import dev.linum.nn.Cell;
import dev.linum.nn.GruCell;
import dev.linum.nn.LstmCell;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.RnnOptions;
import dev.linum.nn.RnnOutput;
import dev.linum.nn.Scope;
import dev.linum.nn.Variables;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A model gives the same numbers, bit for bit, with any number of threads, and before and after it is
/// compiled.
///
/// The sizes are such that loops, products, moves and element-wise work are all shared among the threads; with as many
/// inputs as units, some products have a thread each.
class SameBitsTest {

    private static final int BATCH = 24;
    private static final int STEPS = 30;
    private static final int WIDTH = 40;

    static Stream<Arguments> cases() {
        return Stream.of("scalar", "vector")
                .flatMap(twin -> Stream.of(LstmCell.of(WIDTH), GruCell.of(WIDTH))
                        .flatMap(cell -> Stream.of(17, WIDTH)
                                .flatMap(inputs -> Stream.of("dense", "ragged")
                                        .map(kind -> Arguments.of(twin, cell, inputs, kind)))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void threadsAndCompilingChangeNoBit(String twin, Cell<?> cell, int inputs, String kind) {
        var kernels = twin.equals("scalar") ? TwinModelsTest.SCALAR : TwinModelsTest.VECTOR;
        check(kernels, cell, inputs, kind.equals("ragged"));
    }

    private static <C extends Bundle<C>> void check(Kernels kernels, Cell<C> cell, int inputs, boolean ragged) {
        Rnn<C> rnn = Rnn.of(cell);
        Tensor x = Key.of(3).normal(Shape.of(BATCH, STEPS, inputs));
        var at = Pair.of(rnn.init(Key.of(1), x), Tensors.of(x));
        RnnOptions<C> options = RnnOptions.<C>none();
        int[] lengths = new int[BATCH];
        Arrays.setAll(lengths, b -> b * 7 % (STEPS + 1));
        RnnOptions<C> chosen = ragged ? options.withLengths(Array.of(lengths)) : options;
        Compiled<Pair<Variables, Tensors>, Pair<RnnOutput<C>, Pair<Variables, Tensors>>> both =
                Compiled.of(p -> Pair.of(
                        run(rnn, chosen, p),
                        Gradient.grad(
                                q -> run(rnn, chosen, q).outputs().square().sum(), p)));
        Graph graph = both.graph(at);
        List<Array> in = at.leaves().stream().map(Tensor::array).toList();
        List<Array> first = Planner.plan(graph, kernels, new Team(1)).run(in);
        assertThat(first).allMatch(result -> Arrays.stream(result.toDoubles()).anyMatch(d -> d != 0));
        same(Planner.plan(graph, kernels, reversed(2)).run(in), first, "parts in reverse");
        for (int threads = 1; threads <= 3; threads++) {
            Plan plan = Planner.plan(graph, kernels, new Team(threads));
            // Interpreted, on the way, and compiled.
            for (int run = 0; run < 15; run++) {
                same(plan.run(in), first, threads + " threads, run " + run);
            }
        }
    }

    /// Shares all that can be shared, since nobody is ever asleep, and does the last part first.
    static Workers reversed(int size) {
        return new Workers() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public void run(int parts, Part part) {
                for (int i = parts - 1; i >= 0; i--) {
                    part.run(i);
                }
            }
        };
    }

    private static <C extends Bundle<C>> RnnOutput<C> run(
            Rnn<C> rnn, RnnOptions<C> options, Pair<Variables, Tensors> at) {
        return rnn.call(Scope.inference(at.first()), new RnnInput<>(at.second().get(0), options));
    }

    private static void same(List<Array> found, List<Array> expected, String when) {
        for (int i = 0; i < expected.size(); i++) {
            float[] a = (float[]) found.get(i).data();
            float[] b = (float[]) expected.get(i).data();
            // Compares bits: zeros of different sign differ, and NaN is itself.
            assertThat(Arrays.mismatch(a, b))
                    .as("%s: first difference in result %d", when, i)
                    .isEqualTo(-1);
        }
    }
}
