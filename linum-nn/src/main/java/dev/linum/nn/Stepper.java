package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Compiled;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.ArrayList;
import java.util.List;

/// One compiled step of a recurrent layer, for streams that have no end: the carry is a value that the caller keeps.
///
/// ```
/// var stepper = Stepper.of(rnn, variables);
/// var carry = stepper.start(Shape.of(features));
/// for (Tensor x : events) {
///     var step = stepper.step(carry, x);
///     carry = step.carry();
///     use(step.output());
/// }
/// ```
///
/// Step by step gives what the whole sequence gives. A stepper has no state and may serve many streams and threads. It
/// keeps the variables in the form in which a step reads them; after training on, make another one.
public final class Stepper<C extends Bundle<C>> {

    private final Recurrent<C> layer;
    private final Compiled<RnnOutput<C>, RnnOutput<C>> step;

    private Stepper(Steppable<C> layer, Variables variables) {
        this.layer = layer;
        this.step = Compiled.of(state -> {
            Cell.Step<C> next = layer.step(Scope.inference(variables), state.carry(), state.outputs());
            return new RnnOutput<>(next.carry(), next.output());
        });
    }

    /// Makes a stepper for inference.
    ///
    /// @throws IllegalArgumentException if the layer has to see a whole sequence first
    public static <C extends Bundle<C>> Stepper<C> of(Recurrent<C> layer, Variables variables) {
        if (!(layer instanceof Steppable<C> steppable)) {
            throw new IllegalArgumentException("a " + layer.getClass().getSimpleName()
                    + " reads sequences from both ends, so it cannot go step by step; use an Rnn or a Stacked of them");
        }
        if (layer.options().isReverse()) {
            throw new IllegalArgumentException(
                    "a reversed layer starts at the end of a sequence, so it cannot go step by step; use forward()");
        }
        return new Stepper<>(steppable, variables);
    }

    /// Returns the carry before the first step, the layer's own if it has one.
    ///
    /// @param input the shape of one step's input, such as `[features]` or `[batch, features]`
    public C start(Shape input) {
        return layer.options()
                .initialCarry()
                .orElseGet(() -> layer.initialCarry(layer.options().initKey().orElseGet(() -> Key.of(0)), input));
    }

    /// Takes one step.
    public Cell.Step<C> step(C carry, Tensor x) {
        RnnOutput<C> next = step.apply(new RnnOutput<>(carry, x));
        return new Cell.Step<>(next.carry(), next.outputs());
    }

    /// Takes several steps, one or more: one output for each input, stacked along a new first axis.
    public Cell.Step<C> steps(C carry, List<Tensor> xs) {
        if (xs.isEmpty()) {
            throw new IllegalArgumentException("steps takes one input for each step, found none");
        }
        C now = carry;
        var outputs = new ArrayList<Tensor>();
        for (Tensor x : xs) {
            Cell.Step<C> next = step(now, x);
            now = next.carry();
            outputs.add(next.output());
        }
        return new Cell.Step<>(now, Tensor.stack(0, outputs));
    }
}
