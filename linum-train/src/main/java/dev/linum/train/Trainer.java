package dev.linum.train;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Compiled;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Spare;
import dev.linum.graph.Tensor;
import dev.linum.nn.Keys;
import dev.linum.nn.Scope;
import dev.linum.nn.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/// One training step, compiled: loss, gradients and the optimizer's update in a single plan.
///
/// ```
/// var trainer = Trainer.of((scope, batch) -> loss(model.call(scope, batch.x()), batch.y()), Adam.of(0.003));
/// var state = trainer.start(model.init(Key.of(0), x));
/// for (var batch : batches) {
///     var step = trainer.advance(state, batch, key.foldIn(n++));
///     state = step.state();
/// }
/// ```
///
/// @param <B> a batch
public final class Trainer<B extends Bundle<B>> {

    /// What is minimised: one number for a batch, computed with the scope's variables.
    public interface Loss<B> {
        Tensor of(Scope scope, B batch);
    }

    /// All that training changes.
    public record State(Variables variables, Optimizer.State optimizer) implements Bundle<State> {

        /// Where [#toVariables] puts what the optimizer remembers.
        private static final String OPTIMIZER = "optimizer";

        /// The variables and, in a collection `optimizer`, what the optimizer remembers: for a file from which
        /// [Trainer#resume] goes on. A model that reads such a file takes its own variables alone.
        public Variables toVariables() {
            Variables all = variables.with(OPTIMIZER + "/step", optimizer.step());
            for (int i = 0; i < optimizer.moments().size(); i++) {
                for (var moment : optimizer.moments().get(i).asMap().entrySet()) {
                    all = all.with(path(i, moment.getKey()), moment.getValue());
                }
            }
            return all;
        }

        private static String path(int moment, String path) {
            return OPTIMIZER + "/" + moment + "/" + path;
        }

        /// A state of the same shapes and kinds, out of [#toVariables].
        private State read(Variables saved) {
            var moments = new ArrayList<Variables>();
            for (int i = 0; i < optimizer.moments().size(); i++) {
                Variables moment = optimizer.moments().get(i);
                for (String path : moment.paths()) {
                    moment = moment.with(path, same(saved, path(i, path), moment.get(path)));
                }
                moments.add(moment);
            }
            Tensor step = same(saved, OPTIMIZER + "/step", optimizer.step());
            return new State(variables, new Optimizer.State(step, moments));
        }

        private static Tensor same(Variables saved, String path, Tensor like) {
            Tensor found = saved.get(path);
            if (!found.type().equals(like.type())) {
                throw new IllegalArgumentException("the training to go on with has " + path + " as " + found.type()
                        + ", but this optimizer needs " + like.type());
            }
            return found;
        }

        @Override
        public List<Tensor> leaves() {
            return Bundle.Pair.of(variables, optimizer).leaves();
        }

        @Override
        public State rebuild(List<Tensor> leaves) {
            var pair = Bundle.Pair.of(variables, optimizer).rebuild(leaves);
            return new State(pair.first(), pair.second());
        }

        @Override
        public Object structure() {
            return Bundle.Pair.of(variables, optimizer).structure();
        }
    }

    /// The state after a step and the loss before it.
    public record Step(State state, Tensor loss) implements Bundle<Step> {
        @Override
        public List<Tensor> leaves() {
            return Bundle.concat(List.of(loss), state.leaves());
        }

        @Override
        public Step rebuild(List<Tensor> leaves) {
            return new Step(state.rebuild(leaves.subList(1, leaves.size())), leaves.getFirst());
        }

        @Override
        public Object structure() {
            return state.structure();
        }
    }

    private final Spare spare = new Spare();
    private final AtomicReference<State> last = new AtomicReference<>();
    private final Loss<B> loss;
    private final Optimizer optimizer;
    private final Compiled<Bundle.Pair<State, Bundle.Pair<B, Key>>, Step> step;

    private Trainer(Loss<B> loss, Optimizer optimizer) {
        this.loss = loss;
        this.optimizer = optimizer;
        this.step = Compiled.of(
                in -> compute(in.first(), in.second().first(), in.second().second()));
    }

    /// @param loss a function of variables and a batch that returns one number, f32 [] or f64 []
    public static <B extends Bundle<B>> Trainer<B> of(Loss<B> loss, Optimizer optimizer) {
        return new Trainer<>(loss, optimizer);
    }

    /// The state before the first step.
    public State start(Variables variables) {
        return new State(variables, optimizer.init(variables.params()));
    }

    /// The state that [State#toVariables] gave, to go on where training ended: the next steps are those that would
    /// have followed.
    ///
    /// @throws IllegalArgumentException if it was made with another kind of optimizer
    public State resume(Variables saved) {
        State fresh = start(saved.without(State.OPTIMIZER));
        long found = saved.collection(State.OPTIMIZER).paths().size();
        if (found != fresh.toVariables().collection(State.OPTIMIZER).paths().size()) {
            throw new IllegalArgumentException("the training to go on with has " + found
                    + " tensors of an optimizer, but this one keeps "
                    + fresh.toVariables().collection(State.OPTIMIZER).paths().size()
                    + "; resume with the optimizer it was begun with, or start anew from its variables");
        }
        return fresh.read(saved);
    }

    /// Takes one step; dropout draws from the key.
    public Step step(State state, B batch, Key key) {
        Step next = step.apply(Bundle.Pair.of(state, Bundle.Pair.of(batch, key)), spare);
        last.set(next.state());
        return next;
    }

    /// Takes one step, as [#step] does, and gives up the state before it: faster, since it needs no new memory.
    ///
    /// If the state is the one that this trainer returned last, nothing of it can be read from now on: the next
    /// state is written over it. Any other one, such as that of [#start], stays as it is. To keep a state,
    /// such as the best so far, take the next step with [#step]. What a stepper or another program has taken from a
    /// state as constants stays, too. If the step fails, because of a bad batch, the state stays as well, unless it
    /// fails while the next state is being written.
    public Step advance(State state, B batch, Key key) {
        boolean isOwn = last.compareAndSet(state, null);
        List<Array> given = isOwn ? state.leaves().stream().map(Tensor::array).toList() : List.of();
        given.forEach(spare::offer);
        Step next;
        try {
            next = step(state, batch, key);
        } catch (RuntimeException | Error e) {
            given.forEach(spare::withdraw);
            throw e;
        }
        given.forEach(spare::give);
        return next;
    }

    private Step compute(State state, B batch, Key key) {
        Variables rest = state.variables();
        var result = Gradient.valueAndGradWithAux(
                params -> {
                    Scope scope = Scope.training(rest.with(params), Keys.dropout(key));
                    Tensor value = loss.of(scope, batch);
                    return new Gradient.WithAux<>(value, scope.updates().without("intermediates"));
                },
                rest.params());
        Optimizer.Update update = optimizer.update(rest.params(), result.gradient(), state.optimizer());
        Variables next = rest.with(result.aux()).with(update.params());
        return new Step(new State(next, update.state()), result.value());
    }
}
