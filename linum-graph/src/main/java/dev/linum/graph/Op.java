package dev.linum.graph;

import java.util.List;

/// The closed set of operations. The rules that each operation needs, such as those of [Infer] and [VjpRules], are
/// switches without a default, so an operation without a rule does not compile.
///
/// Every operation is pure, takes tensors of fixed types and says by [Infer] what it returns. Broadcasting
/// and promotion are explicit here; [Tensor]'s methods insert them.
public sealed interface Op {

    /// Applies one function to every element of tensors of equal shape.
    record Elementwise(Fn fn) implements Op {}

    /// Converts the kind of number; to BOOL by "is not zero", to I32 by truncation.
    record Cast(DType to) implements Op {}

    /// A tensor known when the graph was made.
    record Constant(Array value) implements Op {
        public Constant {
            value.keep();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Constant(Array that) && that == value;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(value);
        }
    }

    /// The whole numbers 0, 1, ... `size`-1 as i32.
    record Iota(int size) implements Op {}

    /// Repeats a tensor: axis i of the input becomes axis `axes[i]` of `shape`, and every other axis repeats it.
    record Broadcast(Shape shape, List<Integer> axes) implements Op {}

    record Reshape(Shape shape) implements Op {}

    /// Reorders axes: axis i of the result is axis `order[i]` of the input.
    record Transpose(List<Integer> order) implements Op {}

    /// Takes every `steps[i]`-th element from `starts[i]` up to, not including, `stops[i]`.
    record Slice(List<Integer> starts, List<Integer> stops, List<Integer> steps) implements Op {}

    /// Puts zeros before, after and between (`inner`) the elements of each axis.
    record Pad(List<Integer> low, List<Integer> high, List<Integer> inner) implements Op {}

    record Concat(int axis) implements Op {}

    /// Reverses the order along one axis.
    record Reverse(int axis) implements Op {}

    /// Sums or takes the largest over axes, which disappear.
    record Reduce(Kind kind, List<Integer> axes) implements Op {
        public enum Kind {
            SUM,
            MAX
        }
    }

    /// The index of the largest element along an axis, the first if several are equal.
    record ArgMax(int axis) implements Op {}

    /// Matrix product over the last two axes; leading axes are equal. A flag reads an operand with its last two axes
    /// swapped.
    record MatMul(boolean transposeA, boolean transposeB) implements Op {}

    /// Rows of a table by index: `table [rows, *rest], index i32 [*n] -> [*n, *rest]`.
    record Gather() implements Op {}

    /// The transposed Gather: adds each update to its row of zeros; `index i32 [*n], updates [*n, *rest] -> [rows,
    /// *rest]`.
    record ScatterAdd(int rows) implements Op {}

    /// Packs sequences one behind the other into few rows ([Packing]): `lengths i32 [batch] -> place, token,
    /// sequence`, all i32.
    ///
    /// `token [steps, batch]` is the step of a sequence that comes to each place, `place` the other way round:
    /// `[steps, batch]` if the time comes first outside, else `[batch, steps]`. Padding comes to places without a
    /// sequence.
    record Pack(int steps, boolean timeMajor) implements Op {}

    /// The Threefry 2x32 block cipher of the counters `first`, `first`+1, ...: `key i32 [2] -> i32 [count, 2]`,
    /// or of several keys: `i32 [*n, 2] -> i32 [*n, count, 2]`.
    record Threefry(int first, int count) implements Op {}

    /// Random numbers from a key as JAX draws them: `key i32 [2] -> shape`, or from several: `i32 [*n, 2] -> [*n,
    /// shape]`.
    record Random(Distribution distribution, Shape shape) implements Op {}

    /// What [Random] draws from.
    sealed interface Distribution {
        /// 32 random bits as i32.
        record Bits() implements Distribution {}

        record Uniform(float low, float high) implements Distribution {}

        record Normal() implements Distribution {}

        /// A standard normal kept to the range from -2 to 2.
        record TruncatedNormal() implements Distribution {}
    }

    /// The identity, through which no derivative passes.
    record StopGradient() implements Op {}

    /// Runs a body once per step.
    ///
    /// ```
    /// body: (consts, carry, x_t)     -> (carry', y_t, s_t)
    /// scan: (consts, carry, xs[T,..]) -> (carry_T, ys[T,..], sum of s_t)
    /// ```
    ///
    /// With `reverse` the steps run from the last to the first; xs and ys keep their places.
    ///
    /// If it is [Ragged] the first constant, i32 [steps, batch], names the sequence that each row of the batch
    /// works on at each step, -1 for none; rows with none come last. Where another sequence begins in a row, in
    /// the order of the steps, its carry is taken from the row of that number of what comes in, and where it ends,
    /// put there of what goes out; a sequence without steps goes out as it came in. See [Packing].
    ///
    /// The counts say how many inputs and outputs are of each kind, of the body as of the loop, in this order.
    ///
    /// @param body what is done at each step
    /// @param consts the first inputs, the same at each step; the names of the sequences count among them
    /// @param carry the next inputs and the first outputs, of the same types: what one step hands to the next
    /// @param xs the last inputs, which have the steps as first axis outside the body
    /// @param stacked the next outputs, which are put together along a new first axis
    /// @param sums the last outputs, which are added up over the steps
    /// @param steps how often the body runs; if never, the carry stays as it was and sums are zeros
    /// @param reverse whether the last step is taken first
    /// @param ragged whether the first constant names sequences, and what is known of rows with none
    /// @param saving what the derivative may keep; [Loop#emit] splits a loop with checkpoints into [Chunks]
    record Scan(
            Graph body,
            int consts,
            int carry,
            int xs,
            int stacked,
            int sums,
            int steps,
            boolean reverse,
            Ragged ragged,
            Saving saving)
            implements Op {

        /// What is known of rows that have no sequence at a step.
        public enum Ragged {
            /// There are none: each row is a sequence of all steps.
            NO,
            /// The body is known to return the carry as it came.
            KEPT,
            /// As well, zeros as outputs and nothing to sum: who runs the loop may leave these rows out.
            LEFT_OUT
        }

        /// Says whether the first constant names the sequences.
        public boolean isRagged() {
            return ragged != Ragged.NO;
        }

        /// Says whether rows without a sequence may be left out.
        public boolean leavesRowsOut() {
            return ragged == Ragged.LEFT_OUT;
        }

        /// Returns a loop of another body, with other inputs and outputs, that takes its steps like this one.
        public Scan with(Graph other, int consts, int carry, int xs, int stacked, int sums) {
            return new Scan(other, consts, carry, xs, stacked, sums, steps, reverse, ragged, saving);
        }

        /// Returns the same loop of another body with the same inputs and outputs.
        public Scan withBody(Graph other) {
            return with(other, consts, carry, xs, stacked, sums);
        }

        /// Returns a loop of the same body over more or fewer steps.
        public Scan withSteps(int other) {
            return new Scan(body, consts, carry, xs, stacked, sums, other, reverse, ragged, saving);
        }

        Scan withRagged(Ragged other) {
            return new Scan(body, consts, carry, xs, stacked, sums, steps, reverse, other, saving);
        }

        Scan withSaving(Saving other) {
            return new Scan(body, consts, carry, xs, stacked, sums, steps, reverse, ragged, other);
        }

        Scan reversed() {
            return new Scan(body, consts, carry, xs, stacked, sums, steps, !reverse, ragged, saving);
        }
    }

    /// Runs a body; its derivative runs it again instead of keeping what it computed.
    record Remat(Graph body) implements Op {}
}
