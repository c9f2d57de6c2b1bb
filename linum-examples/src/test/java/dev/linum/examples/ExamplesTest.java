package dev.linum.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import org.junit.jupiter.api.Test;

class ExamplesTest {

    @Test
    void echoLearns() {
        assertThat(Echo.train(150)).isLessThan(Echo.train(1) / 3);
    }

    @Test
    void aCustomCellRunsOverPaddedSequences() {
        Rnn<Tensor> rnn = Rnn.of(new LeakyCell(4, 0.3));
        Tensor x = Key.of(1).normal(Shape.of(2, 5, 3));
        var out = rnn.apply(rnn.init(Key.of(0), x), RnnInput.<Tensor>of(x).withLengths(5, 2));
        assertThat(out.outputs().shape()).isEqualTo(Shape.of(2, 5, 4));
        assertThat(out.outputs().index(0, 1).index(0, 4).array().toDoubles()).containsOnly(0);
    }
}
