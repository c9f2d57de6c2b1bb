package dev.linum.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.nn.Variables;
import dev.linum.train.Adam;
import dev.linum.train.Trainer;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The tests of Flax's example `seq2seq`: characters as numbers, lengths, masks, one step, answers.
class AdditionDataTest {

    private static final Bundle.Tensors BATCH =
            Addition.batch(List.of(new int[] {1, 2}, new int[] {535, 61}, new int[] {7, 999}));

    @Test
    void charactersBecomeNumbers() {
        assertThat(BATCH.get(0).array().toInts())
                .containsExactly(
                        3, 12, 4, 0, 0, 0, 0, //
                        7, 5, 7, 12, 8, 3, 0, //
                        9, 12, 11, 11, 11, 0, 0);
        assertThat(BATCH.get(2).array().toInts())
                .containsExactly(
                        5, 1, 0, 0, 0, //
                        7, 11, 8, 1, 0, //
                        3, 2, 2, 8, 1);
    }

    @Test
    void lengthsReachToTheEndSymbol() {
        assertThat(BATCH.get(1).array().toInts()).containsExactly(3, 6, 5);
        assertThat(BATCH.get(3).array().toInts()).containsExactly(2, 4, 5);
    }

    @Test
    void whatFollowsTheEndSymbolIsNotCounted() {
        var model = new Addition(8);
        Variables variables = model.init(Key.of(0), BATCH);
        int[] other = BATCH.get(2).array().toInts();
        other[2] = 9;
        var changed = new Bundle.Tensors(
                List.of(BATCH.get(0), BATCH.get(1), dev.linum.graph.Array.of(other, 3, 5), BATCH.get(3)));
        assertThat(loss(model, variables, changed)).isEqualTo(loss(model, variables, BATCH));
        other[0] = 9;
        var wrong = new Bundle.Tensors(
                List.of(BATCH.get(0), BATCH.get(1), dev.linum.graph.Array.of(other, 3, 5), BATCH.get(3)));
        assertThat(loss(model, variables, wrong)).isNotEqualTo(loss(model, variables, BATCH));
    }

    private static double loss(Addition model, Variables variables, Bundle.Tensors batch) {
        return model.loss(dev.linum.nn.Scope.inference(variables), batch)
                .array()
                .item();
    }

    @Test
    void oneStepAndOneAnswer() {
        var model = new Addition(8);
        Variables variables = model.init(Key.of(0), BATCH);
        var trainer = Trainer.<Bundle.Tensors>of(model::loss, Adam.of(0.003));
        var step = trainer.step(trainer.start(variables), BATCH, Key.of(1));
        assertThat(step.loss().array().item()).isPositive().isLessThanOrEqualTo(5);
        assertThat(model.apply(variables, BATCH).shape()).isEqualTo(Shape.of(3, 5, 14));
        assertThat(model.answers(step.state().variables(), BATCH)).hasSize(3);
    }
}
