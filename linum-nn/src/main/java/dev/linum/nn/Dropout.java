package dev.linum.nn;

import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;

/// Sets elements to zero with a given probability in training and scales the others by `1 / (1 - rate)`; the
/// identity in inference. (Srivastava et al., "Dropout: a simple way to prevent neural networks from
/// overfitting", 2014.)
///
/// @param rate the probability of zero, from 0 to 1
/// @param stream the random stream that masks are drawn from
/// @param broadcast axes along which one mask is repeated
public record Dropout(double rate, String stream, List<Integer> broadcast) implements Module<Tensor, Tensor> {

    /// The stream of ordinary masks; an `Rnn` splits it over time, so each step gets a new one.
    public static final String STREAM = "dropout";

    /// The stream of masks that stay the same for a whole sequence.
    public static final String RECURRENT_STREAM = "recurrent_dropout";

    public Dropout {
        checkRate(rate);
        broadcast = List.copyOf(broadcast);
    }

    public Dropout(double rate) {
        this(rate, STREAM, List.of());
    }

    public Dropout withStream(String name) {
        return new Dropout(rate, name, broadcast);
    }

    /// Draws one mask for all places along these axes; negative axes count from the end.
    public Dropout withBroadcast(Integer... axes) {
        return new Dropout(rate, stream, List.of(axes));
    }

    @Override
    public Tensor call(Scope scope, Tensor in) {
        if (rate == 0 || !scope.isTraining()) {
            return in;
        }
        if (rate == 1) {
            return Tensor.zeros(in.type());
        }
        Key key = scope.key(stream);
        Shape drawn = in.shape();
        for (int axis : broadcast) {
            drawn = drawn.with(axis < 0 ? axis + in.shape().rank() : axis, 1);
        }
        Tensor keep = key.bernoulli(1 - rate, drawn);
        Tensor mask = keep.broadcastTo(in.shape());
        return mask.select(in.dividedBy(1 - rate), Tensor.zeros(in.type()));
    }

    static void checkRate(double rate) {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("dropout rate " + rate + ": a rate lies between 0 and 1");
        }
    }
}
