package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Saving;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import java.util.ArrayList;
import java.util.List;

/// Runs a cell over sequences: `[*batch, time, *features] -> [*batch, time, *output features]`.
///
/// The cell's variables live under `cell`. Any number of batch axes, none included.
///
/// Padding (steps at or after a sequence's length) is cut off at both ends of the loop: its inputs are
/// replaced by zeros before any arithmetic, the carry passes it unchanged, and its outputs are zeros. So each
/// sequence of a padded batch gives what it would give alone, and its gradients do too, whatever the padding
/// holds, NaN included.
///
/// A reversed run takes the steps from the last to the first. Padding comes first then, with the carry held,
/// so every sequence starts at its own last real step and nothing needs to be moved in memory.
///
/// @param cell one step
/// @param options settings that a call may override
/// @param lift what crosses the loop besides the carry
public record Rnn<C extends Bundle<C>>(Cell<C> cell, RnnOptions<C> options, Lift lift)
        implements Recurrent<C>, RnnSettings<C, Rnn<C>>, Steppable<C> {

    public static <C extends Bundle<C>> Rnn<C> of(Cell<C> cell) {
        return new Rnn<>(cell, RnnOptions.none(), Lift.standard());
    }

    @Override
    public Rnn<C> withOptions(RnnOptions<C> other) {
        return new Rnn<>(cell, other, lift);
    }

    /// Sets which variables and random streams are shared by, carried through or separate for the steps.
    public Rnn<C> withLift(Lift other) {
        return new Rnn<>(cell, options, other);
    }

    @Override
    public int featureAxes() {
        return cell.featureAxes();
    }

    @Override
    public C initialCarry(Key key, Shape input) {
        return cell.initialCarry(key, input);
    }

    @Override
    public RnnOutput<C> call(Scope scope, RnnInput<C> in) {
        RnnOptions<C> chosen = in.options().orElse(options);
        Timing timing = Timing.of(this, in);
        Shape stepShape = in.inputs().shape().drop(timing.timeAxis());
        C initial = chosen.initialCarry()
                .map(given -> checked(given, stepShape))
                .orElseGet(() -> cell.initialCarry(chosen.initKey().orElseGet(() -> Key.of(0)), stepShape));

        Loop.Order order = chosen.isReverse() ? Loop.Order.BACKWARDS : Loop.Order.FORWARDS;
        var ran = LiftedScan.run(
                scope.child("cell"),
                lift,
                timing,
                chosen.saving().orElseGet(Saving::everything),
                order,
                initial,
                in.inputs(),
                this::step);
        Tensor outputs = ran.output();
        if (chosen.isReverse() && !chosen.keepsOrder()) {
            outputs = Sequences.flip(outputs, timing.lengths(), timing.timeAxis());
        }
        return new RnnOutput<>(ran.carry(), outputs);
    }

    private Loop.Step<C, Tensor> step(Scope scope, C carry, Bundle.Tensors x) {
        Cell.Step<C> next = cell.step(scope, carry, x.get(0));
        if (x.leaves().size() == 1) {
            return new Loop.Step<>(next.carry(), next.output());
        }
        Tensor real = x.get(1);
        List<Tensor> before = carry.leaves();
        List<Tensor> after = next.carry().leaves();
        var held = new ArrayList<Tensor>();
        for (int i = 0; i < before.size(); i++) {
            held.add(Timing.rows(real, after.get(i), before.get(i)));
        }
        return new Loop.Step<>(
                carry.rebuild(held),
                Timing.rows(real, next.output(), Tensor.zeros(next.output().type())));
    }

    private C checked(C given, Shape step) {
        List<Type> found = Bundle.types(given);
        List<Type> expected = Bundle.types(cell.initialCarry(Key.of(0), step));
        if (!found.equals(expected)) {
            throw new IllegalArgumentException("the carry given is " + found + ", but "
                    + cell.getClass().getSimpleName() + " over steps of shape " + step + " needs " + expected
                    + "; initialCarry(key, shape) makes one");
        }
        return given;
    }

    @Override
    public Cell.Step<C> step(Scope scope, C carry, Tensor x) {
        C given = checked(carry, x.shape());
        return LiftedScan.single(scope.child("cell"), lift, inner -> cell.step(inner, given, x));
    }
}
