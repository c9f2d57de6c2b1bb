package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Compiled;
import dev.linum.graph.Key;

/// A part of a model: hyper-parameters in a record, no numbers. The numbers live in [Variables].
///
/// @param <I> what it takes
/// @param <O> what it returns
public interface Module<I extends Bundle<I>, O extends Bundle<O>> {

    /// Computes the output; asks the scope for parameters, random keys and state.
    O call(Scope scope, I in);

    /// Makes the first variables of this model for inputs of the given type; nothing is computed but the parameters.
    ///
    /// State such as a running mean gets the value it starts from, not what this call would make of it.
    default Variables init(Key key, I in) {
        return Calls.init(this, key, in);
    }

    /// Returns a table of the variables that this model makes for inputs of the given type, and of how each starts;
    /// no number of them is drawn.
    default Summary summary(I in) {
        return Calls.summary(this, in);
    }

    /// Computes the output for inference. Traced and planned once per type of input, then only run.
    default O apply(Variables variables, I in) {
        return Calls.apply(this, variables, in);
    }

    /// Returns this model with its variables: a function of the input alone, for a service that answers many calls.
    ///
    /// What depends on the variables alone is done once for each type of input, not at each call: gates are joined,
    /// weights laid out as products read them. These copies are kept as long as the function is, so inputs had
    /// better come in a few shapes. Variables that change, as in training, go to [#apply] instead.
    default Compiled<I, O> bind(Variables variables) {
        return Compiled.of(in -> call(Scope.inference(variables), in));
    }
}
