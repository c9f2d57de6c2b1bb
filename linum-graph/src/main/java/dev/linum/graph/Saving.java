package dev.linum.graph;

import java.util.OptionalInt;

/// What a loop keeps of its steps for the backward pass; the rest is computed again there.
///
/// | | kept of each step | computed again |
/// |---|---|---|
/// | [#everything()] | what derivatives read | many numbers that are sums and products of kept ones |
/// | [#costly()] | as few numbers as spare the backward pass every product | element-wise values |
/// | [#checkpoints(int)] | the carry at every k-th step, and the inputs | every step once |
///
/// Outputs are the same under each, and gradients too, but that checkpoints add the gradients of what all steps read
/// (weights) up chunk by chunk, which rounds them otherwise.
///
/// It matters for training on long sequences. What is computed without a gradient keeps nothing anyway.
public sealed interface Saving {

    /// See [Saving#everything()].
    record Everything() implements Saving {}

    /// See [Saving#costly()].
    record Costly() implements Saving {}

    /// See [Saving#checkpoints(int)].
    ///
    /// @param every how many steps lie between two checkpoints; if empty, the square root of their number,
    ///     rounded up
    record Checkpoints(OptionalInt every) implements Saving {
        public Checkpoints {
            if (every.isPresent() && every.getAsInt() < 1) {
                throw new IllegalArgumentException("a checkpoint is kept every k steps with k at least 1, but k is "
                        + every.getAsInt() + "; checkpoints() chooses one");
            }
        }

        int stepsBetween(int steps) {
            return Math.min(steps, every.orElse((int) Math.ceil(Math.sqrt(steps))));
        }
    }

    /// Keeps what the backward pass reads: the fastest, and the most memory. The default.
    ///
    /// Left out is only what additions, subtractions and multiplications of kept values give back, where that is a
    /// thousand numbers or more at each step: they are sooner computed again than read from memory.
    static Saving everything() {
        return new Everything();
    }

    /// Keeps what would be costly to compute again, and as little of the rest as possible.
    ///
    /// Element-wise values (activations, gates, masks, statistics of a normalisation) are computed again in the
    /// backward loop where that leaves fewer numbers to keep; matrix products never are. It costs little time
    /// and saves as much as a cell computes between its products: much with layer normalisation, little for a
    /// plain LSTM, whose gates are no more numbers than the products that they come from.
    static Saving costly() {
        return new Costly();
    }

    /// Keeps a checkpoint, the carry, every so many steps, and runs the steps between again.
    ///
    /// Of `T` steps, `T / every` carries are kept, and while a chunk is pulled back all that derivatives read of
    /// its `every` steps. The forward pass is run twice, which makes a training step a quarter to a half slower,
    /// somewhat more with lengths. The number of steps need not be divisible; if it is, inputs and outputs need
    /// not be copied.
    ///
    /// @throws IllegalArgumentException if `every` is below 1
    static Saving checkpoints(int every) {
        return new Checkpoints(OptionalInt.of(every));
    }

    /// Keeps a checkpoint every `ceil(sqrt(T))` of `T` steps, so that memory besides inputs and outputs grows
    /// with the square root of their number.
    ///
    /// (Chen, Xu, Zhang and Guestrin, "Training deep nets with sublinear memory cost", 2016; Griewank and Walther,
    /// "Algorithm 799: revolve", 2000.)
    static Saving checkpoints() {
        return new Checkpoints(OptionalInt.empty());
    }
}
