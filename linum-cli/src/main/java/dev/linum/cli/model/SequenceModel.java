package dev.linum.cli.model;

import dev.linum.cli.data.Kind;
import dev.linum.cli.data.Per;
import dev.linum.cli.data.Schema;
import dev.linum.cli.data.Task;
import dev.linum.graph.Bundle;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import dev.linum.nn.Bidirectional;
import dev.linum.nn.Dense;
import dev.linum.nn.Dropout;
import dev.linum.nn.Embed;
import dev.linum.nn.Module;
import dev.linum.nn.Recurrent;
import dev.linum.nn.RnnInput;
import dev.linum.nn.Scope;
import dev.linum.nn.Sequences;
import dev.linum.nn.Stacked;
import dev.linum.nn.Summary;
import dev.linum.nn.Variables;
import dev.linum.train.Losses;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Recurrent layers over the columns of a file and a linear head: one output per step, or one per sequence
/// from what the layers end with and its mean and largest over the steps.
///
/// Categories go in one-hot if they are few and as learned vectors if they are many; an unknown one is all zeros.
///
/// @param categories how many categories each categorical column has
/// @param outputs classes, or 1 for a number
public record SequenceModel(Settings settings, int numbers, List<Integer> categories, Per per, int outputs)
        implements Module<Bundle.Tensors, Tensor> {

    private static final int MOST_ONE_HOT = 32;

    public SequenceModel {
        categories = List.copyOf(categories);
    }

    public static SequenceModel of(Settings settings, Schema schema) {
        return new SequenceModel(
                settings,
                schema.of(Kind.NUMERIC).size(),
                schema.of(Kind.CATEGORICAL).stream()
                        .map(feature -> feature.categories().size())
                        .toList(),
                schema.target().per(),
                schema.target().outputs());
    }

    /// Makes the first variables.
    public Variables init(Key key) {
        return init(key, inputs());
    }

    /// Returns which variables there are, without making them.
    public Summary summary() {
        return summary(inputs());
    }

    private Bundle.Tensors inputs() {
        return Bundle.Tensors.of(
                Tensor.zeros(Type.of(DType.F32, 1, 1, numbers)),
                Tensor.zeros(Type.of(DType.I32, 1, 1, categories.size())),
                Tensor.zeros(Type.of(DType.I32, 1)));
    }

    /// Takes a batch of [Examples]; returns f32 [rows, outputs] or [rows, steps, outputs].
    @Override
    public Tensor call(Scope scope, Bundle.Tensors batch) {
        Tensor lengths = batch.get(2);
        Tensor hidden = recurrent(scope, features(scope, batch), lengths, layers());
        Tensor read = switch (per) {
            case STEP -> hidden;
            case SEQUENCE -> pooled(hidden, lengths);
        };
        Tensor dropped = scope.call("dropout", new Dropout(settings.dropout()), read);
        return scope.call("head", Dense.of(outputs), dropped);
    }

    private Stacked layers() {
        return Stacked.of(Stream.generate(this::layer).limit(settings.layers()).toArray(Recurrent<?>[]::new))
                .withDropout(settings.dropout());
    }

    private Recurrent<?> layer() {
        return switch (settings.direction()) {
            case FORWARD -> oneWay();
            case BOTH -> Bidirectional.of(oneWay(), oneWay());
        };
    }

    private Recurrent<?> oneWay() {
        return settings.cell().layer(settings.width(), settings.recurrentDropout());
    }

    private static Tensor recurrent(Scope scope, Tensor x, Tensor lengths, Stacked layers) {
        return layers.call(scope.child("rnn"), RnnInput.<Stacked.Carries>of(x).withLengths(lengths))
                .outputs();
    }

    private Tensor features(Scope scope, Bundle.Tensors batch) {
        var parts = new ArrayList<Tensor>();
        if (numbers > 0) {
            parts.add(batch.get(0));
        }
        for (int i = 0; i < categories.size(); i++) {
            Tensor index = batch.get(1).index(2, i);
            int count = categories.get(i);
            if (count <= MOST_ONE_HOT) {
                parts.add(index.oneHot(count, DType.F32));
            } else {
                Tensor vector = scope.call("embed_" + i, Embed.of(count, MOST_ONE_HOT), index.minimum(count - 1));
                parts.add(index.lessThan(count).cast(DType.F32).expand(2).times(vector));
            }
        }
        return Tensor.concat(2, parts);
    }

    /// What each direction ends with, then mean and largest over the real steps: [rows, steps, n] -> [rows, 3n].
    private Tensor pooled(Tensor hidden, Tensor lengths) {
        int steps = hidden.shape().dim(1);
        Tensor last = lengths.minus(1).oneHot(steps, DType.F32).expand(2);
        Tensor forward = hidden.slice(2, 0, settings.width()).times(last).sum(1);
        Tensor end = switch (settings.direction()) {
            case FORWARD -> forward;
            case BOTH ->
                Tensor.concat(
                        1,
                        forward,
                        hidden.slice(2, settings.width(), 2 * settings.width()).index(1, 0));
        };
        Tensor mean = hidden.sum(1).dividedBy(lengths.maximum(1).cast(DType.F32).expand(1));
        Tensor real = Sequences.mask(lengths, steps).expand(2);
        // No output of a cell lies below -1.
        Tensor max = real.select(hidden, Tensor.full(hidden.type(), -1)).max(1);
        return Tensor.concat(1, end, mean, max);
    }

    /// Returns the loss of a batch, averaged over its sequences or steps: cross-entropy or squared error.
    public Tensor loss(Scope scope, Bundle.Tensors batch, Task task) {
        Tensor out = call(scope, batch);
        Tensor goals = batch.get(3);
        Tensor each = switch (task) {
            case CLASSIFICATION -> Losses.softmaxCrossEntropy(out, goals.cast(DType.I32));
            case REGRESSION -> Losses.squaredError(out.squeeze(out.shape().rank() - 1), goals);
        };
        Tensor lengths = batch.get(2);
        Tensor counts = switch (per) {
            case SEQUENCE -> lengths.equalTo(0).not();
            case STEP -> Sequences.mask(lengths, goals.shape().dim(1));
        };
        return Losses.mean(each, counts);
    }
}
