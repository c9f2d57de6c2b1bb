package dev.linum.cpu;

import dev.linum.graph.DType;
import dev.linum.graph.Equation;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Type;
import dev.linum.graph.Value;
import java.util.List;
import java.util.Optional;

/// Plans the steps that move, gather, reduce or draw numbers.
final class Moves {

    /// So many numbers are moved before another thread has taken its part of them; if it sleeps, so many.
    private static final int ALONE = 16384;

    private static final int ASLEEP = 1 << 17;

    private static final int WORTH_A_CALL = 64;

    private final Planner planner;

    Moves(Planner planner) {
        this.planner = planner;
    }

    void plan(Equation eq, List<Step> steps) {
        int[] in = planner.slots(eq, steps);
        int from = in[0];
        int to = planner.allocate(eq.out().getFirst());
        switch (eq.op()) {
            case Op.Broadcast(Shape _, List<Integer> axes) -> broadcast(eq, axes, from, to, steps);
            case Op.Transpose(List<Integer> order) -> transpose(eq, order, from, to, steps);
            case Op.Slice slice -> slice(eq, slice, from, to, steps);
            case Op.Pad pad -> pad(eq, pad, from, to, steps);
            case Op.Concat(int axis) -> concat(eq, axis, in, to, steps);
            case Op.Reverse(int axis) -> reverse(eq, axis, from, to, steps);
            case Op.Reduce reduce -> reduce(eq, reduce, from, to, steps);
            case Op.ArgMax(int axis) -> argMax(eq, axis, from, to, steps);
            case Op.Gather _ -> gather(eq, from, in[1], to, steps);
            case Op.ScatterAdd(int rows) -> scatter(eq, from, in[1], rows, to, steps);
            case Op.Pack(int length, boolean timeMajor) -> pack(eq, length, timeMajor, from, to, steps);
            case Op.Threefry(int first, int n) -> threefry(eq, first, n, from, to, steps);
            case Op.Random(Op.Distribution distribution, Shape each) ->
                random(eq, distribution, from, to, each.count(), steps);
            case Op.Elementwise _,
                    Op.Cast _,
                    Op.Constant _,
                    Op.Iota _,
                    Op.Reshape _,
                    Op.MatMul _,
                    Op.StopGradient _,
                    Op.Scan _,
                    Op.Remat _ -> throw new IllegalStateException(eq.op() + " is planned elsewhere");
        }
    }

    private static Shape shapeIn(Equation eq) {
        return eq.in().getFirst().type().shape();
    }

    private static Shape shapeOut(Equation eq) {
        return eq.out().getFirst().type().shape();
    }

    private void broadcast(Equation eq, List<Integer> axes, int from, int to, List<Step> steps) {
        int[] dims = shapeOut(eq).toArray();
        int[] strides = Strided.strides(shapeIn(eq).toArray());
        var repeated = new int[dims.length];
        for (int i = 0; i < strides.length; i++) {
            repeated[axes.get(i)] = strides[i];
        }
        copy(dims, repeated, 0, Strided.strides(dims), 0, from, to, steps);
    }

    private void transpose(Equation eq, List<Integer> order, int from, int to, List<Step> steps) {
        int[] dims = shapeOut(eq).toArray();
        int[] made = Strided.strides(dims);
        int[] strides = Strided.strides(shapeIn(eq).toArray());
        int[] reordered = order.stream().mapToInt(axis -> strides[axis]).toArray();
        if (goesToLoop(order, eq.in().getFirst())) {
            copy(swapped(dims), swapped(reordered), 0, swapped(made), 0, from, to, steps);
        } else {
            copy(dims, reordered, 0, made, 0, from, to, steps);
        }
    }

    /// Guesses whether a tensor is turned for a loop, its steps in front of its batch: workers then share the
    /// batch, as those of the loop do, so that each finds what it reads in its own cache. Out of a loop the batch
    /// comes first.
    private boolean goesToLoop(List<Integer> order, Value from) {
        return order.size() > 2 && order.getFirst() == 1 && order.get(1) == 0 && !planner.isFromLoop(from);
    }

    /// The first two axes in the other order.
    private static int[] swapped(int[] axes) {
        int[] swapped = axes.clone();
        swapped[0] = axes[1];
        swapped[1] = axes[0];
        return swapped;
    }

    private void slice(Equation eq, Op.Slice slice, int from, int to, List<Step> steps) {
        int[] dims = shapeOut(eq).toArray();
        int[] stepped = Strided.strides(shapeIn(eq).toArray());
        int offset = 0;
        for (int i = 0; i < dims.length; i++) {
            offset += stepped[i] * slice.starts().get(i);
            stepped[i] *= slice.steps().get(i);
        }
        copy(dims, stepped, offset, Strided.strides(dims), 0, from, to, steps);
    }

    private void pad(Equation eq, Op.Pad pad, int from, int to, List<Step> steps) {
        int[] dims = shapeIn(eq).toArray();
        int[] spread = Strided.strides(shapeOut(eq).toArray());
        int offset = 0;
        for (int i = 0; i < dims.length; i++) {
            offset += spread[i] * pad.low().get(i);
            spread[i] *= pad.inner().get(i) + 1;
        }
        int each = shapeOut(eq).count() / planner.batch();
        steps.add(f -> Storage.zero(f.data[to], f.offset[to], each * f.rows));
        copy(dims, Strided.strides(dims), 0, spread, offset, from, to, steps);
    }

    private void concat(Equation eq, int axis, int[] in, int to, List<Step> steps) {
        int[] strides = Strided.strides(shapeOut(eq).toArray());
        int offset = 0;
        for (int i = 0; i < in.length; i++) {
            int[] part = eq.in().get(i).type().shape().toArray();
            copy(part, Strided.strides(part), 0, strides, offset, in[i], to, steps);
            offset += part[axis] * strides[axis];
        }
    }

    private void reverse(Equation eq, int axis, int from, int to, List<Step> steps) {
        int[] dims = shapeIn(eq).toArray();
        int[] strides = Strided.strides(dims);
        int[] turned = strides.clone();
        turned[axis] = -strides[axis];
        copy(dims, turned, (dims[axis] - 1) * strides[axis], strides, 0, from, to, steps);
    }

    /// Copies a grid whose first axis may be the rows of a batch.
    private void copy(
            int[] dims, int[] from, int fromOffset, int[] to, int toOffset, int in, int out, List<Step> steps) {
        int batch = planner.batch();
        int count = Shape.of(dims).count();
        if (count == 0) {
            return;
        }
        if (batch == 1 && count >= ALONE && count / dims[0] >= WORTH_A_CALL) {
            share(dims, from, fromOffset, to, toOffset, in, out, steps);
            return;
        }
        if (batch == 1) {
            var copy = Strided.Copy.of(dims, from, fromOffset, to, toOffset);
            steps.add(f -> copy.run(f.data[in], f.offset[in], f.data[out], f.offset[out]));
            return;
        }
        int[] row = dims.clone();
        row[0] /= batch;
        int fromStep = row[0] * from[0];
        int toStep = row[0] * to[0];
        var copy = Strided.Copy.of(row, from, fromOffset, to, toOffset);
        steps.add(f -> {
            for (int r = 0; r < f.rows; r++) {
                copy.run(f.data[in], f.offset[in] + r * fromStep, f.data[out], f.offset[out] + r * toStep);
            }
        });
    }

    /// Copies a large grid; the workers share its first axis.
    private static void share(
            int[] dims, int[] from, int fromOffset, int[] to, int toOffset, int in, int out, List<Step> steps) {
        int rows = dims[0];
        int[] row = dims.clone();
        row[0] = 1;
        var copy = Strided.Copy.of(row, from, fromOffset, to, toOffset);
        Frame.Shared part = (f, index, parts) -> {
            int end = (int) ((long) rows * (index + 1) / parts);
            for (int r = (int) ((long) rows * index / parts); r < end; r++) {
                copy.run(f.data[in], f.offset[in] + r * from[0], f.data[out], f.offset[out] + r * to[0]);
            }
        };
        int count = Shape.of(dims).count();
        steps.add(f -> f.share(part, parts(f, count, rows)));
    }

    /// How many of at most so many parts are worth it.
    private static int parts(Frame f, long numbers, int most) {
        int parts = Math.min(most, f.workers.size());
        return numbers < (f.workers.areAwake(parts) ? ALONE : ASLEEP) ? 1 : parts;
    }

    private void reduce(Equation eq, Op.Reduce reduce, int from, int to, List<Step> steps) {
        int batch = planner.batch();
        int[] row = shapeIn(eq).toArray();
        if (batch > 1) {
            row[0] /= batch;
        }
        var reduction = Reduction.of(reduce, row);
        int read = shapeIn(eq).count() / batch;
        int made = shapeOut(eq).count() / batch;
        Kernels kernels = planner.kernels;
        if (batch == 1 && read >= ALONE && reduction.columns() >= WORTH_A_CALL) {
            Frame.Shared part = (f, index, parts) ->
                    reduction.part(kernels, f.data[from], f.offset[from], f.data[to], f.offset[to], index, parts);
            steps.add(f -> f.share(part, parts(f, read, reduction.columns())));
            return;
        }
        steps.add(f -> {
            for (int r = 0; r < f.rows; r++) {
                reduction.run(kernels, f.data[from], f.offset[from] + r * read, f.data[to], f.offset[to] + r * made);
            }
        });
    }

    private void argMax(Equation eq, int axis, int from, int to, List<Step> steps) {
        Shape shape = shapeIn(eq);
        int outer = shape.sub(0, axis).count() / planner.batch();
        int size = shape.dim(axis);
        int inner = shape.sub(axis + 1, shape.rank()).count();
        steps.add(f ->
                Reduction.argMax(f.data[from], f.offset[from], outer * f.rows, size, inner, f.ints(to), f.offset[to]));
    }

    private void pack(Equation eq, int length, boolean timeMajor, int from, int to, List<Step> steps) {
        int batch = shapeIn(eq).dim(0);
        int token = planner.allocate(eq.out().get(1));
        int sequences = planner.allocate(eq.out().get(2));
        int room = planner.fresh(eq.out().getFirst().type(), Packer.room(batch, length));
        steps.add(f -> Packer.pack(
                batch,
                length,
                timeMajor,
                f.ints(from),
                f.offset[from],
                f.ints(room),
                f.ints(to),
                f.offset[to],
                f.ints(token),
                f.offset[token],
                f.ints(sequences),
                f.offset[sequences]));
    }

    private static void threefry(Equation eq, int first, int n, int from, int to, List<Step> steps) {
        int keys = shapeIn(eq).count() / 2;
        steps.add(f -> {
            for (int i = 0; i < keys; i++) {
                threefry(f.ints(from), f.offset[from] + 2 * i, first, n, f.ints(to), f.offset[to] + 2 * n * i);
            }
        });
    }

    private static void threefry(int[] key, int at, int first, int n, int[] words, int to) {
        for (int i = 0; i < n; i++) {
            long both = Random.threefry(key[at], key[at + 1], 0, first + i);
            words[to + 2 * i] = (int) (both >>> 32);
            words[to + 2 * i + 1] = (int) both;
        }
    }

    /// Draws `each` numbers from each of several keys, the pieces of all shared among the workers.
    private static void random(
            Equation eq, Op.Distribution distribution, int from, int to, int each, List<Step> steps) {
        int keys = shapeIn(eq).count() / 2;
        int pieces = Math.max(1, each / ALONE);
        int piece = (each + pieces - 1) / pieces;
        Frame.Shared part = (f, index, parts) -> {
            int[] words = f.ints(from);
            int end = (int) ((long) keys * pieces * (index + 1) / parts);
            for (int i = (int) ((long) keys * pieces * index / parts); i < end; i++) {
                int key = f.offset[from] + 2 * (i / pieces);
                int first = i % pieces * piece;
                Random.draw(
                        distribution,
                        words[key],
                        words[key + 1],
                        f.data[to],
                        f.offset[to] + i / pieces * each,
                        first,
                        Math.min(each, first + piece));
            }
        };
        boolean alone = (long) keys * each < ALONE;
        steps.add(f -> f.share(part, alone ? 1 : Math.min(keys * pieces, f.workers.size())));
    }

    /// The slot of what the rows of a tensor work on, where that says which of them count; else -1.
    private int atWork(Optional<Tokens.Work> work, Value v, List<Step> steps) {
        return planner.batch() > 1
                ? -1
                : work.filter(w -> w.isOf(v))
                        .map(w -> planner.slot(w.sequences(), steps))
                        .orElse(-1);
    }

    private static boolean isAtWork(Frame f, int sequences, int row) {
        return sequences < 0 || f.ints(sequences)[f.offset[sequences] + row] >= 0;
    }

    private void gather(Equation eq, int from, int index, int to, List<Step> steps) {
        Value table = eq.in().getFirst();
        Value out = eq.out().getFirst();
        int rows = shapeIn(eq).dim(0);
        int row = shapeIn(eq).drop(0).count();
        Shape indices = eq.in().get(1).type().shape();
        int n = indices.count() / planner.batch();
        int asked = indices.rank() == 1 ? atWork(planner.tokens().asked(out), out, steps) : -1;
        int zero = atWork(planner.tokens().zero(table), table, steps);
        // The rows of a packed batch go to the workers about as they do in the loop that reads them.
        int width = asked < 0 ? n : planner.tokens().asked(out).orElseThrow().batch();
        Frame.Shared part = (f, number, parts) -> {
            int together = width * f.rows;
            int first = (int) ((long) together * number / parts);
            int end = (int) ((long) together * (number + 1) / parts);
            for (int at = 0; at < n * f.rows; at += together) {
                gather(f, from, rows, row, index, at + first, at + end, to, asked, zero);
            }
        };
        steps.add(f -> f.share(part, parts(f, (long) n * f.rows * row, width * f.rows)));
    }

    /// Copies rows of a table.
    ///
    /// @param asked says which rows of the result anybody reads, or -1
    /// @param zero says which rows of the table are other than zero, or -1
    private static void gather(
            Frame f, int table, int rows, int row, int index, int first, int end, int to, int asked, int zero) {
        int[] at = f.ints(index);
        int next = first;
        for (int i = first; i < end; i++) {
            int r = at[f.offset[index] + i];
            if (r < 0 || r >= rows) {
                throw new IllegalArgumentException(
                        "gather: index " + r + " at position " + i + " lies outside a table of " + rows + " rows");
            }
            if (isAtWork(f, asked, i) && isAtWork(f, zero, r)) {
                clear(f, zero, to, next, i, row);
                next = i + 1;
                System.arraycopy(f.data[table], f.offset[table] + r * row, f.data[to], f.offset[to] + i * row, row);
            }
        }
        clear(f, zero, to, next, end, row);
    }

    /// Puts zeros in place of the rows that were not copied, unless nobody reads them.
    private static void clear(Frame f, int zero, int to, int first, int end, int row) {
        if (zero >= 0 && first < end) {
            Storage.zero(f.data[to], f.offset[to] + first * row, (end - first) * row);
        }
    }

    /// Adds rows to zeros. Where each goes to a row of its own, as when sequences are put in another order, they are
    /// copied, and the workers share them.
    private void scatter(Equation eq, int index, int updates, int rows, int to, List<Step> steps) {
        Value out = eq.out().getFirst();
        int n = shapeIn(eq).count();
        int row = shapeOut(eq).drop(0).count();
        int asked = atWork(planner.tokens().asked(out), out, steps);
        int taken = planner.fresh(Type.of(DType.I32, rows), rows);
        Frame.Shared copy = (f, part, parts) -> {
            int[] at = f.ints(index);
            int end = (int) ((long) n * (part + 1) / parts);
            for (int i = (int) ((long) n * part / parts); i < end; i++) {
                int r = at[f.offset[index] + i];
                if (isAtWork(f, asked, r)) {
                    System.arraycopy(
                            f.data[updates], f.offset[updates] + i * row, f.data[to], f.offset[to] + r * row, row);
                }
            }
        };
        steps.add(f -> {
            boolean isApart = areDistinct(f, index, n, rows, taken);
            if (!isApart || n < rows) {
                Storage.zero(f.data[to], f.offset[to], rows * row);
            }
            if (isApart) {
                f.share(copy, parts(f, (long) n * row, n));
                return;
            }
            int[] at = f.ints(index);
            for (int i = 0; i < n; i++) {
                int r = at[f.offset[index] + i];
                add(
                        planner.kernels,
                        f.data[updates],
                        f.offset[updates] + i * row,
                        f.data[to],
                        f.offset[to] + r * row,
                        row);
            }
        });
    }

    /// Says whether no two of so many indices are the same; throws if one is not that of a row.
    private static boolean areDistinct(Frame f, int index, int n, int rows, int taken) {
        Storage.zero(f.data[taken], f.offset[taken], rows);
        int[] marks = f.ints(taken);
        int[] at = f.ints(index);
        boolean distinct = true;
        for (int i = 0; i < n; i++) {
            int r = at[f.offset[index] + i];
            if (r < 0 || r >= rows) {
                throw new IllegalArgumentException(
                        "scatter: index " + r + " at position " + i + " lies outside " + rows + " rows");
            }
            distinct &= marks[f.offset[taken] + r]++ == 0;
        }
        return distinct;
    }

    static void add(Kernels kernels, Object x, int at, Object y, int to, int n) {
        switch (x) {
            case float[] a -> kernels.accumulate(a, at, (float[]) y, to, n);
            case double[] a -> kernels.accumulate(a, at, (double[]) y, to, n);
            default -> {
                for (int i = 0; i < n; i++) {
                    ((int[]) y)[to + i] += ((int[]) x)[at + i];
                }
            }
        }
    }
}
