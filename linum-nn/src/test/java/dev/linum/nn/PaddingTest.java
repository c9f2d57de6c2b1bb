package dev.linum.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Compiled;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Saving;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A compiled layer over padded sequences gives what its operations give one by one, whatever the padding holds.
class PaddingTest {

    private static final int BATCH = 9;
    private static final int STEPS = 11;
    private static final int IN = 6;
    private static final int WIDTH = 6;

    static final List<int[]> LENGTHS =
            List.of(new int[] {3, 11, 0, 1, 8, 8, 4, 11, 0}, new int[] {0, 0, 0, 0, 0, 0, 0, 0, 0}, new int[] {
                5, 5, 5, 5, 5, 5, 5, 5, 5
            });

    private static Stream<Recurrent<?>> layers(DType dtype) {
        LstmCell lstm = LstmCell.of(WIDTH).withDType(dtype);
        GruCell gru = GruCell.of(WIDTH).withDType(dtype);
        return Stream.of(
                Rnn.of(SimpleCell.of(WIDTH).withDType(dtype)),
                Rnn.of(lstm),
                Rnn.of(lstm).reverse(),
                Rnn.of(gru),
                Rnn.of(gru).reverse().keepOrder(),
                Rnn.of(lstm.withDropout(0.3).withRecurrentDropout(0.2)),
                Rnn.of(new TestCells.LayerNormLstm(WIDTH, dtype)),
                Rnn.of(new TestCells.LeakyReadOut(WIDTH, WIDTH, dtype)),
                Rnn.of(MguCell.of(WIDTH).withDType(dtype)).timeMajor(),
                Bidirectional.of(lstm, gru),
                Stacked.of(Rnn.of(lstm), Rnn.of(gru).reverse()),
                Stacked.of(Rnn.of(lstm), Rnn.of(gru)).withResiduals());
    }

    static Stream<Arguments> all() {
        return Stream.of(DType.F32, DType.F64).flatMap(dtype -> layers(dtype).map(layer -> Arguments.of(layer, dtype)));
    }

    private static Array inputs(DType dtype, int[] lengths, boolean timeMajor, double padding) {
        double[] x = RnnTest.numbers(4, BATCH, STEPS, IN).toDoubles();
        for (int b = 0; b < BATCH; b++) {
            Arrays.fill(x, (b * STEPS + lengths[b]) * IN, (b + 1) * STEPS * IN, padding);
        }
        Tensor all = Array.of(x, BATCH, STEPS, IN).cast(dtype);
        return (timeMajor ? all.moveAxis(1, 0) : all).array();
    }

    /// Outputs, last carry and the gradients by variables and inputs.
    private static <C extends Bundle<C>> Tensors results(
            Recurrent<C> layer, RnnOptions<C> options, Pair<Variables, Tensors> at) {
        var result = Gradient.valueAndGradWithAux(
                inner -> {
                    Scope scope = Scope.training(inner.first(), Keys.dropout(Key.of(5)));
                    var out = layer.call(scope, new RnnInput<>(inner.second().get(0), options));
                    Tensor loss = out.outputs().sin().sum();
                    for (Tensor leaf : out.carry().leaves()) {
                        loss = loss.plus(leaf.square().sum());
                    }
                    return new Gradient.WithAux<>(loss, out);
                },
                at);
        return new Tensors(
                Bundle.concat(result.aux().leaves(), result.gradient().leaves()));
    }

    @ParameterizedTest
    @MethodSource("all")
    void compiledAndOneByOneAreTheSame(Recurrent<?> layer, DType dtype) {
        LENGTHS.forEach(lengths -> same(layer, dtype, lengths));
    }

    private static <C extends Bundle<C>> void same(Recurrent<C> layer, DType dtype, int[] lengths) {
        RnnOptions<C> options = layer.options().withLengths(Array.of(lengths));
        boolean timeMajor = options.isTimeMajor();
        Array clean = inputs(dtype, lengths, timeMajor, 0);
        Variables variables = layer.init(Key.of(1), new RnnInput<>(clean, options));
        List<Tensor> expected =
                results(layer, options, Pair.of(variables, Tensors.of(clean))).leaves();
        Compiled<Pair<Variables, Tensors>, Tensors> compiled = Compiled.of(at -> results(layer, options, at));
        for (double padding : new double[] {0, 1e30, Double.NaN, Double.NEGATIVE_INFINITY}) {
            Array x = inputs(dtype, lengths, timeMajor, padding);
            List<Tensor> found =
                    compiled.apply(Pair.of(variables, Tensors.of(x))).leaves();
            assertThat(found).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(found.get(i).array().toDoubles())
                        .as("result %d with padding of %s", i, padding)
                        .containsExactly(
                                expected.get(i).array().toDoubles(), within(dtype == DType.F64 ? 1e-12 : 2e-5));
            }
        }
        Tensor gradient = expected.getLast();
        Tensor padded = Sequences.mask(Array.of(lengths), STEPS)
                .expand(2)
                .broadcastTo(Shape.of(BATCH, STEPS, IN))
                .select(
                        Tensor.zeros(gradient.type().withShape(Shape.of(BATCH, STEPS, IN))),
                        timeMajor ? gradient.moveAxis(0, 1) : gradient);
        assertThat(padded.array().toDoubles()).containsOnly(0);
    }

    static Stream<Arguments> savings() {
        return Stream.of(Saving.everything(), Saving.costly(), Saving.checkpoints(1), Saving.checkpoints(3))
                .flatMap(saving -> Stream.of(new int[] {4, 2, 0}, new int[] {2, 2, 1}, new int[] {1, 0, 1})
                        .map(lengths -> Arguments.of(saving, lengths)));
    }

    /// Also in loops of a single step, which checkpoints may leave.
    @ParameterizedTest
    @MethodSource("savings")
    void slopesThatAreInfiniteInPaddingMakeNoNaN(Saving saving, int[] lengths) {
        int steps = Arrays.stream(lengths).max().getAsInt();
        Tensor x = RnnTest.numbers(4, lengths.length, steps, IN);
        var rnn = Rnn.of(new TestCells.Root(WIDTH, DType.F64)).withSaving(saving);
        Variables at = rnn.init(Key.of(1), x);
        Tensor expected = Tensor.zeros(at.get("params/cell/kernel").type());
        for (int row = 0; row < lengths.length; row++) {
            Tensor alone = x.slice(0, row, row + 1).slice(1, 0, lengths[row]);
            expected = expected.plus(kernelGradient(rnn, at, RnnInput.of(alone)));
        }
        assertThat(kernelGradient(rnn, at, RnnInput.<Tensor>of(x).withLengths(lengths))
                        .array()
                        .toDoubles())
                .containsExactly(expected.array().toDoubles(), within(1e-12));
    }

    private static Tensor kernelGradient(Rnn<Tensor> rnn, Variables at, RnnInput<Tensor> in) {
        return Gradient.grad(
                        inner -> rnn.call(Scope.inference(inner), in)
                                .outputs()
                                .square()
                                .sum(),
                        at)
                .get("params/cell/kernel");
    }
}
