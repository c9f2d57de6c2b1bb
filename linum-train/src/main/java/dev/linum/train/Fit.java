package dev.linum.train;

import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.nn.Variables;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;

/// Training over epochs that keeps the best variables and stops when they get no better.
/// (Prechelt, "Early stopping - but when?", 1998.)
///
/// ```
/// var best = Fit.of(trainer).withEpochs(100).withPatience(10).run(state, batches, key, score, listener);
/// ```
///
/// @param epochs how often all batches are seen at most
/// @param patience after how many epochs without a better score training stops
/// @param <B> a batch
public record Fit<B extends Bundle<B>>(Trainer<B> trainer, int epochs, int patience) {

    public Fit {
        if (epochs < 1 || patience < 1) {
            throw new IllegalArgumentException(
                    "training needs at least 1 epoch and a patience of 1, found " + epochs + " and " + patience);
        }
    }

    /// Trains for at most 100 epochs with a patience of 10.
    public static <B extends Bundle<B>> Fit<B> of(Trainer<B> trainer) {
        return new Fit<>(trainer, 100, 10);
    }

    public Fit<B> withEpochs(int most) {
        return new Fit<>(trainer, most, patience);
    }

    public Fit<B> withPatience(int others) {
        return new Fit<>(trainer, epochs, others);
    }

    /// Why training ended.
    public enum End {
        /// All epochs were run.
        EPOCHS,
        /// The score has not become better for as many epochs as patience allows.
        PATIENCE,
        /// The listener asked for it.
        STOPPED,
        /// The loss was no finite number, or no epoch had a score that was one; a lower rate or a clipped gradient
        /// helps.
        DIVERGED
    }

    /// The variables with the highest score.
    ///
    /// @param epoch the epoch after which they were found, from 1 on; 0 for those training began with
    public record Best(Variables variables, int epoch, double score, End end) {}

    /// What an epoch brought.
    ///
    /// @param number from 1 on
    /// @param loss the mean over its steps
    /// @param best the best so far, this epoch included
    public record Report(int number, double loss, double score, Best best) {}

    /// Who is told how training goes.
    public interface Listener {

        /// Hears the loss of each step.
        default void step(int epoch, double loss) {}

        /// Hears of each finished epoch.
        default void epoch(Report report) {}

        /// Says whether to end now; asked after each step, from the thread that trains.
        default boolean isStopping() {
            return false;
        }
    }

    /// Trains.
    ///
    /// A stop in the first epoch still scores what there is, so that something can be kept.
    ///
    /// @param batches the batches of each epoch, counted from 1
    /// @param key what dropout draws from
    /// @param score higher is better; of data that is not trained on
    /// @throws IllegalArgumentException if an epoch has no batches
    public Best run(
            Trainer.State start,
            IntFunction<? extends Iterable<B>> batches,
            Key key,
            ToDoubleFunction<Variables> score,
            Listener listener) {
        Trainer.State state = start;
        var best = new Best(start.variables(), 0, Double.NEGATIVE_INFINITY, End.EPOCHS);
        int steps = 0;
        for (int epoch = 1; epoch <= epochs; epoch++) {
            double sum = 0;
            int before = steps;
            for (B batch : batches.apply(epoch)) {
                Key own = key.foldIn(steps++);
                var step = state.variables() == best.variables()
                        ? trainer.step(state, batch, own)
                        : trainer.advance(state, batch, own);
                state = step.state();
                double loss = step.loss().array().item();
                if (!Double.isFinite(loss)) {
                    return ended(best, End.DIVERGED);
                }
                sum += loss;
                listener.step(epoch, loss);
                if (listener.isStopping()) {
                    return ended(
                            epoch > 1
                                    ? best
                                    : better(best, state.variables(), 1, score.applyAsDouble(state.variables())),
                            End.STOPPED);
                }
            }
            if (steps == before) {
                throw new IllegalArgumentException("epoch " + epoch + " has no batches to train on");
            }
            double now = score.applyAsDouble(state.variables());
            best = better(best, state.variables(), epoch, now);
            listener.epoch(new Report(epoch, sum / (steps - before), now, best));
            if (epoch - best.epoch() >= patience) {
                return ended(best, best.epoch() == 0 ? End.DIVERGED : End.PATIENCE);
            }
        }
        return best.epoch() == 0 ? ended(best, End.DIVERGED) : best;
    }

    private static Best better(Best best, Variables variables, int epoch, double now) {
        return now > best.score() ? new Best(variables, epoch, now, End.EPOCHS) : best;
    }

    private static Best ended(Best best, End end) {
        return new Best(best.variables(), best.epoch(), best.score(), end);
    }
}
