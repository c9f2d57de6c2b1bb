package dev.linum.train;

import dev.linum.graph.DType;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;

/// Losses and metrics, one number for each prediction, and their mean over what counts.
///
/// Padding is left out by [#mean(Tensor, Tensor)]: what the mask leaves out is never read, so it may be NaN.
public final class Losses {

    private Losses() {}

    /// Cross-entropy of unnormalised log-probabilities: `logits [*n, classes], labels i32 [*n] -> [*n]`.
    ///
    /// A class may be ruled out by a logit of minus infinity. A label that is none of the classes, such as
    /// the -1 of padding, costs 0.
    public static Tensor softmaxCrossEntropy(Tensor logits, Tensor labels) {
        labelled("softmaxCrossEntropy", logits, labels);
        int classes = logits.shape().last();
        Tensor chosen = labels.oneHot(classes, DType.BOOL);
        return chosen.select(logits.logSoftmax(-1), Tensor.zeros(logits.type()))
                .sum(-1)
                .negate();
    }

    /// Cross-entropy of independent yes-or-no logits: `logits [*n], labels of 0 to 1 [*n] -> [*n]`.
    public static Tensor sigmoidCrossEntropy(Tensor logits, Tensor labels) {
        same("sigmoidCrossEntropy", logits, labels);
        return logits.softplus().minus(logits.times(labels));
    }

    /// The square of what is missed: `[*n], [*n] -> [*n]`.
    public static Tensor squaredError(Tensor predictions, Tensor targets) {
        same("squaredError", predictions, targets);
        return predictions.minus(targets).square();
    }

    /// What is missed, without its sign: `[*n], [*n] -> [*n]`.
    public static Tensor absoluteError(Tensor predictions, Tensor targets) {
        same("absoluteError", predictions, targets);
        return predictions.minus(targets).abs();
    }

    /// Half the squared error up to `delta`, linear beyond: `[*n], [*n] -> [*n]`. (Huber 1964.)
    public static Tensor huber(Tensor predictions, Tensor targets, double delta) {
        same("huber", predictions, targets);
        Tensor error = predictions.minus(targets).abs();
        Tensor near = error.minimum(delta);
        return near.square().times(0.5).plus(error.minus(near).times(delta));
    }

    /// 1 where the largest logit is the label's and 0 elsewhere.
    ///
    /// Takes logits `[*n, classes]` and labels `i32 [*n]`; returns `f32 [*n]`.
    public static Tensor correct(Tensor logits, Tensor labels) {
        labelled("correct", logits, labels);
        return logits.argMax(-1).equalTo(labels).cast(DType.F32);
    }

    private static void same(String loss, Tensor predictions, Tensor targets) {
        if (!predictions.shape().equals(targets.shape())) {
            throw new IllegalArgumentException(loss + " takes one target for each prediction, " + predictions.shape()
                    + ", but found targets " + targets.shape() + "; reshape, squeeze or broadcast one of them");
        }
    }

    private static void labelled(String loss, Tensor logits, Tensor labels) {
        Shape shape = logits.shape();
        if (shape.rank() == 0 || labels.dtype() != DType.I32 || !labels.shape().equals(shape.drop(-1))) {
            throw new IllegalArgumentException(loss + " takes logits [*n, classes] and labels i32[*n], found "
                    + logits.type() + " and " + labels.type());
        }
    }

    /// Averages where a bool mask of the same shape holds; 0 if it holds nowhere.
    public static Tensor mean(Tensor values, Tensor mask) {
        if (!mask.shape().equals(values.shape()) || mask.dtype() != DType.BOOL) {
            throw new IllegalArgumentException(
                    "a mask is one bool per value, bool" + values.shape() + ", but found " + mask.type());
        }
        Tensor kept = mask.select(values, Tensor.zeros(values.type()));
        return kept.sum().dividedBy(mask.cast(values.dtype()).sum().maximum(1));
    }
}
