package dev.linum.nn;

import static dev.linum.nn.HandLoop.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SummaryTest {

    private static Map<String, String> initialisers(Summary summary) {
        return summary.rows().stream().collect(Collectors.toMap(Summary.Row::path, Summary.Row::initialiser));
    }

    @Test
    void aTableHasPathTypeInitialiserAndSize() {
        Summary summary = Bidirectional.of(GruCell.of(2), SimpleCell.of(2)).summary(numbers(1, 1, 4, 3));
        assertThat(summary.toString().lines().map(String::stripTrailing))
                .contains(
                        "variable                           type      initialiser      elements",
                        "params/forward_rnn/cell/ir/kernel  f32[3,2]  lecun_normal            6",
                        "params/forward_rnn/cell/hn/bias    f32[2]    zeros                   2",
                        "params/backward_rnn/cell/h/kernel  f32[2,2]  orthogonal              4",
                        "all of forward_rnn                                                  38",
                        "all of backward_rnn                                                 12",
                        "trainable                                                           50");
        assertThat(summary.rows()).hasSize(13);
        assertThat(summary.parameterCount()).isEqualTo(50);
    }

    @Test
    void nothingIsDrawnForATable() {
        var undrawn = new Init("never", (_, _, _) -> {
            throw new AssertionError("a table needs no numbers");
        });
        Module<Tensor, Tensor> model = (scope, x) -> x.times(scope.param("scale", Shape.of(3), undrawn));

        Summary summary = model.summary(numbers(1, 2, 3));

        assertThat(summary.rows()).singleElement().extracting(Summary.Row::path).isEqualTo("params/scale");
    }

    @Test
    void everyInitialiserReachesItsParameters() {
        Init a = Init.constant(1);
        Init b = Init.constant(2);
        Init c = Init.constant(3);
        Init d = Init.constant(4);
        List<Cell<?>> cells = List.of(
                SimpleCell.of(2).withKernelInit(a).withRecurrentInit(b).withBiasInit(c),
                LstmCell.of(2).withKernelInit(a).withRecurrentInit(b).withBiasInit(c),
                GruCell.of(2).withKernelInit(a).withRecurrentInit(b).withBiasInit(c),
                MguCell.of(2)
                        .withKernelInit(a)
                        .withRecurrentInit(b)
                        .withForgetBiasInit(d)
                        .withActivationBiasInit(c));
        for (Cell<?> cell : cells) {
            initialisers(Rnn.of(cell).summary(numbers(1, 1, 4, 3))).forEach((path, name) -> {
                Init expected = path.endsWith("if/bias") && cell instanceof MguCell
                        ? d
                        : path.endsWith("/bias") ? c : path.contains("/h") ? b : a;
                assertThat(name).as(cell + " " + path).isEqualTo(expected.name());
            });
        }
    }

    /// A running mean beside a parameter of each step.
    private record Mixed() implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            Tensor scale = scope.param("scale", Shape.of(3), Init.ones());
            Tensor mean = scope.variable("stats", "mean", () -> Array.zeros(DType.F32, 3));
            Tensor next = carry.plus(x.minus(mean).times(scale));
            return new Step<>(next, next);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return HandLoop.ones(input.toArray());
        }
    }

    @Test
    void variablesInsideLoopsAreListedToo() {
        var rnn = Rnn.of(new Mixed())
                .withLift(Lift.standard()
                        .withAxis(Variables.PARAMS, 0)
                        .withSplit(Variables.PARAMS)
                        .withCarried("stats"));
        Summary summary = rnn.summary(numbers(1, 2, 4, 3));
        assertThat(initialisers(summary))
                .containsExactlyInAnyOrderEntriesOf(Map.of("params/cell/scale", "ones", "stats/cell/mean", ""));
        assertThat(summary.parameterCount()).isEqualTo(12);
        assertThat(summary.parts()).containsExactly(Map.entry("cell", 12L));
    }

    @Test
    void loadedVariablesHaveATableWithoutInitialisers() {
        Variables variables = Dense.of(2).init(Key.of(1), numbers(1, 1, 3));
        assertThat(variables.summary().rows())
                .extracting(Summary.Row::path, Summary.Row::initialiser)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("params/kernel", ""),
                        org.assertj.core.groups.Tuple.tuple("params/bias", ""));
        assertThat(variables).hasToString(variables.summary().toString());
    }
}
