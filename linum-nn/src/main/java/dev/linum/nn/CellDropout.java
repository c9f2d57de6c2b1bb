package dev.linum.nn;

import dev.linum.graph.Tensor;

/// Dropout inside a cell, on in training only. (Gal and Ghahramani, "A theoretically grounded application of
/// dropout in recurrent neural networks", 2016.)
///
/// The state is dropped only where the products with recurrent kernels read it: what a cell keeps of its state, as in
/// `z * h`, stays whole. Masks have the shape of what they act on.
///
/// @param inputs the rate for the inputs of a step, which get a new mask at each step, from the stream `dropout`
/// @param state the rate for the state, which has one mask for a whole sequence, from the stream `recurrent_dropout`
public record CellDropout(double inputs, double state) {

    public CellDropout {
        Dropout.checkRate(inputs);
        Dropout.checkRate(state);
    }

    public static CellDropout none() {
        return new CellDropout(0, 0);
    }

    public CellDropout withInputs(double rate) {
        return new CellDropout(rate, state);
    }

    public CellDropout withState(double rate) {
        return new CellDropout(inputs, rate);
    }

    /// Returns a step's input as the cell is to see it.
    public Tensor onInputs(Scope scope, Tensor x) {
        return scope.call(Dropout.STREAM, new Dropout(inputs), x);
    }

    /// Returns the state as the recurrent products are to see it.
    public Tensor onState(Scope scope, Tensor h) {
        return scope.call(Dropout.RECURRENT_STREAM, new Dropout(state).withStream(Dropout.RECURRENT_STREAM), h);
    }
}
