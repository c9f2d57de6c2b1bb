package dev.linum.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import dev.linum.nn.Bidirectional;
import dev.linum.nn.Dense;
import dev.linum.nn.Dropout;
import dev.linum.nn.Embed;
import dev.linum.nn.LstmCarry;
import dev.linum.nn.LstmCell;
import dev.linum.nn.Module;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.Scope;
import dev.linum.nn.Sequences;
import dev.linum.nn.Variables;
import org.junit.jupiter.api.Test;

/// The tests of Flax's example `sst2`: embedding, LSTMs in both directions over padded text, attention, one logit.
class TextClassifierTest {

    private static final Array IDS = Array.of(new int[] {2, 3, 4, 5, 6, 7}, 2, 3);
    private static final Array LENGTHS = Array.of(new int[] {2, 3});

    /// Takes ids i32 [batch, time] and lengths i32 [batch]; returns logits [batch, 1].
    private record Classifier(int width) implements Module<Tensors, Tensor> {
        @Override
        public Tensor call(Scope scope, Tensors batch) {
            Tensor words = scope.call("embed", Embed.of(10, 4), batch.get(0));
            Tensor x = scope.call("dropout", new Dropout(0.5), words);
            RnnInput<Pair<LstmCarry, LstmCarry>> in = RnnInput.of(x);
            Tensor y = Bidirectional.of(LstmCell.of(width), LstmCell.of(width))
                    .call(scope.child("encoder"), in.withLengths(batch.get(1)))
                    .outputs();
            Tensor score = scope.call(
                    "score", Dense.of(1), scope.call("keys", Dense.of(3), y).tanh());
            Tensor real = Sequences.mask(batch.get(1), x.shape().dim(1)).expand(2);
            Tensor far = Tensor.full(score.type(), -1e30);
            Tensor attention = real.select(score, far).softmax(1);
            return scope.call("head", Dense.of(1), y.times(attention).sum(1));
        }
    }

    @Test
    void embedding() {
        Embed embed = Embed.of(10, 4);
        Variables variables = embed.init(Key.of(0), IDS);
        Tensor y = embed.apply(variables, IDS);
        assertThat(y.shape()).isEqualTo(Shape.of(2, 3, 4));
        assertThat(y.index(0, 1).index(0, 2).array().toFloats())
                .isEqualTo(variables.get("params/embedding").index(0, 7).array().toFloats());
    }

    @Test
    void encoders() {
        Tensor x = Tensor.ones(Type.of(DType.F32, 2, 3, 4));
        var one = Rnn.of(LstmCell.of(5));
        assertThat(one.apply(one.init(Key.of(0), x), x).outputs().shape()).isEqualTo(Shape.of(2, 3, 5));
        var both = Bidirectional.of(LstmCell.of(5), LstmCell.of(5)).withLengths(2, 3);
        Tensor y = both.apply(both.init(Key.of(0), x), x).outputs();
        assertThat(y.shape()).isEqualTo(Shape.of(2, 3, 10));
        assertThat(y.index(0, 0).index(0, 2).array().toFloats()).containsOnly(0);
    }

    @Test
    void theClassifierDoesNotReadPadding() {
        var model = new Classifier(5);
        Variables variables = model.init(Key.of(0), Tensors.of(IDS, LENGTHS));
        Tensor logits = model.apply(variables, Tensors.of(IDS, LENGTHS));
        assertThat(logits.shape()).isEqualTo(Shape.of(2, 1));
        Array other = Array.of(new int[] {2, 3, 9, 5, 6, 7}, 2, 3);
        assertThat(model.apply(variables, Tensors.of(other, LENGTHS)).array().toFloats())
                .isEqualTo(logits.array().toFloats());
        Array real = Array.of(new int[] {2, 9, 4, 5, 6, 7}, 2, 3);
        assertThat(model.apply(variables, Tensors.of(real, LENGTHS)).array().toFloats())
                .isNotEqualTo(logits.array().toFloats());
    }

    @Test
    void aStepChangesEveryParameter() {
        var model = new Classifier(5);
        var batch = Tensors.of(IDS, LENGTHS, Array.of(new float[] {0, 1}, 2, 1));
        Variables before = model.init(Key.of(0), batch);
        var trainer = Trainer.<Tensors>of(
                (scope, b) -> Losses.sigmoidCrossEntropy(model.call(scope, b), b.get(2))
                        .mean(),
                Sgd.of(0.1));
        Variables after =
                trainer.step(trainer.start(before), batch, Key.of(1)).state().variables();
        assertThat(after.paths()).isEqualTo(before.paths());
        for (String path : before.paths()) {
            // Adding one number to every score changes no attention, so this bias has a gradient of zero.
            if (!path.equals("params/score/bias")) {
                assertThat(after.get(path).array().toFloats())
                        .as(path)
                        .isNotEqualTo(before.get(path).array().toFloats());
            }
        }
    }

    @Test
    void aTrainingStepChecksLengths() {
        var model = new Classifier(5);
        Tensors batch = Tensors.of(IDS, LENGTHS);
        var trainer = Trainer.<Tensors>of((scope, b) -> model.call(scope, b).mean(), Sgd.of(0.1));
        var state = trainer.start(model.init(Key.of(0), batch));
        trainer.step(state, batch, Key.of(1));
        assertThatThrownBy(() -> trainer.step(state, Tensors.of(IDS, Array.of(new int[] {2, 4})), Key.of(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the length of sequence 1 is 4, but the inputs have 3 steps; "
                        + "a length lies between 0 and 3");
    }
}
