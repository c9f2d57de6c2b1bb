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
import dev.linum.nn.ConvLstmCell;
import dev.linum.nn.GruCell;
import dev.linum.nn.LstmCell;
import dev.linum.nn.MguCell;
import dev.linum.nn.Recurrent;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.RnnOptions;
import dev.linum.nn.RnnOutput;
import dev.linum.nn.Scope;
import dev.linum.nn.SimpleCell;
import dev.linum.nn.Stacked;
import dev.linum.nn.Variables;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The scalar and the vector twin of the kernels agree on whole models, forwards and backwards.
class TwinModelsTest {

    static final Kernels SCALAR = KernelChoice.choose("scalar", providers());
    static final Kernels VECTOR = KernelChoice.choose("vector", providers());

    private static List<KernelProvider> providers() {
        KernelProvider scalar = new KernelProvider() {
            @Override
            public String name() {
                return "scalar";
            }

            @Override
            public int priority() {
                return 0;
            }

            @Override
            public java.util.Optional<String> unusable() {
                return java.util.Optional.empty();
            }

            @Override
            public Kernels create() {
                return new ScalarKernels();
            }
        };
        return Stream.concat(
                        Stream.of(scalar),
                        ServiceLoader.load(KernelProvider.class).stream().map(ServiceLoader.Provider::get))
                .toList();
    }

    static Stream<Recurrent<?>> models() {
        Stream<Cell<?>> cells =
                Stream.of(SimpleCell.of(37), LstmCell.of(37), GruCell.of(37), MguCell.of(37), ConvLstmCell.of(5, 3));
        return Stream.concat(
                cells.map(TwinModelsTest::rnn),
                Stream.of(
                        Bidirectional.of(LstmCell.of(19), GruCell.of(33)),
                        Stacked.of(Rnn.of(LstmCell.of(40)), Rnn.of(GruCell.of(40)))
                                .withResiduals()));
    }

    private static <C extends Bundle<C>> Recurrent<C> rnn(Cell<C> cell) {
        return Rnn.of(cell);
    }

    @ParameterizedTest
    @MethodSource("models")
    void twinsAgreeOnWholeModels(Recurrent<?> model) {
        agree(model);
    }

    private static <C extends Bundle<C>> void agree(Recurrent<C> model) {
        Shape shape = model.featureAxes() == 1 ? Shape.of(6, 11, 21) : Shape.of(6, 11, 9, 4);
        Tensor x = Key.of(3).normal(shape);
        Variables variables = model.init(Key.of(1), x);
        Array lengths = Array.of(new int[] {11, 0, 7, 1, 11, 4});
        RnnOptions<C> options = RnnOptions.<C>none().withLengths(lengths);
        Compiled<Pair<Variables, Tensors>, Pair<RnnOutput<C>, Pair<Variables, Tensors>>> both = Compiled.of(at -> {
            RnnOutput<C> out = run(model, options, at);
            return Pair.of(
                    out,
                    Gradient.grad(p -> run(model, options, p).outputs().square().sum(), at));
        });
        var point = Pair.of(variables, Tensors.of(x));
        Graph graph = both.graph(point);
        List<Array> in = point.leaves().stream().map(Tensor::array).toList();
        List<Array> scalar = Planner.plan(graph, SCALAR, Team.shared()).run(in);
        List<Array> vector = Planner.plan(graph, VECTOR, Team.shared()).run(in);
        assertThat(scalar)
                .hasSameSizeAs(vector)
                .hasSizeGreaterThan(variables.leaves().size());
        for (int i = 0; i < scalar.size(); i++) {
            close(scalar.get(i), vector.get(i), "result " + i);
        }
    }

    private static <C extends Bundle<C>> RnnOutput<C> run(
            Recurrent<C> model, RnnOptions<C> options, Pair<Variables, Tensors> at) {
        return model.call(
                Scope.inference(at.first()), new RnnInput<>(at.second().get(0), options));
    }

    /// Equal within 1e-5 of the largest number of the tensor.
    private static void close(Array scalar, Array vector, String what) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < scalar.shape().count(); i++) {
            largest = Math.max(largest, Math.abs(scalar.get(i)));
            difference = Math.max(difference, Math.abs(scalar.get(i) - vector.get(i)));
        }
        assertThat(largest).as("%s %s is not all zeros", what, scalar.type()).isPositive();
        assertThat(difference).as("%s %s", what, scalar.type()).isLessThanOrEqualTo(1e-5 * largest);
    }

    @Test
    void theTwinsAreTwo() {
        assertThat(SCALAR.name()).isEqualTo("scalar");
        assertThat(VECTOR.name()).startsWith("vector");
    }
}
