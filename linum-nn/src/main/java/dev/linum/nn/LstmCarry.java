package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Tensor;
import java.util.List;

/// The state of an LSTM, in Flax's order.
///
/// @param cell c, the long memory
/// @param hidden h, also the output
public record LstmCarry(Tensor cell, Tensor hidden) implements Bundle<LstmCarry> {

    @Override
    public List<Tensor> leaves() {
        return List.of(cell, hidden);
    }

    @Override
    public LstmCarry rebuild(List<Tensor> leaves) {
        return new LstmCarry(leaves.get(0), leaves.get(1));
    }
}
