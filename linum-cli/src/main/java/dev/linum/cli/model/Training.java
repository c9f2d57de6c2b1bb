package dev.linum.cli.model;

import dev.linum.cli.data.Examples;
import dev.linum.cli.data.Schema;
import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.nn.Variables;
import dev.linum.train.Adam;
import dev.linum.train.Buckets;
import dev.linum.train.Fit;
import dev.linum.train.Optimizer;
import dev.linum.train.Schedule;
import dev.linum.train.Trainer;
import java.util.SplittableRandom;

/// How a model is trained: Adam, its rate falling along a cosine, the best epoch chosen on a validation part.
///
/// @param batch sequences per step
/// @param rate the first learning rate
/// @param clip the longest gradient; 0 for no limit
/// @param seed decides first parameters, dropout and the order of sequences
public record Training(int batch, double rate, int epochs, int patience, double clip, long seed) {

    /// What came out.
    public record Outcome(Fit.Best best, Score validation) {}

    /// Who is told how training goes.
    public interface Listener {
        void step();

        void epoch(Fit.Report report, Score validation, Score best);

        boolean isStopping();
    }

    /// Returns the number of steps in an epoch.
    public int steps(Examples training) {
        return Math.ceilDiv(training.size(), rows(training));
    }

    private int rows(Examples training) {
        return Math.min(batch, training.size());
    }

    /// Trains.
    ///
    /// @throws IllegalStateException if not one epoch came to an end with finite losses and predictions
    public Outcome run(SequenceModel model, Examples training, Examples validation, Listener listener) {
        Schema schema = training.schema();
        Optimizer adam = Adam.of(Schedule.cosine(rate, epochs * steps(training), 0.02));
        var trainer = Trainer.<Bundle.Tensors>of(
                (scope, examples) -> model.loss(scope, examples, schema.target().task()),
                clip > 0 ? adam.clippedBy(clip) : adam);
        Key key = Key.of(seed);
        var random = new SplittableRandom(seed);
        int rows = rows(training);
        int[] lengths = training.lengths();
        var watched = new Watched(new Predictor(model, schema), validation, listener);
        Fit.Best best = Fit.of(trainer)
                .withEpochs(epochs)
                .withPatience(patience)
                .run(
                        trainer.start(model.init(key)),
                        _ -> Buckets.shuffled(lengths, rows, random).stream()
                                .map(indices -> training.batch(indices, rows))::iterator,
                        key,
                        watched::score,
                        watched);
        if (best.epoch() == 0) {
            throw new IllegalStateException(
                    watched.last == null
                            ? "the loss grew without bound in the first epoch, so there is no model to keep; try a lower"
                                    + " --rate"
                            : "no epoch led to finite predictions for the validation part, so there is no model to keep;"
                                    + " try a lower --rate");
        }
        return new Outcome(best, watched.best);
    }

    /// Scores on the validation part and keeps the score beside its one number.
    private static final class Watched implements Fit.Listener {
        private final Predictor predictor;
        private final Examples validation;
        private final Listener listener;
        private Score last;
        private Score best;

        Watched(Predictor predictor, Examples validation, Listener listener) {
            this.predictor = predictor;
            this.validation = validation;
            this.listener = listener;
        }

        double score(Variables variables) {
            last = Score.of(predictor.schema(), validation, predictor.predict(variables, validation));
            if (best == null || last.likelihood() > best.likelihood()) {
                best = last;
            }
            return last.likelihood();
        }

        @Override
        public void step(int epoch, double loss) {
            listener.step();
        }

        @Override
        public void epoch(Fit.Report report) {
            listener.epoch(report, last, best);
        }

        @Override
        public boolean isStopping() {
            return listener.isStopping();
        }
    }
}
