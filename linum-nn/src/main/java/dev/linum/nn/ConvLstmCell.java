package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// An LSTM over images: its products are convolutions over 1, 2 or 3 spatial axes.
/// (Shi et al., "Convolutional LSTM network", 2015, without the peephole terms.)
///
/// ```
/// i g f o = conv_ih(x) + conv_hh(h)          [*batch, *spatial, 4 features]
/// c' = sigmoid(f + 1) * c + sigmoid(i) * tanh(g)
/// h' = sigmoid(o) * tanh(c')
/// ```
///
/// Inputs `[*batch, *spatial, channels]`; the carry keeps the spatial sizes. Parameters: `ih` and `hh`, each
/// a kernel `[*kernel, channels in, 4 features]` and a bias `[4 features]`.
///
/// @param kernel the size of the kernel on each spatial axis
public record ConvLstmCell(
        int features,
        List<Integer> kernel,
        Padding padding,
        Bias bias,
        Init carryInit,
        DType dtype,
        CellDropout dropout)
        implements Cell<LstmCarry> {

    /// What lies beyond the edges.
    public enum Padding {
        /// Zeros; for even kernels one more at the end.
        SAME,
        /// The opposite edge.
        CIRCULAR
    }

    /// Whether the convolutions add a bias.
    public enum Bias {
        ADDED,
        NONE
    }

    public ConvLstmCell {
        Gates.positive("ConvLstmCell", features);
        int most = Integer.MAX_VALUE / 4;
        if (features > most) {
            throw new IllegalArgumentException(
                    "ConvLstmCell has four gates of features, so at most " + most + ", found " + features);
        }
        kernel = List.copyOf(kernel);
        if (kernel.isEmpty() || kernel.stream().anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException(
                    "ConvLstmCell needs a kernel size of at least 1 for each spatial axis, found " + kernel);
        }
    }

    public static ConvLstmCell of(int features, int... kernel) {
        return new ConvLstmCell(
                features,
                Arrays.stream(kernel).boxed().toList(),
                Padding.SAME,
                Bias.ADDED,
                Init.zeros(),
                DType.F32,
                CellDropout.none());
    }

    public ConvLstmCell withPadding(Padding other) {
        return new ConvLstmCell(features, kernel, other, bias, carryInit, dtype, dropout);
    }

    public ConvLstmCell withoutBias() {
        return new ConvLstmCell(features, kernel, padding, Bias.NONE, carryInit, dtype, dropout);
    }

    public ConvLstmCell withCarryInit(Init other) {
        return new ConvLstmCell(features, kernel, padding, bias, other, dtype, dropout);
    }

    public ConvLstmCell withDType(DType other) {
        return new ConvLstmCell(features, kernel, padding, bias, carryInit, other, dropout);
    }

    /// Drops inputs of each step in training, with a new mask at each step. See [CellDropout].
    public ConvLstmCell withDropout(double rate) {
        return withDropout(dropout.withInputs(rate));
    }

    /// Drops the state where the recurrent products read it, with one mask for a whole sequence. See [CellDropout].
    public ConvLstmCell withRecurrentDropout(double rate) {
        return withDropout(dropout.withState(rate));
    }

    private ConvLstmCell withDropout(CellDropout other) {
        return new ConvLstmCell(features, kernel, padding, bias, carryInit, dtype, other);
    }

    @Override
    public int featureAxes() {
        return kernel.size() + 1;
    }

    @Override
    public Step<LstmCarry> step(Scope scope, LstmCarry carry, Tensor x) {
        Tensor gates = convolve(scope.child("ih"), dropout.onInputs(scope, x))
                .plus(convolve(scope.child("hh"), dropout.onState(scope, carry.hidden())));
        List<Tensor> parts = gates.split(-1, 4);
        Tensor forget = parts.get(2).plus(1).sigmoid();
        Tensor cell = forget.times(carry.cell())
                .plus(parts.get(0).sigmoid().times(parts.get(1).tanh()));
        Tensor hidden = parts.get(3).sigmoid().times(cell.tanh());
        return new Step<>(new LstmCarry(cell, hidden), hidden);
    }

    @Override
    public LstmCarry initialCarry(Key key, Shape input) {
        return LstmCarry.drawn(carryInit, key, Cell.carryShape(input, features), dtype);
    }

    private Tensor convolve(Scope scope, Tensor x) {
        int channels = x.shape().last();
        Shape shape = new Shape(kernel).plus(channels, 4 * features);
        Tensor weights = scope.param("kernel", shape, dtype, Init.lecunNormal());
        int window = shape.count() / (4 * features);
        Tensor out = patches(x).dot(weights.reshape(window, 4 * features));
        return bias == Bias.NONE ? out : out.plus(scope.param("bias", Shape.of(4 * features), dtype, Init.zeros()));
    }

    /// Puts the window around each place side by side: `[*batch, *spatial, channels] -> [.., window * channels]`.
    private Tensor patches(Tensor x) {
        List<Tensor> views = List.of(x);
        int first = x.shape().rank() - featureAxes();
        for (int i = 0; i < kernel.size(); i++) {
            int axis = first + i;
            int size = x.shape().dim(axis);
            var next = new ArrayList<Tensor>();
            for (Tensor view : views) {
                Tensor padded = padded(view, axis, kernel.get(i));
                for (int at = 0; at < kernel.get(i); at++) {
                    next.add(padded.slice(axis, at, at + size));
                }
            }
            views = next;
        }
        return Tensor.concat(-1, views);
    }

    private Tensor padded(Tensor x, int axis, int window) {
        int low = (window - 1) / 2;
        int high = window / 2;
        if (padding == Padding.SAME) {
            return x.pad(axis, low, high);
        }
        int size = x.shape().dim(axis);
        if (high > size) {
            throw new IllegalArgumentException("a circular kernel of " + window + " reaches around an axis of " + size
                    + " more than once; use a smaller kernel");
        }
        return Tensor.concat(axis, x.slice(axis, size - low, size), x, x.slice(axis, 0, high));
    }
}
