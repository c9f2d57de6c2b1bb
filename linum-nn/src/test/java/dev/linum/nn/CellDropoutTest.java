package dev.linum.nn;

import static dev.linum.nn.HandLoop.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Both kinds of dropout in the cells, against Flax cells with the same masks.
class CellDropoutTest {

    private static final Keys KEYS = Keys.of(Dropout.STREAM, Key.of(2)).with(Dropout.RECURRENT_STREAM, Key.of(3));

    private record Kind(Cell<?> dropping, Cell<?> plain, Cell<?> doubles) {}

    private static Map<String, Kind> kinds() {
        var kinds = new LinkedHashMap<String, Kind>();
        var simple = SimpleCell.of(4).withDropout(0.2).withRecurrentDropout(0.25);
        var lstm = LstmCell.of(4).withDropout(0.2).withRecurrentDropout(0.25);
        var gru = GruCell.of(4).withDropout(0.2).withRecurrentDropout(0.25);
        var mgu = MguCell.of(4).withDropout(0.2).withRecurrentDropout(0.25);
        var conv = ConvLstmCell.of(2, 3).withDropout(0.2).withRecurrentDropout(0.25);
        kinds.put("simple", new Kind(simple, SimpleCell.of(4), simple.withDType(DType.F64)));
        kinds.put("lstm", new Kind(lstm, LstmCell.of(4), lstm.withDType(DType.F64)));
        kinds.put("gru", new Kind(gru, GruCell.of(4), gru.withDType(DType.F64)));
        kinds.put("mgu", new Kind(mgu, MguCell.of(4), mgu.withDType(DType.F64)));
        kinds.put("conv", new Kind(conv, ConvLstmCell.of(2, 3), conv.withDType(DType.F64)));
        return kinds;
    }

    static Stream<String> names() {
        return kinds().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void outputsAndGradientsAreFlaxs(String name) {
        training(name, kinds().get(name).dropping());
    }

    private static <C extends Bundle<C>> void training(String name, Cell<C> cell) {
        Golden golden = Golden.file("cell_dropout");
        Rnn<C> rnn = Rnn.of(cell);
        Array x = golden.get(name + "/x");
        Variables variables = golden.variables(name + "/variables");
        Golden.assertClose(rnn.init(Key.of(1), x), variables, 1e-6, name + " parameters");
        RnnOutput<C> out = rnn.call(Scope.training(variables, KEYS), x);
        Golden.assertClose(out.outputs(), golden.get(name + "/y"), 1e-5, name + " outputs");
        Golden.assertClose(out.carry().leaves(), golden.leaves(name + "/carry"), 1e-5, name + " carry");
        var gradient = Gradient.grad(
                at -> rnn.call(Scope.training(at.first(), KEYS), at.second().get(0))
                        .outputs()
                        .times(golden.get(name + "/wy"))
                        .sum(),
                Pair.of(variables, Bundle.Tensors.of(x)));
        Golden.assertClose(gradient.first(), golden.variables(name + "/gvariables"), 1e-5, name + " gradient");
        Golden.assertClose(gradient.second().get(0), golden.get(name + "/gx"), 1e-5, name + " input gradient");
    }

    @ParameterizedTest
    @MethodSource("names")
    void inferenceIsWithoutDropout(String name) {
        Kind kind = kinds().get(name);
        Golden golden = Golden.file("cell_dropout");
        Array x = golden.get(name + "/x");
        Variables variables = golden.variables(name + "/variables");
        Tensor expected = Rnn.of(kind.plain()).apply(variables, x).outputs();
        Golden.assertClose(Rnn.of(kind.dropping()).apply(variables, x).outputs(), expected, 0, name);
        Golden.assertClose(
                Rnn.of(kind.plain()).init(Key.of(1), x), Rnn.of(kind.dropping()).init(Key.of(1), x), 0, name);
    }

    @ParameterizedTest
    @MethodSource("names")
    void gradientsAreThoseOfFiniteDifferences(String name) {
        differences(name, kinds().get(name).doubles());
    }

    private static <C extends Bundle<C>> void differences(String name, Cell<C> cell) {
        Rnn<C> rnn = Rnn.of(cell);
        Shape step = cell.featureAxes() == 1 ? Shape.of(3) : Shape.of(4, 3);
        Tensor x = numbers(4, Shape.of(2, 4).plus(step).toArray()).cast(DType.F64);
        RnnInput<C> in = RnnInput.<C>of(x).withLengths(4, 2).reverse();
        Variables variables = rnn.init(Key.of(1), x);
        Function<Variables, Tensor> loss =
                v -> rnn.call(Scope.training(v, KEYS), in).outputs().square().sum();
        Variables gradient = Gradient.grad(loss, variables);
        double epsilon = 1e-5;
        for (String path : variables.paths()) {
            Tensor at = variables.get(path);
            Tensor way = numbers(9, at.shape().toArray()).cast(DType.F64);
            double above = loss.apply(variables.with(path, at.plus(way.times(epsilon))))
                    .array()
                    .item();
            double below = loss.apply(variables.with(path, at.minus(way.times(epsilon))))
                    .array()
                    .item();
            double found = gradient.get(path).times(way).sum().array().item();
            assertThat(found)
                    .as(name + " " + path)
                    .isCloseTo((above - below) / (2 * epsilon), org.assertj.core.data.Offset.offset(1e-7));
        }
    }

    /// A cell whose output shows its masks: the dropped input beside the dropped state, and a state of ones.
    private record Showing(CellDropout dropout) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
            return new Step<>(h, Tensor.stack(0, List.of(dropout.onInputs(scope, x), dropout.onState(scope, h))));
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Init.ones().draw().draw(key, input, DType.F32);
        }
    }

    @Test
    void theMaskOfInputsIsNewAtEachStepAndThatOfTheStateStays() {
        Tensor x = HandLoop.ones(7, 4, 16);
        var rnn = Rnn.of(new Showing(CellDropout.none().withInputs(0.5).withState(0.5)))
                .timeMajor();
        Tensor y = rnn.call(Scope.training(Variables.empty(), KEYS), x).outputs();
        for (int t = 0; t < 7; t++) {
            Tensor inputs = y.index(0, t).index(0, 0);
            Tensor state = y.index(0, t).index(0, 1);
            assertThat(inputs.shape()).isEqualTo(Shape.of(4, 16));
            assertThat(inputs.array().toFloats()).contains(0, 2).containsOnly(0, 2);
            assertThat(state.array().toFloats()).contains(0, 2).containsOnly(0, 2);
            if (t > 0) {
                assertThat(inputs.array().toFloats())
                        .isNotEqualTo(y.index(0, 0).index(0, 0).array().toFloats());
                assertThat(state.array().toFloats())
                        .isEqualTo(y.index(0, 0).index(0, 1).array().toFloats());
            }
        }
        Tensor first = y.index(0, 0).index(0, 1);
        assertThat(first.index(0, 0).array().toFloats())
                .as("rows have masks of their own")
                .isNotEqualTo(first.index(0, 1).array().toFloats());
    }

    @Test
    void aMissingStreamIsNamed() {
        var rnn = Rnn.of(GruCell.of(4).withRecurrentDropout(0.25));
        Array x = numbers(1, 2, 3, 3);
        Variables variables = rnn.init(Key.of(1), x);
        assertThatThrownBy(() -> rnn.call(Scope.training(variables, Keys.of("dropout", Key.of(2))), x))
                .hasMessage("cell/recurrent_dropout needs the random stream \"recurrent_dropout\", but this call was "
                        + "given only [dropout]; give it with Keys.of(\"recurrent_dropout\", key)");
        assertThatThrownBy(() -> GruCell.of(4).withDropout(1.5))
                .hasMessage("dropout rate 1.5: a rate lies between 0 and 1");
    }
}
