package dev.linum.nn;

import dev.linum.graph.Tensor;

/// How a [Bidirectional] layer joins the outputs of its two directions: one of these, or any function.
@FunctionalInterface
public interface Merge {

    /// Side by side on the last axis, forward first.
    Merge CONCAT = (forward, backward) -> Tensor.concat(-1, forward, backward);

    Merge SUM = Tensor::plus;
    Merge MEAN = (forward, backward) -> forward.plus(backward).times(0.5);
    Merge PRODUCT = Tensor::times;

    Tensor join(Tensor forward, Tensor backward);
}
