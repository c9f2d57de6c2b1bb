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
///
/// Sequences go to their place in a loop, `[steps, batch, *rest]`, and back at once, whether time comes first outside
/// or the batch does.
final class LongestFirst {

    private final int steps;
    private final int batch;
    private final int timeAxis;
    private final Tensor rank;
    private final Tensor order;
    private final Tensor rows;

    /// @param timing of one batch axis, with lengths
    LongestFirst(Timing timing) {
        this.steps = timing.steps();
        this.batch = timing.batch().count();
        this.timeAxis = timing.timeAxis();
        Tensor lengths = timing.lengths().orElseThrow();
        Tensor place = Tensor.iota(batch);
        Tensor own = lengths.expand(1);
        Tensor others = lengths.expand(0);
        Tensor before =
                own.lessThan(others).or(own.equalTo(others).and(place.expand(0).lessThan(place.expand(1))));
        this.rank = before.cast(DType.I32).sum(1);
        Tensor here = rank.expand(0).equalTo(place.expand(1)).cast(DType.I32);
        this.order = here.times(place.expand(0)).sum(1);
        this.rows = timing.valid().orElseThrow().cast(DType.I32).sum(1);
    }

    /// Returns how many sequences are not over at each step: i32 [steps].
    Tensor rows() {
        return rows;
    }

    /// Says which sequences, in this order, are not over at each step: bool [steps, batch].
    Tensor atWork() {
        return Tensor.iota(batch).expand(0).lessThan(rows.expand(1));
    }

    /// `[batch, *rest]`, longest first.
    Tensor sort(Tensor x) {
        return x.gather(order);
    }

    /// From sequences as they came to `[steps, batch, *rest]`, longest first.
    Tensor sortSteps(Tensor x) {
        Tensor time = Tensor.iota(steps).expand(1);
        Tensor from = order.expand(0);
        Tensor rows =
                timeAxis == 0 ? time.times(batch).plus(from) : from.times(steps).plus(time);
        return move(x, rows, Shape.of(steps, batch));
    }

    /// `[batch, *rest]`, as they came.
    Tensor restore(Tensor x) {
        return x.gather(rank);
    }

    /// From `[steps, batch, *rest]`, longest first, to sequences as they came.
    Tensor restoreSteps(Tensor x) {
        Tensor first = Tensor.iota(steps).times(batch);
        return timeAxis == 0
                ? move(x, first.expand(1).plus(rank.expand(0)), Shape.of(steps, batch))
                : move(x, first.expand(0).plus(rank.expand(1)), Shape.of(batch, steps));
    }

    /// Puts row `rows[i]` of all steps of all sequences at place i.
    private Tensor move(Tensor x, Tensor rows, Shape leading) {
        int count = steps * batch;
        Shape rest = x.shape().sub(2, x.shape().rank());
        return x.reshape(Shape.of(count).plus(rest)).gather(rows.reshape(count)).reshape(leading.plus(rest));
    }
}
