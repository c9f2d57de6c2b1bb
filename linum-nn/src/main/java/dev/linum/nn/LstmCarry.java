package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;

/// The state of an LSTM, in Flax's order.
///
/// @param cell c, the long memory
/// @param hidden h, also the output
public record LstmCarry(Tensor cell, Tensor hidden) implements Bundle<LstmCarry> {

    static LstmCarry drawn(Init init, Key key, Shape shape, DType dtype) {
        List<Key> keys = key.split(2);
        return new LstmCarry(
                init.draw().draw(keys.get(0), shape, dtype), init.draw().draw(keys.get(1), shape, dtype));
    }

    @Override
    public List<Tensor> leaves() {
        return List.of(cell, hidden);
    }

    @Override
    public LstmCarry rebuild(List<Tensor> leaves) {
        return new LstmCarry(leaves.get(0), leaves.get(1));
    }
}
