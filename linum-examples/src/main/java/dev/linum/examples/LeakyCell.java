package dev.linum.examples;

import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import dev.linum.nn.Cell;
import dev.linum.nn.CellDropout;
import dev.linum.nn.Dense;
import dev.linum.nn.Scope;

/// A whole custom cell: a leaky memory, `h' = h + rate * (tanh(W x + U h) - h)`, with dropout of x and of h.
public record LeakyCell(int features, double rate, CellDropout dropout) implements Cell<Tensor> {

    public LeakyCell(int features, double rate) {
        this(features, rate, CellDropout.none());
    }

    @Override
    public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
        Tensor in = scope.call("in", Dense.of(features), dropout.onInputs(scope, x));
        Tensor memory = scope.call("memory", Dense.of(features), dropout.onState(scope, h));
        Tensor next = h.plus(in.plus(memory).tanh().minus(h).times(rate));
        return new Step<>(next, next);
    }

    @Override
    public Tensor initialCarry(Key key, Shape input) {
        return Tensor.zeros(new Type(DType.F32, Cell.carryShape(input, features)));
    }
}
