package dev.linum.nn;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Saving;
import dev.linum.graph.Tensor;

/// The settings that a recurrent layer and a call of it share; those of the call win.
///
/// @param <S> the implementing type
public interface RnnSettings<C extends Bundle<C>, S> {

    RnnOptions<C> options();

    S withOptions(RnnOptions<C> options);

    /// Sets the carry before the first step.
    default S withInitialCarry(C carry) {
        return withOptions(options().withInitialCarry(carry));
    }

    /// Sets the key that an initial carry is drawn from.
    default S withInitKey(Key key) {
        return withOptions(options().withInitKey(key));
    }

    /// Sets the number of real steps of each sequence, i32 `[*batch]`, from 0 to the number of steps.
    ///
    /// Steps after it are padding: their inputs are never read, their outputs are zeros, and the carry is the
    /// one after the last real step.
    default S withLengths(Tensor lengths) {
        return withOptions(options().withLengths(lengths));
    }

    /// Sets the number of real steps of each sequence of a batch.
    default S withLengths(int... lengths) {
        return withLengths(Array.of(lengths));
    }

    /// Takes inputs `[*batch, time, *features]`.
    default S batchMajor() {
        return withOptions(options().withLayout(RnnOptions.Layout.BATCH_MAJOR));
    }

    /// Takes inputs `[time, *batch, *features]`.
    default S timeMajor() {
        return withOptions(options().withLayout(RnnOptions.Layout.TIME_MAJOR));
    }

    /// Runs from the first step to the last.
    default S forward() {
        return withOptions(options().withDirection(RnnOptions.Direction.FORWARD));
    }

    /// Runs from the last real step to the first.
    default S reverse() {
        return withOptions(options().withDirection(RnnOptions.Direction.REVERSE));
    }

    /// Puts the outputs of a reversed run in the order of the inputs.
    default S keepOrder() {
        return withOptions(options().withOrder(RnnOptions.Order.OF_INPUTS));
    }

    /// Puts the outputs of a reversed run in the order in which the steps ran.
    default S stepOrder() {
        return withOptions(options().withOrder(RnnOptions.Order.OF_STEPS));
    }

    /// Sets what is kept of the steps for the backward pass: less memory for more work.
    default S withSaving(Saving saving) {
        return withOptions(options().withSaving(saving));
    }
}
