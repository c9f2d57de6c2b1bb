package dev.linum.nn;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.DType;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import java.util.Optional;

/// The axes and lengths of one call of a recurrent layer, checked.
///
/// @param timeAxis where time is in the inputs
/// @param steps the number of steps, padding included
/// @param batch the sizes of the batch axes
/// @param lengths i32 `[*batch]`, all within 0 and `steps`
record Timing(int timeAxis, int steps, Shape batch, Optional<Tensor> lengths) {

    static <C extends Bundle<C>> Timing of(Recurrent<C> layer, RnnInput<C> in) {
        RnnOptions<C> options = in.options().orElse(layer.options());
        Shape shape = in.inputs().shape();
        int axis = options.isTimeMajor() ? 0 : shape.rank() - layer.featureAxes() - 1;
        if (shape.rank() < layer.featureAxes() + 1) {
            throw new IllegalArgumentException("a sequence has a time axis and "
                    + (layer.featureAxes() == 1 ? "one feature axis" : layer.featureAxes() + " feature axes")
                    + ", [*batch, time, *features], but the inputs have shape " + shape);
        }
        int steps = shape.dim(axis);
        Shape batch = shape.drop(axis).sub(0, shape.rank() - 1 - layer.featureAxes());
        return new Timing(axis, steps, batch, options.lengths().map(given -> checked(given, steps, batch)));
    }

    private static Tensor checked(Tensor lengths, int steps, Shape batch) {
        if (!lengths.shape().equals(batch) || lengths.dtype() != DType.I32) {
            throw new IllegalArgumentException(
                    "lengths are one i32 per sequence, here i32" + batch + ", but found " + lengths.type());
        }
        Trace.check(lengths, numbers -> inRange(numbers, steps));
        return lengths;
    }

    /// Throws if a length is below 0 or above the number of steps.
    static void inRange(Array lengths, int steps) {
        for (int row = 0; row < lengths.shape().count(); row++) {
            int length = (int) lengths.get(row);
            if (length < 0 || length > steps) {
                throw new IllegalArgumentException("the length of sequence " + row + " is " + length
                        + ", but the inputs have " + steps + " steps; a length lies between 0 and " + steps);
            }
        }
    }

    /// Says which steps are real: bool `[time, *batch]`.
    Optional<Tensor> valid() {
        return lengths.map(length -> {
            Shape ones = Shape.of(steps);
            for (int i = 0; i < batch.rank(); i++) {
                ones = ones.plus(1);
            }
            return Tensor.iota(steps).reshape(ones).lessThan(length.expand(0));
        });
    }

    /// The inputs with zeros in the padding.
    Tensor withoutPadding(Tensor inputs) {
        return valid().map(real -> {
                    Tensor steps = inputs.moveAxis(timeAxis, 0);
                    return rows(real, steps, Tensor.zeros(steps.type())).moveAxis(0, timeAxis);
                })
                .orElse(inputs);
    }

    /// Chooses whole rows: `real bool [*batch]`, the others `[*batch, *rest]`.
    static Tensor rows(Tensor real, Tensor yes, Tensor no) {
        Shape batch = real.shape();
        Shape shape = yes.shape();
        if (shape.rank() < batch.rank() || !shape.sub(0, batch.rank()).equals(batch)) {
            throw new IllegalArgumentException(
                    "with lengths, every carry and output of a cell starts with the batch axes " + batch
                            + ", but one has shape " + shape);
        }
        Shape expanded = batch;
        for (int i = batch.rank(); i < shape.rank(); i++) {
            expanded = expanded.plus(1);
        }
        return real.reshape(expanded).broadcastTo(shape).select(yes, no);
    }
}
