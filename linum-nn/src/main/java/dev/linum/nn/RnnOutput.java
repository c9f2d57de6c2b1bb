package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Tensor;
import java.util.List;

/// What a recurrent layer returns.
///
/// @param carry the state after the last real step of each sequence
/// @param outputs one output per step, in the layout of the inputs; zeros at padded steps
public record RnnOutput<C extends Bundle<C>>(C carry, Tensor outputs) implements Bundle<RnnOutput<C>> {

    @Override
    public List<Tensor> leaves() {
        return Bundle.concat(List.of(outputs), carry.leaves());
    }

    @Override
    public RnnOutput<C> rebuild(List<Tensor> leaves) {
        return new RnnOutput<>(carry.rebuild(leaves.subList(1, leaves.size())), leaves.getFirst());
    }

    @Override
    public Object structure() {
        return carry.structure();
    }
}
