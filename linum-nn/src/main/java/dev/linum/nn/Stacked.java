package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Recurrent layers one above the other, optionally with residuals and dropout between them.
///
/// Variables live under `layers_0`, `layers_1`, ... Dropout acts on the inputs of every layer but the first.
/// A residual adds a layer's input to its output wherever both have the same shape. (He et al. 2016; Zaremba
/// et al. 2014.)
///
/// @param layers at least one
/// @param dropout between layers, drawn from its stream once per call
public record Stacked(
        List<Recurrent<?>> layers, Residuals residuals, Dropout dropout, RnnOptions<Stacked.Carries> options)
        implements Steppable<Stacked.Carries>, RnnSettings<Stacked.Carries, Stacked> {

    /// Whether layers add their input to their output.
    public enum Residuals {
        NONE,
        ADDED
    }

    public Stacked {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("Stacked needs at least one layer");
        }
    }

    public static Stacked of(Recurrent<?>... layers) {
        return new Stacked(List.of(layers), Residuals.NONE, new Dropout(0), RnnOptions.none());
    }

    public Stacked withResiduals() {
        return new Stacked(layers, Residuals.ADDED, dropout, options);
    }

    public Stacked withDropout(double rate) {
        return withDropout(new Dropout(rate));
    }

    public Stacked withDropout(Dropout between) {
        return new Stacked(layers, residuals, between, options);
    }

    @Override
    public Stacked withOptions(RnnOptions<Carries> other) {
        return new Stacked(layers, residuals, dropout, other);
    }

    @Override
    public int featureAxes() {
        return layers.getFirst().featureAxes();
    }

    /// The carries of all layers, lowest first.
    public record Carries(List<Bundle<?>> layers) implements Bundle<Carries> {
        public Carries {
            layers = List.copyOf(layers);
        }

        @Override
        public List<Tensor> leaves() {
            return layers.stream().flatMap(layer -> layer.leaves().stream()).toList();
        }

        @Override
        public Carries rebuild(List<Tensor> leaves) {
            var rebuilt = new ArrayList<Bundle<?>>();
            int at = 0;
            for (Bundle<?> layer : layers) {
                int size = layer.leaves().size();
                rebuilt.add((Bundle<?>) layer.rebuild(leaves.subList(at, at + size)));
                at += size;
            }
            return new Carries(rebuilt);
        }

        @Override
        public Object structure() {
            return layers.stream().map(Bundle::structure).toList();
        }
    }

    /// Returns the first carries of all layers. A layer above the first sees the width of the one below,
    /// which only running it tells; cells of this library take all axes but the last from the shape.
    @Override
    public Carries initialCarry(Key key, Shape input) {
        List<Key> keys = key.split(layers.size());
        return new Carries(IntStream.range(0, layers.size())
                .<Bundle<?>>mapToObj(i -> layers.get(i).initialCarry(keys.get(i), input))
                .toList());
    }

    @Override
    public RnnOutput<Carries> call(Scope scope, RnnInput<Carries> in) {
        var chosen = in.options().orElse(options);
        var timing = Timing.of(this, in);
        chosen.initialCarry().ifPresent(this::check);
        List<Key> keys = chosen.initKey().map(key -> key.split(layers.size())).orElse(List.of());
        var settled = chosen.withOrder(RnnOptions.Order.OF_INPUTS);
        Tensor x = withoutPadding(in.inputs(), timing);
        var carries = new ArrayList<Bundle<?>>();
        for (int i = 0; i < layers.size(); i++) {
            int layer = i;
            var initial =
                    chosen.initialCarry().<Bundle<?>>map(all -> all.layers().get(layer));
            RnnOutput<?> out = run(
                    layers.get(i),
                    scope,
                    i,
                    dropped(scope, i, x),
                    keys.isEmpty() ? settled : settled.withInitKey(keys.get(i)),
                    initial);
            carries.add(out.carry());
            x = above(x, out.outputs());
        }
        if (chosen.isReverse() && !chosen.keepsOrder()) {
            x = Sequences.flip(x, timing.lengths(), timing.timeAxis());
        }
        return new RnnOutput<>(new Carries(carries), x);
    }

    /// What a residual connection adds to outputs, which are zero in the padding.
    private Tensor withoutPadding(Tensor inputs, Timing timing) {
        return residuals == Residuals.ADDED && timing.lengths().isPresent() ? timing.withoutPadding(inputs) : inputs;
    }

    @SuppressWarnings("unchecked")
    private static <C extends Bundle<C>> RnnOutput<C> run(
            Recurrent<C> layer,
            Scope scope,
            int index,
            Tensor x,
            RnnOptions<Carries> settled,
            Optional<Bundle<?>> initial) {
        RnnOptions<C> options = settled.<C>forCarry(initial.map(carry -> (C) carry));
        return layer.call(scope.child("layers_" + index), new RnnInput<>(x, options));
    }

    @Override
    public Cell.Step<Carries> step(Scope scope, Carries carry, Tensor x) {
        check(carry);
        Tensor now = x;
        var carries = new ArrayList<Bundle<?>>();
        for (int i = 0; i < layers.size(); i++) {
            Cell.Step<?> next = step(
                    layers.get(i), scope.child("layers_" + i), carry.layers().get(i), dropped(scope, i, now));
            carries.add((Bundle<?>) next.carry());
            now = above(now, next.output());
        }
        return new Cell.Step<>(new Carries(carries), now);
    }

    @SuppressWarnings("unchecked")
    private static <C extends Bundle<C>> Cell.Step<C> step(Recurrent<C> layer, Scope scope, Bundle<?> carry, Tensor x) {
        if (!(layer instanceof Steppable<C> steppable) || layer.options().isReverse()) {
            throw new IllegalArgumentException("the layer " + layer.getClass().getSimpleName()
                    + " reads sequences from their end, so it cannot go step by step");
        }
        return steppable.step(scope, (C) carry, x);
    }

    private Tensor dropped(Scope scope, int layer, Tensor x) {
        return layer == 0 ? x : dropout.call(scope.child("dropout_" + layer), x);
    }

    private Tensor above(Tensor in, Tensor out) {
        return residuals == Residuals.ADDED && in.shape().equals(out.shape()) ? in.plus(out) : out;
    }

    private void check(Carries carries) {
        if (carries.layers().size() != layers.size()) {
            throw new IllegalArgumentException(
                    "the initial carry is for " + carries.layers().size() + " layers, but there are " + layers.size());
        }
    }
}
