package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;

/// A layer over sequences: one cell ([Rnn]), two in opposite directions ([Bidirectional]) or several in a row
/// ([Stacked]).
public interface Recurrent<C extends Bundle<C>> extends Module<RnnInput<C>, RnnOutput<C>> {

    /// Returns how many of the last axes of the input are features.
    int featureAxes();

    /// Returns the settings that a call may override.
    RnnOptions<C> options();

    /// Returns the carry before the first step.
    ///
    /// @param input the shape of one step's input, batch axes included
    C initialCarry(Key key, Shape input);

    /// Runs over sequences with the layer's own settings.
    default RnnOutput<C> call(Scope scope, Tensor inputs) {
        return call(scope, RnnInput.of(inputs));
    }

    /// Makes the first variables for sequences of the given type.
    default Variables init(Key key, Tensor inputs) {
        return init(key, RnnInput.<C>of(inputs));
    }

    /// Returns a table of the variables for sequences of the given type.
    default Summary summary(Tensor inputs) {
        return summary(RnnInput.<C>of(inputs));
    }

    /// Runs over sequences for inference with the layer's own settings.
    default RnnOutput<C> apply(Variables variables, Tensor inputs) {
        return apply(variables, RnnInput.of(inputs));
    }

    /// Returns this layer as a module from inputs to outputs, for [Sequential].
    default Module<Tensor, Tensor> outputs() {
        return new OutputsOf<>(this);
    }

    /// A recurrent layer without its carry.
    record OutputsOf<C extends Bundle<C>>(Recurrent<C> layer) implements Module<Tensor, Tensor> {
        @Override
        public Tensor call(Scope scope, Tensor in) {
            return layer.call(scope, in).outputs();
        }
    }
}
