package dev.linum.graph;

import java.util.List;

/// Sequences of different lengths, put one behind the other into few rows, so that a loop over them has about as many
/// rows to work on at its last step as at its first.
///
/// ```
///   as they came                      packed
///   0  a a a                          row 0   d d d d d d
///   1  b b                            row 1   e e e e c .
///   2  c                              row 2   a a a b b .
///   3  d d d d d d                    rows 3 and 4 have nothing to do
///   4  e e e e
///                                     sequences  3 3 3 3 3 3        what each row works on at each step (drawn row
///                                                4 4 4 4 2 -1       by row; the tensor has a row for each step),
///                                                0 0 0 1 1 -1       -1 for nothing
/// ```
///
/// A matrix product takes nearly as long for one row as for four, since all weights have to come either way. Sorted by
/// length, the sequences above would be 5, 4, 3, 2, 1, 1 rows at work from step to step; packed they are 3, 3, 3, 3,
/// 3, 1. There are never more steps than the longest sequence has.
///
/// The longest comes first, each goes into the first row that has room for it, and rows are put in the order of what
/// they hold. (First fit decreasing: Johnson, "Near-optimal bin packing algorithms", 1973. Krell et al., "Efficient
/// sequence packing without cross-contamination", 2021, do the same for training with attention.) The loop takes care
/// that no sequence sees the one before it in its row: [Op.Scan].
///
/// @param place where each step of each sequence goes, padding into what is left
/// @param token the same the other way round: i32 [steps, batch]
/// @param sequences what each row works on at each step: i32 [steps, batch]
public record Packing(Tensor place, Tensor token, Tensor sequences) {

    /// Packs sequences.
    ///
    /// @param lengths i32 [batch], each from 0 to `steps`
    /// @param steps the number of steps, padding included
    /// @param timeMajor whether time comes first outside, `[steps, batch, *rest]`; else the batch does
    public static Packing of(Tensor lengths, int steps, boolean timeMajor) {
        List<Tensor> all = Trace.apply(new Op.Pack(steps, timeMajor), List.of(lengths));
        return new Packing(all.get(0), all.get(1), all.get(2));
    }

    /// From sequences as they came to `[steps, rows, *rest]`, as many rows as sequences.
    public Tensor pack(Tensor x) {
        return move(x, token);
    }

    /// Back to sequences as they came.
    public Tensor unpack(Tensor x) {
        return move(x, place);
    }

    /// Says which rows have something to do at each step: bool [steps, batch].
    public Tensor atWork() {
        return atWork(sequences);
    }

    /// Says where a sequence is named.
    static Tensor atWork(Tensor sequences) {
        return Tensor.full(sequences.type(), -1).lessThan(sequences);
    }

    /// Puts row `rows[i]` of all steps of all sequences at place i.
    private static Tensor move(Tensor x, Tensor rows) {
        int count = rows.shape().count();
        Shape rest = x.shape().sub(2, x.shape().rank());
        return x.reshape(Shape.of(count).plus(rest))
                .gather(rows.reshape(count))
                .reshape(rows.shape().plus(rest));
    }
}
