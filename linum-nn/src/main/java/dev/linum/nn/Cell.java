package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;

/// One step of a recurrent network.
///
/// A cell says what happens in one step; [Rnn] runs it over sequences, masked, reversed, differentiated.
///
/// @param <C> the carry: what a step hands to the next, a tensor or a record of tensors
public interface Cell<C extends Bundle<C>> {

    /// What a step returns.
    record Step<C>(C carry, Tensor output) {}

    /// Takes one step.
    ///
    /// @param carry the state before the step, tensors `[*batch, *features]`
    /// @param x one step's input `[*batch, *features in]`; its last [#featureAxes()] axes are features
    Step<C> step(Scope scope, C carry, Tensor x);

    /// Returns the carry before the first step.
    ///
    /// @param key for cells that start at random
    /// @param input the shape of one step's input, batch axes included
    C initialCarry(Key key, Shape input);

    /// Returns how many of the last axes of the input are features; the axes before them are batch.
    default int featureAxes() {
        return 1;
    }

    /// Returns the carry's shape for a cell of one feature axis: the input's batch axes, then the features.
    static Shape carryShape(Shape input, int features) {
        return input.with(-1, features);
    }
}
