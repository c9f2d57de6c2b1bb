package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;

/// Long short-term memory. (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000.)
///
/// ```
/// i = gate(x Wii + h Whi + bhi)      f = gate(x Wif + h Whf + bhf)
/// g = act (x Wig + h Whg + bhg)      o = gate(x Wio + h Who + bho)
/// c' = f * c + i * g                 h' = o * act(c')
/// ```
///
/// Parameters: `ii if ig io`: kernel [in, features]; `hi hf hg ho`: kernel [features, features] and bias [features].
/// The four gates are computed as one product each for x and h.
public record LstmCell(
        int features,
        Activation gate,
        Activation activation,
        Init kernelInit,
        Init recurrentInit,
        Init biasInit,
        Init carryInit,
        DType dtype,
        CellDropout dropout)
        implements Cell<LstmCarry> {

    private static final List<String> GATES = List.of("i", "f", "g", "o");

    public LstmCell {
        Gates.positive("LstmCell", features);
    }

    public static LstmCell of(int features) {
        return new LstmCell(
                features,
                Activation.SIGMOID,
                Activation.TANH,
                Init.lecunNormal(),
                Init.orthogonal(),
                Init.zeros(),
                Init.zeros(),
                DType.F32,
                CellDropout.none());
    }

    public LstmCell withGate(Activation other) {
        return new LstmCell(
                features, other, activation, kernelInit, recurrentInit, biasInit, carryInit, dtype, dropout);
    }

    public LstmCell withActivation(Activation other) {
        return new LstmCell(features, gate, other, kernelInit, recurrentInit, biasInit, carryInit, dtype, dropout);
    }

    public LstmCell withKernelInit(Init other) {
        return new LstmCell(features, gate, activation, other, recurrentInit, biasInit, carryInit, dtype, dropout);
    }

    public LstmCell withRecurrentInit(Init other) {
        return new LstmCell(features, gate, activation, kernelInit, other, biasInit, carryInit, dtype, dropout);
    }

    public LstmCell withBiasInit(Init other) {
        return new LstmCell(features, gate, activation, kernelInit, recurrentInit, other, carryInit, dtype, dropout);
    }

    public LstmCell withCarryInit(Init other) {
        return new LstmCell(features, gate, activation, kernelInit, recurrentInit, biasInit, other, dtype, dropout);
    }

    /// Returns this cell with parameters and initial carry of another floating type.
    public LstmCell withDType(DType other) {
        return new LstmCell(features, gate, activation, kernelInit, recurrentInit, biasInit, carryInit, other, dropout);
    }

    /// Drops inputs of each step in training, with a new mask at each step. See [CellDropout].
    public LstmCell withDropout(double rate) {
        return withDropout(dropout.withInputs(rate));
    }

    /// Drops the state where the recurrent products read it, with one mask for a whole sequence. See [CellDropout].
    public LstmCell withRecurrentDropout(double rate) {
        return withDropout(dropout.withState(rate));
    }

    private LstmCell withDropout(CellDropout other) {
        return new LstmCell(features, gate, activation, kernelInit, recurrentInit, biasInit, carryInit, dtype, other);
    }

    @Override
    public Step<LstmCarry> step(Scope scope, LstmCarry carry, Tensor x) {
        Tensor h = carry.hidden();
        int width = h.shape().last();
        Tensor input = Gates.product(scope, "i", GATES, dropout.onInputs(scope, x), width, kernelInit, dtype);
        Tensor recurrent = Gates.product(scope, "h", GATES, dropout.onState(scope, h), width, recurrentInit, dtype);
        Tensor bias = Gates.bias(scope, "h", GATES, width, biasInit, dtype);
        List<Tensor> gates = input.plus(recurrent).plus(bias).split(-1, 4);
        Tensor i = gate.apply(gates.get(0));
        Tensor f = gate.apply(gates.get(1));
        Tensor g = activation.apply(gates.get(2));
        Tensor o = gate.apply(gates.get(3));
        Tensor cell = f.times(carry.cell()).plus(i.times(g));
        Tensor hidden = o.times(activation.apply(cell));
        return new Step<>(new LstmCarry(cell, hidden), hidden);
    }

    @Override
    public LstmCarry initialCarry(Key key, Shape input) {
        return LstmCarry.drawn(carryInit, key, Cell.carryShape(input, features), dtype);
    }
}
