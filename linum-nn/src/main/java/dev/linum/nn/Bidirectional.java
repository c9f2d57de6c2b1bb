package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;
import java.util.Optional;

/// Two recurrent layers over the same sequences, one from each end, their outputs joined step by step.
/// (Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997.)
///
/// Variables live under `forward_rnn` and `backward_rnn`. The layers may have different cells and widths. The
/// output at step t joins what `forward` made of the steps up to t with what `backward` made of the steps from t on.
/// The settings of this layer and call decide layout and direction; those of the two layers are not asked. Of lengths,
/// first carries and keys, each layer uses its own where this one and the call have none.
///
/// @param merge joins the two outputs; a function of forward and backward
/// @param sharing whether both directions use the variables under `forward_rnn`
public record Bidirectional<A extends Bundle<A>, B extends Bundle<B>>(
        Recurrent<A> forwardLayer,
        Recurrent<B> backwardLayer,
        Merge merge,
        Sharing sharing,
        RnnOptions<Bundle.Pair<A, B>> options)
        implements Recurrent<Bundle.Pair<A, B>>, RnnSettings<Bundle.Pair<A, B>, Bidirectional<A, B>> {

    /// Whether the two directions have variables of their own.
    public enum Sharing {
        SEPARATE,
        SHARED
    }

    /// Joins two layers by concatenation.
    public static <A extends Bundle<A>, B extends Bundle<B>> Bidirectional<A, B> of(
            Recurrent<A> forward, Recurrent<B> backward) {
        return new Bidirectional<>(forward, backward, Merge.CONCAT, Sharing.SEPARATE, RnnOptions.none());
    }

    /// Joins two runs of cells by concatenation.
    public static <A extends Bundle<A>, B extends Bundle<B>> Bidirectional<A, B> of(Cell<A> forward, Cell<B> backward) {
        return of(Rnn.of(forward), Rnn.of(backward));
    }

    /// Runs one layer in both directions, with the same variables.
    public static <A extends Bundle<A>> Bidirectional<A, A> shared(Recurrent<A> layer) {
        return new Bidirectional<>(layer, layer, Merge.CONCAT, Sharing.SHARED, RnnOptions.none());
    }

    public Bidirectional<A, B> withMerge(Merge other) {
        return new Bidirectional<>(forwardLayer, backwardLayer, other, sharing, options);
    }

    @Override
    public Bidirectional<A, B> withOptions(RnnOptions<Bundle.Pair<A, B>> other) {
        return new Bidirectional<>(forwardLayer, backwardLayer, merge, sharing, other);
    }

    @Override
    public int featureAxes() {
        return forwardLayer.featureAxes();
    }

    @Override
    public Bundle.Pair<A, B> initialCarry(Key key, Shape input) {
        List<Key> keys = key.split(2);
        return Bundle.Pair.of(
                forwardLayer.initialCarry(keys.get(0), input), backwardLayer.initialCarry(keys.get(1), input));
    }

    @Override
    public RnnOutput<Bundle.Pair<A, B>> call(Scope scope, RnnInput<Bundle.Pair<A, B>> in) {
        var chosen = in.options().orElse(options);
        Timing timing = Timing.of(this, in);
        Optional<List<Key>> keys = chosen.initKey().map(key -> key.split(2));
        var settled = chosen.withOrder(RnnOptions.Order.OF_INPUTS)
                .withLayout(chosen.layout().orElse(RnnOptions.Layout.BATCH_MAJOR));
        boolean reverse = chosen.isReverse();

        RnnOptions<A> first = settled.<A>forCarry(chosen.initialCarry().map(Bundle.Pair::first))
                .withDirection(reverse ? RnnOptions.Direction.REVERSE : RnnOptions.Direction.FORWARD);
        RnnOptions<B> second = settled.<B>forCarry(chosen.initialCarry().map(Bundle.Pair::second))
                .withDirection(reverse ? RnnOptions.Direction.FORWARD : RnnOptions.Direction.REVERSE);
        if (keys.isPresent()) {
            first = first.withInitKey(keys.get().get(0));
            second = second.withInitKey(keys.get().get(1));
        }
        var a = forwardLayer.call(scope.child("forward_rnn"), new RnnInput<>(in.inputs(), first));
        String backwardName = sharing == Sharing.SHARED ? "forward_rnn" : "backward_rnn";
        var b = backwardLayer.call(scope.child(backwardName), new RnnInput<>(in.inputs(), second));
        Tensor outputs = merge.join(a.outputs(), b.outputs());
        if (reverse && !chosen.keepsOrder()) {
            outputs = Sequences.flip(outputs, timing.lengths(), timing.timeAxis());
        }
        return new RnnOutput<>(Bundle.Pair.of(a.carry(), b.carry()), outputs);
    }
}
