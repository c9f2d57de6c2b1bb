package dev.linum.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.Compiled;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Saving;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever is kept for the backward pass, outputs and gradients are the same.
class RnnSavingTest {

    private static final int STEPS = 7;
    private static final LstmCell LSTM = LstmCell.of(4).withDType(DType.F64);
    private static final Keys KEYS = Keys.dropout(Key.of(5));

    private record Case<C extends Bundle<C>, L extends Recurrent<C> & RnnSettings<C, L>>(L layer, RnnInput<C> in) {

        Pair<Variables, Bundle.Tensors> at() {
            return Pair.of(layer.init(Key.of(1), in), Bundle.Tensors.of(in.inputs()));
        }

        /// Outputs and last carry, variables that changed, and the gradients by all variables and inputs.
        private Compiled<Pair<Variables, Bundle.Tensors>, Bundle.Tensors> results(Saving saving) {
            RnnOptions<C> options = in.options().withSaving(saving);
            return Compiled.of(at -> {
                var result = Gradient.valueAndGradWithAux(
                        inner -> {
                            Scope scope = Scope.training(inner.first(), KEYS);
                            var out = layer.call(
                                    scope, new RnnInput<>(inner.second().get(0), options));
                            Tensor loss = out.outputs().square().sum();
                            for (Tensor leaf : out.carry().leaves()) {
                                loss = loss.plus(leaf.sin().sum());
                            }
                            return new Gradient.WithAux<>(
                                    loss,
                                    new Bundle.Tensors(Bundle.concat(
                                            Bundle.concat(
                                                    List.of(out.outputs()),
                                                    out.carry().leaves()),
                                            scope.updates().leaves())));
                        },
                        at);
                return new Bundle.Tensors(
                        Bundle.concat(result.aux().leaves(), result.gradient().leaves()));
            });
        }

        /// Where the gradients begin.
        int gradients(List<Tensor> all) {
            return all.size() - at().leaves().size();
        }
    }

    private static Array numbers(int... dims) {
        return RnnTest.numbers(3, dims);
    }

    private static <C extends Bundle<C>> Case<C, Rnn<C>> of(Cell<C> cell, int... dims) {
        return new Case<>(Rnn.of(cell), RnnInput.of(numbers(dims)));
    }

    private static <C extends Bundle<C>> Case<C, Rnn<C>> with(Case<C, Rnn<C>> base, UnaryOperator<RnnInput<C>> change) {
        return new Case<>(base.layer, change.apply(base.in));
    }

    private static Map<String, Case<?, ?>> cases() {
        var gru = GruCell.of(4).withDType(DType.F64);
        var all = new LinkedHashMap<String, Case<?, ?>>();
        all.put("lstm", of(LSTM, 2, STEPS, 3));
        all.put("gru, reversed", with(of(gru, 2, STEPS, 3), RnnInput::reverse));
        all.put("images", of(ConvLstmCell.of(2, 3).withDType(DType.F64), 2, STEPS, 4, 3));
        all.put("one sequence", of(LSTM, STEPS, 3));
        all.put("one step", of(LSTM, 2, 1, 3));
        all.put("no steps", of(gru, 2, 0, 3));
        all.put(
                "several batch axes",
                with(
                        of(gru, 2, 3, STEPS, 3),
                        in -> in.withLengths(Array.of(new int[] {7, 0, 3, 1, 5, 2})
                                .reshape(2, 3)
                                .array())));
        all.put("ragged", with(of(LSTM, 4, STEPS, 3), in -> in.withLengths(3, 7, 0, 4)));
        all.put(
                "ragged, reversed",
                with(of(LSTM, 4, STEPS, 3), in -> in.withLengths(3, 6, 0, 4).reverse()));
        all.put("dropout", of(LSTM.withDropout(0.3).withRecurrentDropout(0.25), 2, STEPS, 3));
        all.put(
                "dropout, ragged",
                with(
                        of(gru.withDropout(0.3).withRecurrentDropout(0.25), 4, STEPS, 3),
                        in -> in.withLengths(3, 7, 0, 4)));
        all.put(
                "carried and recorded variables",
                new Case<>(
                        Rnn.of(new Counting(3)).withLift(Lift.standard().withCarried("batch_stats")),
                        RnnInput.of(numbers(2, STEPS, 3))));
        all.put(
                "parameters of each step",
                new Case<>(
                        Rnn.of(gru)
                                .withLift(Lift.standard()
                                        .withAxis(Variables.PARAMS, 0)
                                        .withSplit(Variables.PARAMS)),
                        RnnInput.of(numbers(2, STEPS, 3))));
        all.put(
                "both directions",
                new Case<>(
                        Bidirectional.of(LSTM, gru),
                        RnnInput.<Pair<LstmCarry, Tensor>>of(numbers(3, STEPS, 3))
                                .withLengths(3, 7, 4)));
        all.put("two layers", new Case<>(Stacked.of(Rnn.of(LSTM), Rnn.of(gru)), RnnInput.of(numbers(2, STEPS, 3))));
        return all;
    }

    /// A cell that carries a mean of its inputs beside its state and records something.
    private record Counting(int features) implements Cell<Tensor> {
        private GruCell gru() {
            return GruCell.of(features).withDType(DType.F64);
        }

        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            Tensor mean = scope.variable(
                    "batch_stats",
                    "mean",
                    () -> Array.zeros(DType.F64, x.shape().last()));
            Tensor next = mean.times(0.9).plus(x.mean(0).times(0.1));
            scope.put("batch_stats", "mean", next);
            scope.record("seen", next.sum());
            return gru().step(scope.child("gru"), carry, x.minus(next));
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return gru().initialCarry(key, input);
        }
    }

    static Stream<String> names() {
        return cases().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void outputsAndGradientsAreThoseOfKeepingEverything(String name) {
        same(cases().get(name));
    }

    private static void same(Case<?, ?> c) {
        List<Tensor> expected = c.results(Saving.everything()).apply(c.at()).leaves();
        for (Saving saving :
                List.of(Saving.costly(), Saving.checkpoints(), Saving.checkpoints(2), Saving.checkpoints(7))) {
            List<Tensor> actual = c.results(saving).apply(c.at()).leaves();
            assertThat(actual).hasSameSizeAs(expected);
            double tolerance = saving instanceof Saving.Checkpoints ? 1e-12 : 0;
            for (int i = 0; i < expected.size(); i++) {
                assertThat(actual.get(i).array().toDoubles())
                        .as("%s %d", saving, i)
                        .containsExactly(
                                expected.get(i).array().toDoubles(),
                                Offset.offset(i < c.gradients(expected) ? 0 : tolerance));
            }
        }
    }

    @Test
    void theSettingOfACallWinsOverThatOfItsLayer() {
        Rnn<LstmCarry> rnn = Rnn.of(LSTM).withSaving(Saving.checkpoints(2));
        assertThat(loops(rnn, RnnInput.of(numbers(2, 6, 3)))).isEqualTo(3);
        assertThat(loops(rnn, RnnInput.<LstmCarry>of(numbers(2, 6, 3)).withSaving(Saving.everything())))
                .isEqualTo(6);
    }

    @Test
    void bothDirectionsKeepWhatTheirLayersSay() {
        var both = Bidirectional.of(
                Rnn.of(LSTM).withSaving(Saving.checkpoints(2)), Rnn.of(LSTM).withSaving(Saving.checkpoints(3)));
        Graph graph = graph(both, RnnInput.of(numbers(2, 6, 3)));
        assertThat(graph.scans().stream().map(scan -> scan.steps())).containsExactly(3, 2);
    }

    private static <C extends Bundle<C>> Graph graph(Recurrent<C> layer, RnnInput<C> in) {
        Variables variables = layer.init(Key.of(0), in);
        return Compiled.of((Variables v) -> layer.call(Scope.inference(v), in).outputs())
                .graph(variables);
    }

    private static <C extends Bundle<C>> int loops(Recurrent<C> layer, RnnInput<C> in) {
        return graph(layer, in).scans().getFirst().steps();
    }
}
