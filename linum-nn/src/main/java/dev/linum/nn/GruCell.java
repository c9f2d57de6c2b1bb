package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;

/// The gated recurrent unit, reset after the product. (Cho et al. 2014, arXiv 1406.1078 v1.)
///
/// ```
/// r = gate(x Wir + bir + h Whr)      z = gate(x Wiz + biz + h Whz)
/// n = act (x Win + bin + r * (h Whn + bhn))
/// h' = (1 - z) * n + z * h
/// ```
///
/// Parameters: `ir iz in`: kernel [in, features] and bias; `hr hz hn`: kernel [features, features]; `hn`: bias.
public record GruCell(
        int features,
        Activation gate,
        Activation activation,
        Init kernelInit,
        Init recurrentInit,
        Init biasInit,
        Init carryInit,
        DType dtype,
        CellDropout dropout)
        implements Cell<Tensor> {

    private static final List<String> GATES = List.of("r", "z", "n");

    public GruCell {
        Gates.positive("GruCell", features);
    }

    public static GruCell of(int features) {
        return new GruCell(
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

    public GruCell withGate(Activation other) {
        return new GruCell(features, other, activation, kernelInit, recurrentInit, biasInit, carryInit, dtype, dropout);
    }

    public GruCell withActivation(Activation other) {
        return new GruCell(features, gate, other, kernelInit, recurrentInit, biasInit, carryInit, dtype, dropout);
    }

    public GruCell withKernelInit(Init other) {
        return new GruCell(features, gate, activation, other, recurrentInit, biasInit, carryInit, dtype, dropout);
    }

    public GruCell withRecurrentInit(Init other) {
        return new GruCell(features, gate, activation, kernelInit, other, biasInit, carryInit, dtype, dropout);
    }

    public GruCell withBiasInit(Init other) {
        return new GruCell(features, gate, activation, kernelInit, recurrentInit, other, carryInit, dtype, dropout);
    }

    public GruCell withCarryInit(Init other) {
        return new GruCell(features, gate, activation, kernelInit, recurrentInit, biasInit, other, dtype, dropout);
    }

    public GruCell withDType(DType other) {
        return new GruCell(features, gate, activation, kernelInit, recurrentInit, biasInit, carryInit, other, dropout);
    }

    /// Drops inputs of each step in training, with a new mask at each step. See [CellDropout].
    public GruCell withDropout(double rate) {
        return withDropout(dropout.withInputs(rate));
    }

    /// Drops the state where the recurrent products read it, with one mask for a whole sequence. See [CellDropout].
    public GruCell withRecurrentDropout(double rate) {
        return withDropout(dropout.withState(rate));
    }

    private GruCell withDropout(CellDropout other) {
        return new GruCell(features, gate, activation, kernelInit, recurrentInit, biasInit, carryInit, dtype, other);
    }

    @Override
    public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
        int width = h.shape().last();
        Tensor input = Gates.product(scope, "i", GATES, dropout.onInputs(scope, x), width, kernelInit, dtype)
                .plus(Gates.bias(scope, "i", GATES, width, biasInit, dtype));
        Tensor recurrent = Gates.product(scope, "h", GATES, dropout.onState(scope, h), width, recurrentInit, dtype);
        Tensor recurrentBias = Gates.bias(scope, "h", List.of("n"), width, biasInit, dtype);
        List<Tensor> fromInput = input.split(-1, 3);
        List<Tensor> fromState = recurrent.split(-1, 3);
        Tensor r = gate.apply(fromInput.get(0).plus(fromState.get(0)));
        Tensor z = gate.apply(fromInput.get(1).plus(fromState.get(1)));
        Tensor n =
                activation.apply(fromInput.get(2).plus(r.times(fromState.get(2).plus(recurrentBias))));
        Tensor next = z.negate().plus(1).times(n).plus(z.times(h));
        return new Step<>(next, next);
    }

    @Override
    public Tensor initialCarry(Key key, Shape input) {
        return carryInit.draw().draw(key, Cell.carryShape(input, features), dtype);
    }
}
