package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Saving;
import dev.linum.graph.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a recurrent layer runs over sequences. What is empty is left to the layer, and then to the default.
///
/// @param initialCarry the carry before the first step; by default the cell's own
/// @param initKey the key for cells that start at random; by default `Key.of(0)`
/// @param lengths the number of real steps of each sequence, i32 `[*batch]`; by default all are real
/// @param layout where the time axis is; by default [Layout#BATCH_MAJOR]
/// @param direction by default [Direction#FORWARD]
/// @param order the order of the outputs of a reversed run; by default [Order#OF_STEPS]
/// @param saving what is kept of the steps for the backward pass; by default [Saving#everything()]
public record RnnOptions<C extends Bundle<C>>(
        Optional<C> initialCarry,
        Optional<Key> initKey,
        Optional<Tensor> lengths,
        Optional<Layout> layout,
        Optional<Direction> direction,
        Optional<Order> order,
        Optional<Saving> saving)
        implements Bundle<RnnOptions<C>> {

    /// Where the time axis is.
    public enum Layout {
        /// `[*batch, time, *features]`
        BATCH_MAJOR,
        /// `[time, *batch, *features]`
        TIME_MAJOR
    }

    /// Which step comes first.
    public enum Direction {
        FORWARD,
        /// From the last real step to the first.
        REVERSE
    }

    /// Where the outputs of a reversed run go.
    public enum Order {
        /// In the order in which the steps ran: the output for the last real input comes first.
        OF_STEPS,
        /// In the order of the inputs: output t belongs to input t.
        OF_INPUTS
    }

    public static <C extends Bundle<C>> RnnOptions<C> none() {
        return new RnnOptions<C>(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    public RnnOptions<C> withInitialCarry(C carry) {
        return new RnnOptions<C>(Optional.of(carry), initKey, lengths, layout, direction, order, saving);
    }

    public RnnOptions<C> withInitKey(Key key) {
        return new RnnOptions<C>(initialCarry, Optional.of(key), lengths, layout, direction, order, saving);
    }

    public RnnOptions<C> withLengths(Tensor real) {
        return new RnnOptions<C>(initialCarry, initKey, Optional.of(real), layout, direction, order, saving);
    }

    public RnnOptions<C> withLayout(Layout other) {
        return new RnnOptions<C>(initialCarry, initKey, lengths, Optional.of(other), direction, order, saving);
    }

    public RnnOptions<C> withDirection(Direction other) {
        return new RnnOptions<C>(initialCarry, initKey, lengths, layout, Optional.of(other), order, saving);
    }

    public RnnOptions<C> withOrder(Order other) {
        return new RnnOptions<C>(initialCarry, initKey, lengths, layout, direction, Optional.of(other), saving);
    }

    public RnnOptions<C> withSaving(Saving other) {
        return new RnnOptions<C>(initialCarry, initKey, lengths, layout, direction, order, Optional.of(other));
    }

    /// Returns these options where they are given, and others where not.
    public RnnOptions<C> orElse(RnnOptions<C> others) {
        return new RnnOptions<C>(
                initialCarry.or(others::initialCarry),
                initKey.or(others::initKey),
                lengths.or(others::lengths),
                layout.or(others::layout),
                direction.or(others::direction),
                order.or(others::order),
                saving.or(others::saving));
    }

    /// Returns the same options for a layer of another carry, without an initial carry.
    <D extends Bundle<D>> RnnOptions<D> forCarry(Optional<D> carry) {
        return new RnnOptions<D>(carry, initKey, lengths, layout, direction, order, saving);
    }

    boolean isReverse() {
        return direction.orElse(Direction.FORWARD) == Direction.REVERSE;
    }

    boolean keepsOrder() {
        return order.orElse(Order.OF_STEPS) == Order.OF_INPUTS;
    }

    boolean isTimeMajor() {
        return layout.orElse(Layout.BATCH_MAJOR) == Layout.TIME_MAJOR;
    }

    @Override
    public List<Tensor> leaves() {
        var all = new ArrayList<Tensor>();
        initialCarry.ifPresent(carry -> all.addAll(carry.leaves()));
        initKey.ifPresent(key -> all.add(key.words()));
        lengths.ifPresent(all::add);
        return all;
    }

    @Override
    public RnnOptions<C> rebuild(List<Tensor> leaves) {
        int cut = initialCarry.map(carry -> carry.leaves().size()).orElse(0);
        int last = leaves.size() - 1;
        return new RnnOptions<C>(
                initialCarry.map(carry -> carry.rebuild(leaves.subList(0, cut))),
                initKey.map(_ -> new Key(leaves.get(cut))),
                lengths.map(_ -> leaves.get(last)),
                layout,
                direction,
                order,
                saving);
    }

    @Override
    public Object structure() {
        return List.of(
                initialCarry.map(Bundle::structure),
                initKey.isPresent(),
                lengths.isPresent(),
                layout,
                direction,
                order,
                saving);
    }
}
