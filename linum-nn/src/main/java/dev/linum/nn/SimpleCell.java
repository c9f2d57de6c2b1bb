package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;

/// The plain recurrent cell. (Elman, "Finding structure in time", 1990.)
///
/// ```
/// h' = act(x Wi + bi + h Wh [+ h with a residual])
/// ```
///
/// Parameters: `i`: kernel [in, features] and bias; `h`: kernel [features, features]. The residual goes in
/// before the activation (arXiv 1801.06105).
public record SimpleCell(
        int features,
        Activation activation,
        Init kernelInit,
        Init recurrentInit,
        Init biasInit,
        Init carryInit,
        DType dtype,
        Residual residual,
        CellDropout dropout)
        implements Cell<Tensor> {

    /// Whether the state is added to what goes into the activation.
    public enum Residual {
        NONE,
        BEFORE_ACTIVATION
    }

    public SimpleCell {
        Gates.positive("SimpleCell", features);
    }

    public static SimpleCell of(int features) {
        return new SimpleCell(
                features,
                Activation.TANH,
                Init.lecunNormal(),
                Init.orthogonal(),
                Init.zeros(),
                Init.zeros(),
                DType.F32,
                Residual.NONE,
                CellDropout.none());
    }

    public SimpleCell withActivation(Activation other) {
        return new SimpleCell(
                features, other, kernelInit, recurrentInit, biasInit, carryInit, dtype, residual, dropout);
    }

    public SimpleCell withKernelInit(Init other) {
        return new SimpleCell(
                features, activation, other, recurrentInit, biasInit, carryInit, dtype, residual, dropout);
    }

    public SimpleCell withRecurrentInit(Init other) {
        return new SimpleCell(features, activation, kernelInit, other, biasInit, carryInit, dtype, residual, dropout);
    }

    public SimpleCell withBiasInit(Init other) {
        return new SimpleCell(
                features, activation, kernelInit, recurrentInit, other, carryInit, dtype, residual, dropout);
    }

    public SimpleCell withCarryInit(Init other) {
        return new SimpleCell(
                features, activation, kernelInit, recurrentInit, biasInit, other, dtype, residual, dropout);
    }

    public SimpleCell withDType(DType other) {
        return new SimpleCell(
                features, activation, kernelInit, recurrentInit, biasInit, carryInit, other, residual, dropout);
    }

    public SimpleCell withResidual() {
        return new SimpleCell(
                features,
                activation,
                kernelInit,
                recurrentInit,
                biasInit,
                carryInit,
                dtype,
                Residual.BEFORE_ACTIVATION,
                dropout);
    }

    /// Drops inputs of each step in training, with a new mask at each step. See [CellDropout].
    public SimpleCell withDropout(double rate) {
        return withDropout(dropout.withInputs(rate));
    }

    /// Drops the state where the recurrent products read it, with one mask for a whole sequence. See [CellDropout].
    public SimpleCell withRecurrentDropout(double rate) {
        return withDropout(dropout.withState(rate));
    }

    private SimpleCell withDropout(CellDropout other) {
        return new SimpleCell(
                features, activation, kernelInit, recurrentInit, biasInit, carryInit, dtype, residual, other);
    }

    @Override
    public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
        int width = h.shape().last();
        Tensor input = Gates.product(scope, "i", List.of(""), dropout.onInputs(scope, x), width, kernelInit, dtype);
        Tensor recurrent =
                Gates.product(scope, "h", List.of(""), dropout.onState(scope, h), width, recurrentInit, dtype);
        Tensor sum = input.plus(recurrent).plus(Gates.bias(scope, "i", List.of(""), width, biasInit, dtype));
        Tensor next = activation.apply(
                switch (residual) {
                    case NONE -> sum;
                    case BEFORE_ACTIVATION -> sum.plus(h);
                });
        return new Step<>(next, next);
    }

    @Override
    public Tensor initialCarry(Key key, Shape input) {
        return carryInit.draw().draw(key, Cell.carryShape(input, features), dtype);
    }
}
