package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;

/// The minimal gated unit: one gate that both forgets and resets. (Zhou et al., arXiv 1603.09420.)
///
/// ```
/// f = gate(x Wif + bif + h Whf)
/// n = act (x Win + bin + f * (h Whn + bhn))      with a reset gate
/// n = act (x Win + bin + h Whn)                  without
/// h' = (1 - f) * n + f * h
/// ```
///
/// Parameters: `if in`: kernel [in, features] and bias (`if` starts at one); `hf hn`: kernel; `hn`: bias with a
/// reset gate.
public record MguCell(
        int features,
        Activation gate,
        Activation activation,
        Init kernelInit,
        Init recurrentInit,
        Init forgetBiasInit,
        Init activationBiasInit,
        Init carryInit,
        DType dtype,
        Reset reset,
        CellDropout dropout)
        implements Cell<Tensor> {

    /// Whether the forget gate also scales the state's part of the candidate.
    public enum Reset {
        BY_FORGET_GATE,
        NONE
    }

    private static final List<String> GATES = List.of("f", "n");

    public MguCell {
        Gates.positive("MguCell", features);
    }

    public static MguCell of(int features) {
        return new MguCell(
                features,
                Activation.SIGMOID,
                Activation.TANH,
                Init.lecunNormal(),
                Init.orthogonal(),
                Init.ones(),
                Init.zeros(),
                Init.zeros(),
                DType.F32,
                Reset.BY_FORGET_GATE,
                CellDropout.none());
    }

    public MguCell withGate(Activation other) {
        return new MguCell(
                features,
                other,
                activation,
                kernelInit,
                recurrentInit,
                forgetBiasInit,
                activationBiasInit,
                carryInit,
                dtype,
                reset,
                dropout);
    }

    public MguCell withActivation(Activation other) {
        return new MguCell(
                features,
                gate,
                other,
                kernelInit,
                recurrentInit,
                forgetBiasInit,
                activationBiasInit,
                carryInit,
                dtype,
                reset,
                dropout);
    }

    public MguCell withKernelInit(Init other) {
        return new MguCell(
                features,
                gate,
                activation,
                other,
                recurrentInit,
                forgetBiasInit,
                activationBiasInit,
                carryInit,
                dtype,
                reset,
                dropout);
    }

    public MguCell withRecurrentInit(Init other) {
        return new MguCell(
                features,
                gate,
                activation,
                kernelInit,
                other,
                forgetBiasInit,
                activationBiasInit,
                carryInit,
                dtype,
                reset,
                dropout);
    }

    public MguCell withForgetBiasInit(Init other) {
        return new MguCell(
                features,
                gate,
                activation,
                kernelInit,
                recurrentInit,
                other,
                activationBiasInit,
                carryInit,
                dtype,
                reset,
                dropout);
    }

    public MguCell withActivationBiasInit(Init other) {
        return new MguCell(
                features,
                gate,
                activation,
                kernelInit,
                recurrentInit,
                forgetBiasInit,
                other,
                carryInit,
                dtype,
                reset,
                dropout);
    }

    public MguCell withCarryInit(Init other) {
        return new MguCell(
                features,
                gate,
                activation,
                kernelInit,
                recurrentInit,
                forgetBiasInit,
                activationBiasInit,
                other,
                dtype,
                reset,
                dropout);
    }

    public MguCell withDType(DType other) {
        return new MguCell(
                features,
                gate,
                activation,
                kernelInit,
                recurrentInit,
                forgetBiasInit,
                activationBiasInit,
                carryInit,
                other,
                reset,
                dropout);
    }

    public MguCell withReset(Reset other) {
        return new MguCell(
                features,
                gate,
                activation,
                kernelInit,
                recurrentInit,
                forgetBiasInit,
                activationBiasInit,
                carryInit,
                dtype,
                other,
                dropout);
    }

    /// Drops inputs of each step in training, with a new mask at each step. See [CellDropout].
    public MguCell withDropout(double rate) {
        return withDropout(dropout.withInputs(rate));
    }

    /// Drops the state where the recurrent products read it, with one mask for a whole sequence. See [CellDropout].
    public MguCell withRecurrentDropout(double rate) {
        return withDropout(dropout.withState(rate));
    }

    private MguCell withDropout(CellDropout other) {
        return new MguCell(
                features,
                gate,
                activation,
                kernelInit,
                recurrentInit,
                forgetBiasInit,
                activationBiasInit,
                carryInit,
                dtype,
                reset,
                other);
    }

    @Override
    public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
        int width = h.shape().last();
        Tensor input = Gates.product(scope, "i", GATES, dropout.onInputs(scope, x), width, kernelInit, dtype);
        Tensor bias = Tensor.concat(
                0,
                scope.child("if").param("bias", Shape.of(width), dtype, forgetBiasInit),
                scope.child("in").param("bias", Shape.of(width), dtype, activationBiasInit));
        List<Tensor> fromInput = input.plus(bias).split(-1, 2);
        List<Tensor> fromState = Gates.product(
                        scope, "h", GATES, dropout.onState(scope, h), width, recurrentInit, dtype)
                .split(-1, 2);
        Tensor f = gate.apply(fromInput.get(0).plus(fromState.get(0)));
        Tensor state = switch (reset) {
            case NONE -> fromState.get(1);
            case BY_FORGET_GATE ->
                f.times(fromState
                        .get(1)
                        .plus(scope.child("hn").param("bias", Shape.of(width), dtype, activationBiasInit)));
        };
        Tensor n = activation.apply(fromInput.get(1).plus(state));
        Tensor next = f.negate().plus(1).times(n).plus(f.times(h));
        return new Step<>(next, next);
    }

    @Override
    public Tensor initialCarry(Key key, Shape input) {
        return carryInit.draw().draw(key, Cell.carryShape(input, features), dtype);
    }
}
