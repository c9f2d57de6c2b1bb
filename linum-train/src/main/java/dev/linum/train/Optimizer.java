package dev.linum.train;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Tensor;
import dev.linum.nn.Variables;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// How parameters follow their gradients. Pure: state goes in and comes out.
public interface Optimizer {

    /// What an optimizer remembers between steps.
    ///
    /// @param step the number of steps taken, i32 []
    /// @param moments running averages and the like, each with the paths of the parameters
    record State(Tensor step, List<Variables> moments) implements Bundle<State> {
        public State {
            moments = List.copyOf(moments);
        }

        static State of(Variables params, int moments) {
            Variables zeros = map(params, p -> Tensor.zeros(p.type()));
            return new State(
                    Array.scalar(0), Stream.generate(() -> zeros).limit(moments).toList());
        }

        State next(Variables... next) {
            return new State(step.plus(1), List.of(next));
        }

        @Override
        public List<Tensor> leaves() {
            return Bundle.concat(List.of(step), new Many<>(moments).leaves());
        }

        @Override
        public State rebuild(List<Tensor> leaves) {
            return new State(
                    leaves.getFirst(),
                    new Many<>(moments)
                            .rebuild(leaves.subList(1, leaves.size()))
                            .items());
        }

        @Override
        public Object structure() {
            return new Many<>(moments).structure();
        }
    }

    /// The parameters and the state after a step.
    record Update(Variables params, State state) {}

    /// The state before the first step.
    State init(Variables params);

    /// One step: the parameters that follow, each of the shape and kind it had, and the state.
    ///
    /// @param gradients of the loss, with the paths of the parameters
    Update update(Variables params, Variables gradients, State state);

    /// Scales all gradients down together where their common length is above a limit.
    /// (Pascanu et al., "On the difficulty of training recurrent neural networks", 2013.)
    ///
    /// @param norm the limit, above 0
    default Optimizer clippedBy(double norm) {
        return new Clipped(this, norm);
    }

    /// An optimizer behind a limit on the length of the gradient.
    record Clipped(Optimizer inner, double norm) implements Optimizer {
        public Clipped {
            if (!(norm > 0)) {
                throw new IllegalArgumentException("gradients are clipped to a length above 0, found " + norm);
            }
        }

        @Override
        public State init(Variables params) {
            return inner.init(params);
        }

        @Override
        public Update update(Variables params, Variables gradients, State state) {
            Tensor length = Optimizer.norm(gradients);
            Tensor scale = length.lessThan(norm)
                    .select(length.times(0).plus(1), length.reciprocal().times(norm));
            return inner.update(params, map(gradients, g -> g.times(scale.cast(g.dtype()))), state);
        }
    }

    /// The length of all gradients seen as one vector.
    static Tensor norm(Variables gradients) {
        return gradients.leaves().stream()
                .map(g -> g.square().sum())
                .reduce(Tensor::plus)
                .orElse(Array.scalar(0f))
                .sqrt();
    }

    /// Applies a function to every tensor.
    static Variables map(Variables variables, UnaryOperator<Tensor> function) {
        return variables.rebuild(variables.leaves().stream().map(function).toList());
    }

    /// A function of corresponding tensors.
    interface Joint {
        Tensor of(Tensor a, Tensor b);
    }

    /// Applies a function to the tensors of the same path.
    static Variables map(Variables a, Variables b, Joint function) {
        Variables result = a;
        for (String path : a.paths()) {
            result = result.with(path, function.of(a.get(path), b.get(path)));
        }
        return result;
    }
}
