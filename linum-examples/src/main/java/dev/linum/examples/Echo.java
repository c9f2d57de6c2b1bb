package dev.linum.examples;

import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.nn.LstmCell;
import dev.linum.nn.Rnn;
import dev.linum.train.Adam;
import dev.linum.train.Losses;
import dev.linum.train.Trainer;

/// The smallest program that trains: an LSTM learns to repeat its input two steps later.
public final class Echo {

    private Echo() {}

    public static void main(String[] args) {
        System.out.println("loss " + train(300));
    }

    /// Trains for some steps and returns the last loss.
    static double train(int steps) {
        var x = Key.of(1).uniform(Shape.of(32, 20, 1), -1, 1);
        var echo = x.slice(1, 0, 18).pad(1, 2, 0);
        var rnn = Rnn.of(LstmCell.of(16)).outputs();
        var trainer = Trainer.<Tensors>of(
                (scope, batch) -> Losses.squaredError(
                                rnn.call(scope, batch.get(0)).slice(2, 0, 1), batch.get(1))
                        .mean(),
                Adam.of(0.01));
        var state = trainer.start(rnn.init(Key.of(0), x));
        double loss = Double.NaN;
        for (int i = 0; i < steps; i++) {
            var step = trainer.advance(state, Tensors.of(x, echo), Key.of(i));
            state = step.state();
            loss = step.loss().array().item();
        }
        return loss;
    }
}
