package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Tensor;
import java.util.List;

/// What a recurrent layer takes: sequences, and settings for this call that win over those of the layer.
///
/// @param inputs `[*batch, time, *features]`, or `[time, *batch, *features]` if time-major
public record RnnInput<C extends Bundle<C>>(Tensor inputs, RnnOptions<C> options)
        implements Bundle<RnnInput<C>>, RnnSettings<C, RnnInput<C>> {

    public static <C extends Bundle<C>> RnnInput<C> of(Tensor inputs) {
        return new RnnInput<>(inputs, RnnOptions.<C>none());
    }

    @Override
    public RnnInput<C> withOptions(RnnOptions<C> other) {
        return new RnnInput<>(inputs, other);
    }

    @Override
    public List<Tensor> leaves() {
        return Bundle.concat(List.of(inputs), options.leaves());
    }

    @Override
    public RnnInput<C> rebuild(List<Tensor> leaves) {
        return new RnnInput<>(leaves.getFirst(), options.rebuild(leaves.subList(1, leaves.size())));
    }

    @Override
    public Object structure() {
        return options.structure();
    }
}
