package dev.linum.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/// Runs a step over a sequence: the one way loops come into a graph.
public final class Loop {

    private Loop() {}

    /// What a step returns: the next carry and one output, which is stacked over time.
    public record Step<C, Y>(C carry, Y output) {}

    /// One step of a loop.
    public interface Body<C, X, Y> {
        Step<C, Y> step(C carry, X x);
    }

    /// Runs `body` over the leading axis of every tensor in `xs`, from first to last.
    ///
    /// The body is recorded once; it may read any tensor around it.
    ///
    /// @param initial the carry before the first step
    /// @param xs tensors `[steps, *rest]`; the body sees `[*rest]`
    /// @return the carry after the last step, and the outputs stacked along a new leading axis
    public static <C extends Bundle<C>, X extends Bundle<X>, Y extends Bundle<Y>> Step<C, Y> scan(
            C initial, X xs, int steps, Body<C, X, Y> body) {
        return scan(initial, xs, steps, Order.FORWARDS, body);
    }

    /// The order in which a loop takes its steps; inputs and outputs keep their places either way.
    public enum Order {
        FORWARDS,
        BACKWARDS
    }

    /// Runs `body` over the leading axis of every tensor in `xs`, in a given order.
    public static <C extends Bundle<C>, X extends Bundle<X>, Y extends Bundle<Y>> Step<C, Y> scan(
            C initial, X xs, int steps, Order order, Body<C, X, Y> body) {
        return scan(initial, xs, steps, order, Optional.empty(), Saving.everything(), body);
    }

    /// Runs `body` over sequences of different lengths, of which several may follow each other in a row of the batch.
    ///
    /// @param sequences which sequence each row of the batch works on at each step, i32 [steps, batch], with -1
    ///     for none ([Packing]); carries come in and go out in the order of the sequences. For rows with none,
    ///     which come last, the body must return the carry as it came and zeros as output, and may then be left
    ///     out.
    /// @param saving what is kept of the steps for the backward pass
    public static <C extends Bundle<C>, X extends Bundle<X>, Y extends Bundle<Y>> Step<C, Y> scan(
            C initial, X xs, int steps, Order order, Optional<Tensor> sequences, Saving saving, Body<C, X, Y> body) {
        List<Tensor> carry = initial.leaves();
        List<Tensor> inputs = xs.leaves();
        for (Tensor x : inputs) {
            if (x.shape().rank() == 0 || x.shape().dim(0) != steps) {
                throw new IllegalArgumentException(Site.here() + " scan over " + steps + " steps: every input needs "
                        + steps + " as its first size, found " + x.shape());
            }
        }
        var types = new ArrayList<>(carry.stream().map(Tensor::type).toList());
        inputs.forEach(x -> types.add(x.type().withShape(x.shape().drop(0))));
        var output = new ArrayList<Y>();
        Trace.Closure closure = Trace.closure(types, leaves -> {
            Step<C, Y> step = body.step(
                    initial.rebuild(leaves.subList(0, carry.size())),
                    xs.rebuild(leaves.subList(carry.size(), leaves.size())));
            output.add(step.output());
            List<Tensor> next = step.carry().leaves();
            check(carry, next);
            return Bundle.concat(next, step.output().leaves());
        });
        Y like = output.getFirst();
        var bodyIn = new ArrayList<Value>();
        sequences.ifPresent(names -> bodyIn.add(new Value(names.type())));
        bodyIn.addAll(closure.graph().in());
        var arguments = new ArrayList<Tensor>();
        sequences.ifPresent(arguments::add);
        arguments.addAll(closure.captured());
        int consts = arguments.size();
        arguments.addAll(carry);
        arguments.addAll(inputs);
        var scan = new Op.Scan(
                new Graph(bodyIn, closure.graph().equations(), closure.graph().out()),
                consts,
                carry.size(),
                inputs.size(),
                like.leaves().size(),
                0,
                steps,
                order == Order.BACKWARDS,
                sequences.isPresent() ? Op.Scan.Ragged.LEFT_OUT : Op.Scan.Ragged.NO,
                saving);
        List<Tensor> results = emit(scan, arguments);
        return new Step<>(
                initial.rebuild(results.subList(0, carry.size())),
                like.rebuild(results.subList(carry.size(), results.size())));
    }

    /// Records a body once and forgets it: to learn what it asks for before the loop is built.
    ///
    /// @param x the types of one step's inputs
    /// @return whether sequences of the batch may be packed into other rows and steps ([Rows])
    public static <C extends Bundle<C>> boolean rehearse(
            C initial, List<Type> x, BiFunction<C, Bundle.Tensors, Step<C, Tensor>> body) {
        List<Tensor> carry = initial.leaves();
        var types = new ArrayList<>(carry.stream().map(Tensor::type).toList());
        types.addAll(x);
        Trace.Closure closure = Trace.closure(types, arguments -> {
            Step<C, Tensor> step = body.apply(
                    initial.rebuild(arguments.subList(0, carry.size())),
                    new Bundle.Tensors(arguments.subList(carry.size(), arguments.size())));
            return Bundle.concat(step.carry().leaves(), List.of(step.output()));
        });
        int consts = closure.captured().size();
        Graph graph = closure.graph();
        return Rows.mayMove(
                new Op.Scan(
                        graph, consts, carry.size(), x.size(), 1, 0, 1, false, Op.Scan.Ragged.NO, Saving.everything()),
                graph);
    }

    private static void check(List<Tensor> before, List<Tensor> after) {
        List<Type> wanted = before.stream().map(Tensor::type).toList();
        List<Type> found = after.stream().map(Tensor::type).toList();
        if (!wanted.equals(found)) {
            throw new IllegalArgumentException(Site.here() + " the carry goes into the step as " + wanted
                    + " and comes out as " + found + "; a carry keeps its type");
        }
    }

    /// Adds a loop to the open trace, or runs it: split by [Fission], or into [Chunks].
    static List<Tensor> emit(Op.Scan scan, List<Tensor> in) {
        return switch (scan.saving()) {
            case Saving.Checkpoints checkpoints
            when scan.steps() > 0 -> Chunks.emit(scan, in, checkpoints.stepsBetween(scan.steps()));
            case Saving.Everything _, Saving.Costly _, Saving.Checkpoints _ -> Fission.emit(scan, in);
        };
    }

    /// Runs a function whose derivative computes it again instead of keeping its intermediate values.
    public static <A extends Bundle<A>, R extends Bundle<R>> R remat(
            A argument, java.util.function.Function<A, R> function) {
        var output = new ArrayList<R>();
        List<Tensor> leaves = argument.leaves();
        Trace.Closure closure = Trace.closureOver(leaves, arguments -> {
            R result = function.apply(argument.rebuild(arguments));
            output.add(result);
            return result.leaves();
        });
        List<Tensor> results = Trace.apply(new Op.Remat(closure.graph()), Bundle.concat(closure.captured(), leaves));
        return output.getFirst().rebuild(results);
    }

    static List<Integer> indices(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }
}
