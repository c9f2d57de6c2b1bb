package dev.linum.bench.worker;

import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import dev.linum.nn.Cell;
import dev.linum.nn.Dense;
import dev.linum.nn.Scope;

/// A cell that no library brings: `h' = h + rate * (tanh(x W + b + h U + d) - h)`.
public record LeakyCell(int features, double rate) implements Cell<Tensor> {

    @Override
    public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
        Tensor in = scope.call("in", Dense.of(features), x);
        Tensor memory = scope.call("memory", Dense.of(features), h);
        Tensor next = h.plus(in.plus(memory).tanh().minus(h).times(rate));
        return new Step<>(next, next);
    }

    @Override
    public Tensor initialCarry(Key key, Shape input) {
        return Tensor.zeros(new Type(DType.F32, Cell.carryShape(input, features)));
    }
}
