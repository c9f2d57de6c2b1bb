package dev.linum.bench.worker;

import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import dev.linum.nn.Cell;
import dev.linum.nn.Init;
import dev.linum.nn.LayerNorm;
import dev.linum.nn.LstmCarry;
import dev.linum.nn.Scope;
import java.util.List;

/// An LSTM whose products and cell are normalised. (Ba et al., "Layer normalization", 2016, equations 20 to 22.)
///
/// Parameters: `i/kernel` [in, 4 features], `h/kernel` [features, 4 features], gates in the order i f g o; `norm_i`,
/// `norm_h` and `norm_c`: scale and bias.
public record LayerNormLstmCell(int features) implements Cell<LstmCarry> {

    @Override
    public Step<LstmCarry> step(Scope scope, LstmCarry carry, Tensor x) {
        List<Tensor> gates = normalised(scope, "i", x, Init.lecunNormal())
                .plus(normalised(scope, "h", carry.hidden(), Init.orthogonal()))
                .split(-1, 4);
        Tensor kept = gates.get(1).sigmoid().times(carry.cell());
        Tensor cell = kept.plus(gates.get(0).sigmoid().times(gates.get(2).tanh()));
        Tensor hidden = gates.get(3)
                .sigmoid()
                .times(scope.call("norm_c", new LayerNorm(), cell).tanh());
        return new Step<>(new LstmCarry(cell, hidden), hidden);
    }

    private Tensor normalised(Scope scope, String name, Tensor in, Init init) {
        Tensor kernel = scope.child(name).param("kernel", Shape.of(in.shape().last(), 4 * features), init);
        return scope.call("norm_" + name, new LayerNorm(), in.dot(kernel));
    }

    @Override
    public LstmCarry initialCarry(Key key, Shape input) {
        Tensor zeros = Tensor.zeros(new Type(DType.F32, Cell.carryShape(input, features)));
        return new LstmCarry(zeros, zeros);
    }
}
