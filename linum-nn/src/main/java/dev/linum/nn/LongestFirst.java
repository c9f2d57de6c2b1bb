package dev.linum.nn;

import dev.linum.graph.DType;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;

/// The order of a batch's sequences by length, longest first, equal ones as they came.
///
/// ```
///   lengths   2 5 0 3          sorted   5 3 2 0         step    0 1 2 3 4
///   rank      2 0 3 1          order    1 3 0 2         rows    3 3 2 1 1     still at work
/// ```
final class LongestFirst {

    private final int steps;
    private final int batch;
    private final Tensor lengths;
    private final Tensor rank;
    private final Tensor order;

    /// @param lengths i32 [batch]
    LongestFirst(Tensor lengths, int steps) {
        this.steps = steps;
        this.batch = lengths.shape().dim(0);
        this.lengths = lengths;
        Tensor place = Tensor.iota(batch);
        Tensor own = lengths.expand(1);
        Tensor others = lengths.expand(0);
        Tensor before =
                own.lessThan(others).or(own.equalTo(others).and(place.expand(0).lessThan(place.expand(1))));
        this.rank = before.cast(DType.I32).sum(1);
        Tensor here = rank.expand(0).equalTo(place.expand(1)).cast(DType.I32);
        this.order = here.times(place.expand(0)).sum(1);
    }

    /// Returns how many sequences are not over at each step: i32 [steps].
    Tensor rows() {
        return Tensor.iota(steps)
                .expand(1)
                .lessThan(lengths.expand(0))
                .cast(DType.I32)
                .sum(1);
    }

    /// `[batch, *rest]`, longest first.
    Tensor sort(Tensor x) {
        return x.gather(order);
    }

    /// `[steps, batch, *rest]`, longest first.
    Tensor sortSteps(Tensor x) {
        return steps(x, order);
    }

    /// `[batch, *rest]`, as they came.
    Tensor restore(Tensor x) {
        return x.gather(rank);
    }

    /// `[steps, batch, *rest]`, as they came.
    Tensor restoreSteps(Tensor x) {
        return steps(x, rank);
    }

    private Tensor steps(Tensor x, Tensor from) {
        Shape rest = x.shape().sub(2, x.shape().rank());
        Tensor rows = Tensor.iota(steps).times(batch).expand(1).plus(from.expand(0));
        return x.reshape(Shape.of(steps * batch).plus(rest))
                .gather(rows.reshape(steps * batch))
                .reshape(x.shape());
    }
}
