package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import java.util.List;

/// Cells that a user might write, in the type asked for.
public final class TestCells {

    private TestCells() {}

    /// An LSTM whose products and cell are normalised. (Ba et al. 2016.)
    public record LayerNormLstm(int features, DType dtype) implements Cell<LstmCarry> {
        @Override
        public Step<LstmCarry> step(Scope scope, LstmCarry carry, Tensor x) {
            List<Tensor> gates = normalised(scope, "i", x)
                    .plus(normalised(scope, "h", carry.hidden()))
                    .split(-1, 4);
            Tensor cell = gates.get(1)
                    .sigmoid()
                    .times(carry.cell())
                    .plus(gates.get(0).sigmoid().times(gates.get(2).tanh()));
            Tensor hidden = gates.get(3)
                    .sigmoid()
                    .times(scope.call("norm_c", new LayerNorm(1e-3), cell).tanh());
            return new Step<>(new LstmCarry(cell, hidden), hidden);
        }

        private Tensor normalised(Scope scope, String name, Tensor in) {
            Shape shape = Shape.of(in.shape().last(), 4 * features);
            Tensor kernel = scope.child(name).param("kernel", shape, dtype, Init.glorotUniform());
            return scope.call("norm_" + name, new LayerNorm(1e-3), in.dot(kernel));
        }

        @Override
        public LstmCarry initialCarry(Key key, Shape input) {
            Tensor zeros = Tensor.zeros(new Type(dtype, Cell.carryShape(input, features)));
            return new LstmCarry(zeros, zeros);
        }
    }

    /// A leaky unit read out at each step: `h' = h + (tanh(x W + b + h U + d) - h) / 10`, `y = tanh(h' V + e)`.
    public record LeakyReadOut(int features, int outputs, DType dtype) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
            Tensor in = scope.call("in", dense(features), x);
            Tensor memory = scope.call("memory", dense(features), h);
            Tensor next = h.plus(in.plus(memory).tanh().minus(h).times(0.1));
            return new Step<>(next, scope.call("out", dense(outputs), next).tanh());
        }

        private Dense dense(int width) {
            return Dense.of(width).withDType(dtype);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Tensor.zeros(new Type(dtype, Cell.carryShape(input, features)));
        }
    }

    /// A normalised unit whose input is a row of a table: `h' = tanh(norm(h U + table[largest of x]))`.
    public record NormalisedTable(int features, DType dtype) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
            Tensor table = scope.param("table", Shape.of(x.shape().last(), features), dtype, Init.glorotUniform());
            Tensor kernel = scope.param("kernel", Shape.of(features, features), dtype, Init.glorotUniform());
            Tensor sum = h.dot(kernel).plus(table.gather(x.argMax(-1)));
            Tensor next = scope.call("norm", new LayerNorm(), sum).tanh();
            return new Step<>(next, next);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Tensor.zeros(new Type(dtype, Cell.carryShape(input, features)));
        }
    }

    /// A unit whose slope is infinite where an input is zero: `h' = sqrt(|x W|) + h / 2`.
    public record Root(int features, DType dtype) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
            Tensor kernel = scope.param("kernel", Shape.of(x.shape().last(), features), dtype, Init.glorotUniform());
            Tensor next = x.dot(kernel).abs().sqrt().plus(h.times(0.5));
            return new Step<>(next, next);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Tensor.zeros(new Type(dtype, Cell.carryShape(input, features)));
        }
    }
}
