package dev.linum.nn;

import static dev.linum.nn.HandLoop.numbers;
import static dev.linum.nn.HandLoop.ones;
import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import org.junit.jupiter.api.Test;

/// The tests of Flax's `linen_recurrent_test.py` for `Bidirectional`, with values where Flax looks at shapes.
class FlaxBidirectionalTest {

    private static final Key KEY = Key.of(0);

    /// The variables below one name, as a model of their own.
    private static Variables under(Variables variables, String name) {
        Variables part = Variables.empty();
        String prefix = "params/" + name + "/";
        for (String path : variables.paths()) {
            if (path.startsWith(prefix)) {
                part = part.with("params/" + path.substring(prefix.length()), variables.get(path));
            }
        }
        return part;
    }

    @Test
    void bidirectional() {
        Tensor x = ones(3, 4, 5);
        var layer = Bidirectional.of(LstmCell.of(6), LstmCell.of(6));
        Variables variables = layer.init(KEY, x);
        Tensor y = layer.apply(variables, x).outputs();
        assertThat(y.shape()).isEqualTo(Shape.of(3, 4, 12));
        var there = HandLoop.run(LstmCell.of(6), under(variables, "forward_rnn"), x);
        var back = HandLoop.run(LstmCell.of(6), under(variables, "backward_rnn"), x.reverse(1));
        Golden.assertClose(y, Tensor.concat(-1, there.stacked(), back.stacked().reverse(1)), 1e-5, "outputs");
    }

    @Test
    void sharedCell() {
        Array x = numbers(1, 3, 4, 5);
        var layer = Bidirectional.shared(Rnn.of(LstmCell.of(6)));
        Variables variables = layer.init(KEY, x);
        assertThat(variables.paths()).hasSize(12).allMatch(path -> path.startsWith("params/forward_rnn/cell/"));
        Tensor y = layer.apply(variables, x).outputs();
        assertThat(y.shape()).isEqualTo(Shape.of(3, 4, 12));
        Variables once = under(variables, "forward_rnn");
        Tensor back = HandLoop.run(LstmCell.of(6), once, x.reverse(1)).stacked().reverse(1);
        Golden.assertClose(y.slice(2, 6, 12), back, 1e-5, "backwards");
    }

    @Test
    void customMergeFunction() {
        Array x = numbers(2, 3, 4, 5);
        var layer = Bidirectional.of(LstmCell.of(6), LstmCell.of(6));
        Variables variables = layer.init(KEY, x);
        Tensor both = layer.apply(variables, x).outputs();
        Tensor merged = layer.withMerge((a, b) -> a.times(2).plus(b))
                .apply(variables, x)
                .outputs();
        assertThat(merged.shape()).isEqualTo(Shape.of(3, 4, 6));
        Tensor expected = both.slice(2, 0, 6).times(2).plus(both.slice(2, 6, 12));
        Golden.assertClose(merged, expected, 1e-6, "merged");
    }

    @Test
    void returnCarry() {
        Array x = numbers(3, 3, 4, 5);
        var layer = Bidirectional.of(LstmCell.of(6), LstmCell.of(6));
        Variables variables = layer.init(KEY, x);
        var carry = layer.apply(variables, x).carry();
        for (Tensor leaf : carry.leaves()) {
            assertThat(leaf.shape()).isEqualTo(Shape.of(3, 6));
        }
        var there = HandLoop.run(LstmCell.of(6), under(variables, "forward_rnn"), x);
        var back = HandLoop.run(LstmCell.of(6), under(variables, "backward_rnn"), x.reverse(1));
        Golden.assertClose(carry.first().leaves(), there.carry().leaves(), 1e-5, "forward carry");
        Golden.assertClose(carry.second().leaves(), back.carry().leaves(), 1e-5, "backward carry");
    }

    @Test
    void layersOwnDirectionAndLayoutAreNotAsked() {
        Array x = numbers(4, 3, 4, 5);
        var plain = Bidirectional.of(Rnn.of(LstmCell.of(6)), Rnn.of(GruCell.of(2)));
        var turned = Bidirectional.of(
                Rnn.of(LstmCell.of(6)).reverse().timeMajor(),
                Rnn.of(GruCell.of(2)).keepOrder().timeMajor());
        Variables variables = plain.init(KEY, x);
        Golden.assertClose(
                turned.apply(variables, x).outputs(), plain.apply(variables, x).outputs(), 0, "outputs");
    }

    @Test
    void timeMajorAndReverse() {
        Array x = numbers(5, 3, 4, 5);
        int[] lengths = {4, 0, 3};
        var layer = Bidirectional.of(LstmCell.of(6), GruCell.of(2));
        Variables variables = layer.init(KEY, x);
        RnnInput<Pair<LstmCarry, Tensor>> in =
                RnnInput.<Pair<LstmCarry, Tensor>>of(x).withLengths(lengths);
        RnnInput<Pair<LstmCarry, Tensor>> major = new RnnInput<>(x.moveAxis(1, 0), in.options()).timeMajor();
        Tensor y = layer.apply(variables, in.reverse().keepOrder()).outputs();
        Golden.assertClose(
                layer.apply(variables, major.reverse().keepOrder()).outputs(), y.moveAxis(1, 0), 1e-6, "layout");
        Tensor turned = Sequences.flipSequences(x, Array.of(lengths));
        Tensor flipped =
                layer.apply(variables, new RnnInput<>(turned, in.options())).outputs();
        Golden.assertClose(y, Sequences.flipSequences(flipped, Array.of(lengths)), 1e-6, "reversed");
    }

    @Test
    void aNestedLayerRunsBackwardsAsAWhole() {
        Array x = numbers(6, 3, 4, 5);
        var inner = Bidirectional.of(LstmCell.of(3), GruCell.of(2));
        var layer = Bidirectional.of(Rnn.of(GruCell.of(4)), inner);
        Variables variables = layer.init(KEY, x);
        Tensor y = layer.apply(variables, x).outputs();
        assertThat(y.shape()).isEqualTo(Shape.of(3, 4, 9));
        Tensor expected = inner.apply(under(variables, "backward_rnn"), x.reverse(1))
                .outputs()
                .reverse(1);
        Golden.assertClose(y.slice(2, 4, 9), expected, 1e-5, "the nested part");
    }

    @Test
    void severalBatchAxesWithLengths() {
        Array x = numbers(7, 2, 2, 4, 5);
        Array lengths = Array.of(new int[] {4, 0, 1, 3}, 2, 2);
        var layer = Bidirectional.of(LstmCell.of(3), GruCell.of(2));
        Variables variables = layer.init(KEY, x);
        RnnInput<Pair<LstmCarry, Tensor>> in = RnnInput.of(x);
        var square = layer.apply(variables, in.withLengths(lengths));
        RnnInput<Pair<LstmCarry, Tensor>> flat = RnnInput.of(x.reshape(4, 4, 5));
        var line = layer.apply(variables, flat.withLengths(lengths.reshape(4)));
        Golden.assertClose(square.outputs().reshape(4, 4, 5), line.outputs(), 1e-6, "outputs");
        Golden.assertClose(square.carry().second().reshape(4, 2), line.carry().second(), 1e-6, "carry");
    }
}
