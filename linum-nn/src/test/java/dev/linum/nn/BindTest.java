package dev.linum.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Bundle;
import dev.linum.graph.Compiled;
import dev.linum.graph.Key;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Spare;
import dev.linum.graph.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A model that is bound to its variables gives what it gives without, and does once what depends on them alone.
class BindTest {

    private static final int STEPS = 12;

    static Stream<Cell<?>> cells() {
        return Stream.of(SimpleCell.of(24), LstmCell.of(40), GruCell.of(33), MguCell.of(16));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void theNumbersAreTheSame(Cell<?> cell) {
        check(cell);
    }

    private static <C extends Bundle<C>> void check(Cell<C> cell) {
        Rnn<C> rnn = Rnn.of(cell);
        Variables variables = rnn.init(Key.of(1), input(1, false));
        Compiled<RnnInput<C>, RnnOutput<C>> model = rnn.bind(variables);
        for (int batch : new int[] {1, 5, 24}) {
            for (boolean ragged : new boolean[] {false, true}) {
                RnnInput<C> in = input(batch, ragged);
                List<Tensor> expected = rnn.apply(variables, in).leaves();
                List<Tensor> found = model.apply(in).leaves();
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(found.get(i).array().toFloats())
                            .as("%s, batch %d, ragged %s", cell, batch, ragged)
                            .isEqualTo(expected.get(i).array().toFloats());
                }
            }
        }
    }

    private static <C extends Bundle<C>> RnnInput<C> input(int batch, boolean ragged) {
        RnnInput<C> in = RnnInput.of(Key.of(3).normal(Shape.of(batch, STEPS, 17)));
        int[] lengths = new int[batch];
        Arrays.setAll(lengths, b -> 1 + (b * 7 + 4) % STEPS);
        return ragged ? in.withLengths(lengths) : in;
    }

    @Test
    void gatesAreJoinedOnce() {
        Rnn<LstmCarry> rnn = Rnn.of(LstmCell.of(8));
        RnnInput<LstmCarry> in = input(4, false);
        Variables variables = rnn.init(Key.of(1), in);
        Compiled<Bundle.Pair<Variables, RnnInput<LstmCarry>>, RnnOutput<LstmCarry>> free =
                Compiled.of(both -> rnn.call(Scope.inference(both.first()), both.second()));
        assertThat(free.graph(Bundle.Pair.of(variables, in)).count(Op.Concat.class))
                .isPositive();
        assertThat(rnn.bind(variables).graph(in).count(Op.Concat.class)).isZero();
    }

    @Test
    void resultsGivenBackAreWrittenAgain() {
        Rnn<LstmCarry> rnn = Rnn.of(LstmCell.of(8));
        RnnInput<LstmCarry> in = input(4, true);
        Variables variables = rnn.init(Key.of(1), in);
        var model = rnn.bind(variables);
        float[] expected = model.apply(in).outputs().array().toFloats();
        var spare = new Spare();
        Object memory = null;
        for (int call = 0; call < 3; call++) {
            RnnOutput<LstmCarry> out = model.apply(in, spare);
            assertThat(out.outputs().array().toFloats()).isEqualTo(expected);
            Object written = out.outputs().array().data();
            assertThat(memory == null || memory == written).isTrue();
            memory = written;
            out.leaves().forEach(result -> spare.give(result.array()));
            assertThatThrownBy(() -> out.outputs().array().toFloats()).isInstanceOf(IllegalStateException.class);
        }
    }
}
