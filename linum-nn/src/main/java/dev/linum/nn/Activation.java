package dev.linum.nn;

import dev.linum.graph.Tensor;
import java.util.function.UnaryOperator;

/// An element-wise function between layers.
public interface Activation extends UnaryOperator<Tensor> {

    Activation IDENTITY = x -> x;
    Activation TANH = Tensor::tanh;
    Activation SIGMOID = Tensor::sigmoid;
    Activation RELU = Tensor::relu;
    /// log(1 + exp(x)).
    Activation SOFTPLUS = Tensor::softplus;
    /// x for positive x, exp(x) - 1 else. (Clevert et al., ICLR 2016.)
    Activation ELU = x -> {
        Tensor half = x.minimum(0).times(0.5).tanh();
        return x.lessThan(0).select(half.times(2).dividedBy(half.negate().plus(1)), x);
    };
    /// x * sigmoid(x), also called swish.
    Activation SILU = x -> x.times(x.sigmoid());
    /// The tanh form. (Hendrycks and Gimpel, "Gaussian error linear units", 2016.)
    Activation GELU = x -> x.times(x.plus(x.times(x).times(x).times(0.044715))
                    .times(Math.sqrt(2 / Math.PI))
                    .tanh()
                    .plus(1))
            .times(0.5);
    /// x for x from 0 on, x/100 else.
    Activation LEAKY_RELU = x -> x.lessThan(0).select(x.times(0.01), x);
}
