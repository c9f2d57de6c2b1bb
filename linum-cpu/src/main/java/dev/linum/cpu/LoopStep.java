package dev.linum.cpu;

import java.util.Arrays;
import java.util.List;

/// Runs the steps of a loop's body so many times, with slots pointed elsewhere from step to step; see [LoopPlan].
///
/// If the body treats each sequence of a batch alone, each worker takes some rows of the batch through all
/// steps, in a frame of its own over the same memory, and waits for nobody.
final class LoopStep implements Step {

    /// The fewest rows worth a worker: half of what a product does at once.
    private static final int FEWEST = 4;

    private static final long ALONE = 1 << 19;

    /// So many numbers, a page of memory, lie between the rows of two workers in what their steps make: what both write
    /// to, or have fetched ahead, would go to and fro between them at every step.
    private static final int GAP = 1024;

    /// How many numbers all gaps between workers take.
    static int gaps(Workers workers) {
        return GAP * (workers.size() - 1);
    }

    /// Says whether workers share the rows of a loop with so many multiplications.
    static boolean isShared(long work, int batch) {
        return work >= ALONE && batch >= 2 * FEWEST;
    }

    /// The workers that share the rows of a loop.
    static int parts(long work, int batch, Workers workers) {
        return isShared(work, batch) ? Math.min(workers.size(), batch / FEWEST) : 1;
    }

    /// How a carried value goes from step to step.
    enum Kept {
        /// Written into the last one and another buffer in turn, so that the last step writes the last one.
        IN_TURN,
        /// Written into its place among the stacked outputs.
        STACKED,
        /// Stacked as it comes in: written where the next step's stacked value belongs.
        AHEAD,
        /// A view of something else: copied into the last one and another buffer in turn.
        COPIED
    }

    /// How often the body runs, and over what.
    ///
    /// @param batch the rows that its steps can be run for, 1 if they cannot be told apart
    /// @param work the multiplications of all steps
    /// @param together the steps of a [Window]
    /// @param sequences the slot of what each row works on at each step, -1 if that never changes
    /// @param named how many rows these are
    /// @param leavesOut whether rows that work on nothing need not be run
    record Shape(
            int count,
            boolean reverse,
            int batch,
            long work,
            int together,
            int sequences,
            int named,
            boolean leavesOut) {

        boolean isRagged() {
            return sequences >= 0;
        }
    }

    /// One carried value: the slots its body reads and writes, of its start and of its result.
    ///
    /// @param last where the last step writes: the result, unless that has the order of the sequences
    /// @param other the second buffer, or the stacked output if it is written ahead; of one among the outputs,
    ///     where it goes when another sequence begins, -1 if none does
    /// @param row the size of one row of the batch
    /// @param clear whether rows left out are set to zero among the outputs
    record Carry(
            Kept kept, int in, int out, int first, int result, int last, int other, int size, int row, boolean clear) {}

    /// A per-step value and the stacked one: read from it (xs), written to it (ys), or added to it (sums).
    ///
    /// @param size from one step's to the next's
    /// @param row from one row's to the next's, 0 if all rows have the same
    /// @param own whether the body's steps write it to its place; else it is copied or added after each step
    /// @param clear whether rows left out are set to zero, because somebody may read them
    record Row(int body, int stacked, int size, int row, boolean own, boolean clear) {}

    private final Shape shape;
    private final Step[] steps;
    private final Carry[] carries;
    private final Row[] fixed;
    private final Row[] xs;
    private final Window[] windows;
    private final Row[] ys;
    private final Row[] sums;
    private final int[] local;
    private final Kernels kernels;
    private final Speeds speeds;

    /// @param fixed constants that lie in rows
    /// @param local the slots that hold what one worker's steps leave for later steps of the same round
    LoopStep(
            Shape shape,
            List<Step> steps,
            List<Carry> carries,
            List<Row> fixed,
            List<Row> xs,
            List<Window> windows,
            List<Row> ys,
            List<Row> sums,
            int[] local,
            Kernels kernels) {
        this.shape = shape;
        this.steps = steps.toArray(Step[]::new);
        this.carries = carries.toArray(Carry[]::new);
        this.fixed = fixed.toArray(Row[]::new);
        this.xs = xs.toArray(Row[]::new);
        this.windows = windows.toArray(Window[]::new);
        this.ys = ys.toArray(Row[]::new);
        this.sums = sums.toArray(Row[]::new);
        this.local = local;
        this.kernels = kernels;
        this.speeds = new Speeds(Math.max(1, shape.batch / FEWEST));
    }

    @Override
    public void run(Frame f) {
        for (Row s : sums) {
            Storage.zero(f.data[s.stacked], f.offset[s.stacked], s.size);
            if (s.own) {
                point(f, s.body, s.stacked, 0);
            }
        }
        if (shape.isRagged()) {
            check(f);
            // Of sequences without steps it stays so.
            for (Carry c : carries) {
                copy(f, c.first, c.result, 0, c.size);
            }
        }
        int parts = parts(shape.work, shape.batch, f.workers);
        if (parts > 1) {
            long[] steps = stepsByRows(f);
            int[] borders = borders(steps, parts);
            var nanos = new long[parts];
            Frame.Shared rows = (worker, index, count) -> {
                long begin = System.nanoTime();
                part(worker, index, borders[index], borders[index + 1]);
                nanos[index] = System.nanoTime() - begin;
            };
            f.share(rows, parts);
            var work = new double[parts];
            Arrays.setAll(work, i -> cost(steps, borders[i], borders[i + 1]));
            speeds.saw(work, nanos);
        } else {
            int outer = f.rows;
            rows(f, 0, shape.batch);
            f.rows = outer;
        }
    }

    private void part(Frame f, int index, int first, int end) {
        Frame own = f.fork(index);
        for (int slot : local) {
            int row = (Storage.length(own.data[slot]) - gaps(f.workers)) / shape.batch;
            own.offset[slot] += first * row + index * GAP;
        }
        rows(own, first, end - first);
        own.leave();
    }

    /// The first row of each worker, and the end: so that all are done at about the same time.
    private int[] borders(long[] steps, int parts) {
        int[] borders = new int[parts + 1];
        for (int i = 1; i < parts; i++) {
            int first = borders[i - 1];
            // The further the border, the more this worker does and the less is left for each of the others.
            double least = Double.MAX_VALUE;
            for (int border = first; border <= shape.batch; border += 2) {
                double own = cost(steps, first, border) / speeds.of(i - 1);
                double others = cost(steps, border, shape.batch) / speeds.from(i, parts);
                if (Math.max(own, others) < least) {
                    least = Math.max(own, others);
                    borders[i] = border;
                }
                if (own >= others) {
                    break;
                }
            }
        }
        borders[parts] = shape.batch;
        return borders;
    }

    /// How many steps have so many rows at work.
    private long[] stepsByRows(Frame f) {
        long[] steps = new long[shape.batch + 1];
        if (!shape.leavesOut) {
            steps[shape.batch] = shape.count;
        } else {
            for (int t = 0; t < shape.count; t++) {
                steps[atWork(f.ints(shape.sequences), names(f, t), shape.named)]++;
            }
        }
        return steps;
    }

    /// The time for some rows, about, in fifths of what one of many rows takes: tiles of a product have an even
    /// number of rows, and the weights have to come however few rows wait for them.
    private static long cost(long[] steps, int first, int end) {
        long sum = 0;
        for (int n = first + 1; n < steps.length; n++) {
            int rows = Math.min(n, end) - first;
            sum += rows <= 0 ? 0 : steps[n] * (5 * Math.max(4, rows + rows % 2) + 7);
        }
        return sum;
    }

    /// Runs all steps for some rows of the batch, from row `first` on.
    private void rows(Frame f, int first, int most) {
        int count = shape.count;
        f.rows = most;
        for (Row c : fixed) {
            point(f, c.body, c.stacked, first * c.row);
        }
        for (Carry c : carries) {
            if (!shape.isRagged()) {
                point(f, c.in, c.first, first * c.row);
                if (c.kept == Kept.AHEAD && count > 0) {
                    copy(f, c.in, c.other, (shape.reverse ? count - 1 : 0) * c.size + first * c.row, most * c.row);
                }
            }
        }
        int end = 0;
        int before = 0;
        for (int n = 0; n < count; n++) {
            int t = time(n);
            if (shape.leavesOut && n > 0 && most > 0 && name(f, n, first) < 0 && name(f, n - 1, first) < 0) {
                clear(f, first, most, 0, t);
                continue;
            }
            if (shape.isRagged()) {
                sequences(f, first, most, n);
            }
            if (f.rows > 0) {
                if (n >= end) {
                    end = Math.min(count, n + shape.together);
                    before = 0;
                    open(f, first, most, n, end);
                }
                for (Window w : windows) {
                    point(f, w.part(), w.parts(), before * w.row());
                }
                before += f.rows;
                step(f, first, n, t);
            }
        }
        f.rows = most;
        for (Carry c : carries) {
            if (shape.isRagged()) {
                end(f, c, first, most, count);
            } else if (c.kept == Kept.STACKED || count == 0) {
                copy(f, c.in, c.result, first * c.row, most * c.row);
            }
        }
    }

    /// Computes what windows have for some steps.
    private void open(Frame f, int first, int most, int begin, int end) {
        for (Window w : windows) {
            int rows = 0;
            for (int n = begin; n < end; n++) {
                int t = time(n);
                int now = shape.leavesOut ? atWork(f.ints(shape.sequences), names(f, t) + first, most) : most;
                w.gather(f, t * w.x().size() + first * w.x().row(), rows, now);
                rows += now;
            }
            w.product().run(f, rows);
        }
    }

    /// The time of the n-th step.
    private int time(int n) {
        return shape.reverse ? shape.count - 1 - n : n;
    }

    // ---- sequences that begin and end

    /// Where the names of the sequences at a time lie.
    private int names(Frame f, int t) {
        return f.offset[shape.sequences] + t * shape.named;
    }

    private void check(Frame f) {
        for (int i = 0; i < shape.count * shape.named; i++) {
            int name = f.ints(shape.sequences)[f.offset[shape.sequences] + i];
            if (name >= shape.named) {
                throw new IllegalArgumentException("scan: row " + i % shape.named + " works on sequence " + name
                        + " at step " + i / shape.named + ", but a batch of " + shape.named
                        + " has sequences 0 to " + (shape.named - 1));
            }
            if (name >= 0 && i % shape.named > 0 && f.ints(shape.sequences)[f.offset[shape.sequences] + i - 1] < 0) {
                throw new IllegalArgumentException("scan: row " + i % shape.named + " works on a sequence at step "
                        + i / shape.named + ", but the row before it on none; rows with none come last");
            }
        }
    }

    /// How many of n rows work on a sequence: those with none come last.
    static int atWork(int[] names, int at, int n) {
        int low = 0;
        int high = n;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (names[at + middle] >= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// What a row works on at the n-th step, -1 for nothing, as before the first step and after the last.
    private int name(Frame f, int n, int row) {
        return n < 0 || n >= shape.count ? -1 : f.ints(shape.sequences)[names(f, time(n)) + row];
    }

    /// How many rows have names here: if steps cannot take some rows, all of them.
    private int height(int most) {
        return shape.batch == 1 ? shape.named : most;
    }

    /// Lets sequences end before the n-th step, and others begin.
    private void sequences(Frame f, int first, int most, int n) {
        int height = height(most);
        int t = time(n);
        int now = shape.leavesOut ? atWork(f.ints(shape.sequences), names(f, t) + first, most) : height;
        boolean changes = n == 0;
        for (int r = 0; r < height && !changes; r++) {
            changes = name(f, n, first + r) != name(f, n - 1, first + r);
        }
        for (Carry c : carries) {
            if (changes) {
                end(f, c, first, most, n);
                begin(f, c, first, height, n);
            }
        }
        if (shape.leavesOut) {
            f.rows = now;
            clear(f, first, most, now, t);
        }
    }

    /// Sets to zero what somebody may read of the rows that are not at work.
    private void clear(Frame f, int first, int most, int now, int t) {
        for (Carry c : carries) {
            if (c.clear) {
                int place = f.offset[c.other] + t * c.size + (first + now) * c.row;
                Storage.zero(f.data[c.other], place, (most - now) * c.row);
            }
        }
        for (Row y : ys) {
            if (y.clear) {
                int place = f.offset[y.stacked] + t * y.size + (first + now) * y.row;
                Storage.zero(f.data[y.stacked], place, (most - now) * y.row);
            }
        }
    }

    /// Puts the carry of sequences that end before the n-th step to the results.
    private void end(Frame f, Carry c, int first, int most, int n) {
        for (int r = 0; r < height(most); r++) {
            int before = name(f, n - 1, first + r);
            if (before >= 0 && before != name(f, n, first + r)) {
                move(f, c, c.in, r, c.result, before, 1);
            }
        }
    }

    /// Takes the carry of sequences that begin at the n-th step from where they come in, once the others' lies where
    /// it may be written.
    private void begin(Frame f, Carry c, int first, int height, int n) {
        switch (c.kept) {
            case IN_TURN, COPIED -> point(f, c.in, isEven(n) ? c.other : c.last, first * c.row);
            case AHEAD -> point(f, c.in, c.other, time(n) * c.size + first * c.row);
            case STACKED -> {
                if (n > 0) {
                    move(f, c, c.in, 0, c.other, first, height);
                }
                point(f, c.in, c.other, first * c.row);
            }
        }
        for (int r = 0; r < height; r++) {
            int name = name(f, n, first + r);
            if (name >= 0 && name != name(f, n - 1, first + r)) {
                move(f, c, c.first, name, c.in, r, 1);
            } else if (name < 0 && n == 0) {
                Storage.zero(f.data[c.in], f.offset[c.in] + r * c.row, c.row);
            }
        }
    }

    private static void move(Frame f, Carry c, int from, int row, int to, int toRow, int rows) {
        System.arraycopy(
                f.data[from], f.offset[from] + row * c.row, f.data[to], f.offset[to] + toRow * c.row, rows * c.row);
    }

    // ---- one step

    /// Says whether the step writes its carry where the last one does.
    private boolean isEven(int n) {
        return (shape.count - 1 - n & 1) == 0;
    }

    private void step(Frame f, int first, int n, int t) {
        boolean isLast = n == shape.count - 1;
        boolean even = isEven(n);
        for (Row x : xs) {
            point(f, x.body, x.stacked, t * x.size + first * x.row);
        }
        for (Row y : ys) {
            if (y.own) {
                point(f, y.body, y.stacked, t * y.size + first * y.row);
            }
        }
        for (Carry c : carries) {
            if (c.kept == Kept.IN_TURN) {
                point(f, c.out, even ? c.last : c.other, first * c.row);
            } else if (c.kept == Kept.AHEAD && isLast) {
                point(f, c.out, c.last, first * c.row);
            } else if (c.kept == Kept.AHEAD) {
                point(f, c.out, c.other, (shape.reverse ? t - 1 : t + 1) * c.size + first * c.row);
            }
        }
        for (Step step : steps) {
            step.run(f);
        }
        for (Row y : ys) {
            if (!y.own) {
                copy(f, y.body, y.stacked, t * y.size + first * y.row, f.rows * y.row);
            }
        }
        for (Row s : sums) {
            if (!s.own) {
                Moves.add(kernels, f.data[s.body], f.offset[s.body], f.data[s.stacked], f.offset[s.stacked], s.size);
            }
        }
        // All copies before any carry moves on: one carry's new value may be another's old one.
        for (Carry c : carries) {
            if (c.kept == Kept.COPIED) {
                copy(f, c.out, even ? c.last : c.other, first * c.row, f.rows * c.row);
            }
        }
        for (Carry c : carries) {
            if (c.kept == Kept.COPIED) {
                point(f, c.in, even ? c.last : c.other, first * c.row);
            } else {
                f.set(c.in, f.data[c.out], f.offset[c.out]);
            }
        }
    }

    private static void point(Frame f, int slot, int to, int shift) {
        f.set(slot, f.data[to], f.offset[to] + shift);
    }

    private static void copy(Frame f, int from, int to, int shift, int n) {
        System.arraycopy(f.data[from], f.offset[from], f.data[to], f.offset[to] + shift, n);
    }
}
