package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Tensor;

/// A recurrent layer that can take its steps one at a time, as they come.
public interface Steppable<C extends Bundle<C>> extends Recurrent<C> {

    /// Takes one step.
    ///
    /// @param x one step's input `[*batch, *features]`
    Cell.Step<C> step(Scope scope, C carry, Tensor x);
}
