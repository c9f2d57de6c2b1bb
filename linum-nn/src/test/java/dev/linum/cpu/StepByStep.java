package dev.linum.cpu;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.nn.Bidirectional;
import dev.linum.nn.Cell;
import dev.linum.nn.Recurrent;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnOptions.Direction;
import dev.linum.nn.Scope;
import dev.linum.nn.Stacked;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Layers run by plain Java loops, sequences of each length for themselves: what layers have to agree with. Nothing is
/// padded, masked or moved.
///
/// @param direction of the call, if it says one
/// @param keepsOrder whether outputs of a reversed call are in the order of inputs
record StepByStep(Recurrent<?> layer, Scope scope, Optional<Direction> direction, boolean keepsOrder) {

    /// What steps return, with one output for each.
    private record Steps(List<Tensor> outputs, List<Tensor> carry) {}

    /// Runs over sequences, `[batch, time, features]`.
    ///
    /// @param carry the first one, or nothing
    /// @param width of the outputs
    /// @return the outputs and the last carry
    List<Tensor> run(Tensor x, int[] lengths, List<Tensor> carry, int width) {
        var outputs = new ArrayList<Tensor>();
        var carries = new ArrayList<List<Tensor>>();
        int[] order = IntStream.range(0, lengths.length)
                .boxed()
                .sorted((a, b) -> Integer.compare(lengths[a], lengths[b]))
                .mapToInt(i -> i)
                .toArray();
        int steps = x.shape().dim(1);
        for (int from = 0; from < order.length; ) {
            int length = lengths[order[from]];
            int[] rows = Arrays.stream(order, from, order.length)
                    .takeWhile(row -> lengths[row] == length)
                    .toArray();
            Tensor some = take(x, rows);
            List<Tensor> xs =
                    IntStream.range(0, length).mapToObj(t -> some.index(1, t)).toList();
            Shape first = Shape.of(rows.length, x.shape().last());
            List<Tensor> given = carry.isEmpty()
                    ? layer.initialCarry(Key.of(0), first).leaves()
                    : carry.stream().map(c -> take(c, rows)).toList();
            Steps ran = run(layer, scope, xs, given, direction);
            boolean turns = isReverse(direction.or(() -> layer.options().direction())) && !keepsOrder;
            var all = new ArrayList<>(turns ? ran.outputs.reversed() : ran.outputs);
            while (all.size() < steps) {
                all.add(Tensor.zeros(x.type().withShape(Shape.of(rows.length, width))));
            }
            outputs.add(Tensor.stack(1, all));
            carries.add(ran.carry);
            from += rows.length;
        }
        int[] back = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            back[order[i]] = i;
        }
        var results = new ArrayList<>(List.of(take(Tensor.concat(0, outputs), back)));
        for (int i = 0; i < carries.getFirst().size(); i++) {
            int leaf = i;
            results.add(take(
                    Tensor.concat(0, carries.stream().map(c -> c.get(leaf)).toList()), back));
        }
        return results;
    }

    private static Tensor take(Tensor of, int... rows) {
        return of.gather(Array.of(rows));
    }

    private static Steps run(
            Recurrent<?> layer, Scope scope, List<Tensor> xs, List<Tensor> carry, Optional<Direction> direction) {
        return switch (layer) {
            case Rnn<?> rnn ->
                loop(
                        rnn,
                        scope.child("cell"),
                        xs,
                        carry,
                        direction.or(() -> rnn.options().direction()));
            case Bidirectional<?, ?> both -> {
                boolean isReverse = isReverse(direction);
                boolean isShared = both.sharing() == Bidirectional.Sharing.SHARED;
                int cut = leaves(both.forwardLayer());
                Steps forward = run(
                        both.forwardLayer(),
                        scope.child("forward_rnn"),
                        xs,
                        carry.subList(0, cut),
                        Optional.of(isReverse ? Direction.REVERSE : Direction.FORWARD));
                Steps backward = run(
                        both.backwardLayer(),
                        scope.child(isShared ? "forward_rnn" : "backward_rnn"),
                        xs,
                        carry.subList(cut, carry.size()),
                        Optional.of(isReverse ? Direction.FORWARD : Direction.REVERSE));
                yield new Steps(
                        IntStream.range(0, xs.size())
                                .mapToObj(t -> both.merge().join(forward.outputs.get(t), backward.outputs.get(t)))
                                .toList(),
                        Bundle.concat(forward.carry, backward.carry));
            }
            case Stacked stack -> {
                List<Tensor> now = xs;
                var last = new ArrayList<Tensor>();
                for (int i = 0; i < stack.layers().size(); i++) {
                    Recurrent<?> one = stack.layers().get(i);
                    List<Tensor> own = carry.subList(last.size(), last.size() + leaves(one));
                    Steps ran = run(one, scope.child("layers_" + i), now, own, direction);
                    last.addAll(ran.carry);
                    List<Tensor> below = now;
                    boolean adds = stack.residuals() == Stacked.Residuals.ADDED;
                    now = IntStream.range(0, xs.size())
                            .mapToObj(t -> above(adds, below.get(t), ran.outputs.get(t)))
                            .toList();
                }
                yield new Steps(now, last);
            }
            default -> throw new IllegalArgumentException(layer.toString());
        };
    }

    private static boolean isReverse(Optional<Direction> direction) {
        return direction.equals(Optional.of(Direction.REVERSE));
    }

    private static Tensor above(boolean adds, Tensor in, Tensor out) {
        return adds && in.shape().equals(out.shape()) ? in.plus(out) : out;
    }

    private static int leaves(Recurrent<?> layer) {
        return layer.initialCarry(Key.of(0), Shape.of(1, 1)).leaves().size();
    }

    private static <C extends Bundle<C>> Steps loop(
            Rnn<C> rnn, Scope scope, List<Tensor> xs, List<Tensor> carry, Optional<Direction> direction) {
        C like = rnn.cell().initialCarry(Key.of(0), Shape.of(1, 1));
        C now = like.rebuild(carry);
        boolean isReverse = isReverse(direction);
        var outputs = new ArrayList<Tensor>();
        for (Tensor x : isReverse ? xs.reversed() : xs) {
            Cell.Step<C> step = rnn.cell().step(scope, now, x);
            now = step.carry();
            outputs.add(step.output());
        }
        return new Steps(isReverse ? outputs.reversed() : outputs, now.leaves());
    }
}
