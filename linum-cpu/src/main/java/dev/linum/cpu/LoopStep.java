package dev.linum.cpu;

import java.util.List;

/// Runs the steps of a loop's body so many times, with slots pointed elsewhere from step to step; see [Loops].
///
/// If the body treats each sequence of a batch alone, each worker takes some rows of the batch through all
/// steps, in a frame of its own over the same memory, and waits for nobody.
final class LoopStep implements Step {

    /// The fewest rows worth a worker: half of what a product does at once.
    private static final int FEWEST = 4;

    private static final long ALONE = 1 << 19;

    /// Says whether workers share the rows of a loop with so many multiplications.
    static boolean isShared(long work, int batch) {
        return work >= ALONE && batch >= 2 * FEWEST;
    }

    /// How a carried value goes from step to step.
    enum Kept {
        /// Written into the result and another buffer in turn, so that the last step writes the result.
        IN_TURN,
        /// Written into its place among the stacked outputs.
        STACKED,
        /// Stacked as it comes in: written where the next step's stacked value belongs.
        AHEAD,
        /// A view of something else: copied into the result and another buffer in turn.
        COPIED
    }

    /// How often the body runs, and over what.
    ///
    /// @param batch the rows that its steps can be run for, 1 if they cannot be told apart
    /// @param work the multiplications of all steps
    /// @param rows the slot of the number of rows at each step, -1 if all take part in all
    record Shape(int count, boolean reverse, int batch, long work, int rows) {}

    /// One carried value: the slots its body reads and writes, of its start and of its result.
    ///
    /// @param other the second buffer, or the stacked output if it is written ahead; of one among the outputs,
    ///     where it goes when rows join, -1 if none do
    /// @param row the size of one row of the batch
    record Carry(Kept kept, int in, int out, int first, int result, int other, int size, int row) {}

    /// A per-step value and the stacked one: read from it (xs), written to it (ys), or added to it (sums).
    ///
    /// @param size from one step's to the next's
    /// @param row from one row's to the next's, 0 if all rows have the same
    /// @param own whether the body's steps write it to its place; else it is copied or added after each step
    record Row(int body, int stacked, int size, int row, boolean own) {}

    private final Shape shape;
    private final Step[] before;
    private final Step[] steps;
    private final Carry[] carries;
    private final Row[] fixed;
    private final Row[] xs;
    private final Row[] ys;
    private final Row[] sums;
    private final int[] local;
    private final Kernels kernels;

    /// @param before what is done once, before the first step
    /// @param fixed constants that lie in rows
    /// @param local the slots that hold what one worker's steps leave for later steps of the same round
    LoopStep(
            Shape shape,
            List<Step> before,
            List<Step> steps,
            List<Carry> carries,
            List<Row> fixed,
            List<Row> xs,
            List<Row> ys,
            List<Row> sums,
            int[] local,
            Kernels kernels) {
        this.shape = shape;
        this.before = before.toArray(Step[]::new);
        this.steps = steps.toArray(Step[]::new);
        this.carries = carries.toArray(Carry[]::new);
        this.fixed = fixed.toArray(Row[]::new);
        this.xs = xs.toArray(Row[]::new);
        this.ys = ys.toArray(Row[]::new);
        this.sums = sums.toArray(Row[]::new);
        this.local = local;
        this.kernels = kernels;
    }

    @Override
    public void run(Frame f) {
        for (Row s : sums) {
            Storage.zero(f.data[s.stacked], f.offset[s.stacked], s.size);
            if (s.own) {
                point(f, s.body, s.stacked, 0);
            }
        }
        if (shape.count > 0) {
            for (Step step : before) {
                step.run(f);
            }
        }
        int parts = isShared(shape.work, shape.batch) ? Math.min(f.workers.size(), shape.batch / FEWEST) : 1;
        if (parts > 1) {
            int[] borders = borders(f, parts);
            Frame.Shared rows = (worker, index, count) -> part(worker, index, borders[index], borders[index + 1]);
            f.share(rows, parts);
        } else {
            int outer = f.rows;
            rows(f, 0, shape.batch);
            f.rows = outer;
        }
    }

    private void part(Frame f, int index, int first, int end) {
        Frame own = f.fork(index);
        for (int slot : local) {
            own.offset[slot] += first * (Storage.length(own.data[slot]) / shape.batch);
        }
        rows(own, first, end - first);
        own.leave();
    }

    /// The first row of each worker, and the end: so that all are done at about the same time.
    private int[] borders(Frame f, int parts) {
        long[] steps = stepsByRows(f);
        int[] borders = new int[parts + 1];
        for (int i = 1; i < parts; i++) {
            int first = borders[i - 1];
            // The further the border, the more this worker does and the less is left for each of the others.
            long least = Long.MAX_VALUE;
            for (int border = first; border <= shape.batch; border += 2) {
                long own = cost(steps, first, border);
                long others = cost(steps, border, shape.batch) / (parts - i);
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
        if (shape.rows < 0) {
            steps[shape.batch] = shape.count;
        } else {
            for (int t = 0; t < shape.count; t++) {
                steps[Math.clamp(f.ints(shape.rows)[f.offset[shape.rows] + t], 0, shape.batch)]++;
            }
        }
        return steps;
    }

    /// The time for some rows, about, in fifths of what one of many rows takes: tiles of a product have an even number
    /// of
    /// rows, and the weights have to come however few rows wait for them.
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
            point(f, c.in, c.first, first * c.row);
            if (c.kept == Kept.AHEAD && count > 0) {
                copy(f, c.in, c.other, (shape.reverse ? count - 1 : 0) * c.size + first * c.row, most * c.row);
            }
        }
        int before = shape.rows < 0 || count == 0 ? most : 0;
        for (int n = 0; n < count; n++) {
            int t = shape.reverse ? count - 1 - n : n;
            if (shape.rows >= 0) {
                int now = Math.clamp(f.ints(shape.rows)[f.offset[shape.rows] + t] - first, 0, most);
                change(f, first, most, n, t, before, now);
                before = now;
                f.rows = now;
            }
            if (f.rows > 0) {
                step(f, first, n, t);
            }
        }
        f.rows = most;
        for (Carry c : carries) {
            if (c.kept == Kept.STACKED || count == 0) {
                copy(f, c.in, c.result, first * c.row, before * c.row);
            }
        }
    }

    /// Lets rows drop out or join before step n, at time t. Their carry waits in the result.
    private void change(Frame f, int first, int most, int n, int t, int before, int now) {
        for (Carry c : carries) {
            if (n == 0) {
                move(f, c, c.first, first + now, c.result, first + now, most - now);
            }
            boolean drop = n > 0 && now < before;
            boolean join = n > 0 && now > before;
            switch (c.kept) {
                case IN_TURN, COPIED -> {
                    int at = n == 0 ? c.first : isEven(n - 1) ? c.result : c.other;
                    if (drop && at != c.result) {
                        move(f, c, at, first + now, c.result, first + now, before - now);
                    } else if (join && at != c.result) {
                        move(f, c, c.result, first + before, at, first + before, now - before);
                    }
                    point(f, c.in, at, first * c.row);
                }
                case AHEAD -> {
                    int row = t * shape.batch + first;
                    if (drop) {
                        move(f, c, c.other, row + now, c.result, first + now, before - now);
                    } else if (join) {
                        move(f, c, c.result, first + before, c.other, row + before, now - before);
                    }
                    point(f, c.in, c.other, row * c.row);
                    Storage.zero(f.data[c.other], f.offset[c.other] + (row + now) * c.row, (most - now) * c.row);
                }
                case STACKED -> {
                    if (drop) {
                        move(f, c, c.in, now, c.result, first + now, before - now);
                    } else if (join) {
                        // Among the outputs of the step before, the rows that join stay zeros.
                        move(f, c, c.in, 0, c.other, first, before);
                        move(f, c, c.result, first + before, c.other, first + before, now - before);
                        point(f, c.in, c.other, first * c.row);
                    }
                }
            }
        }
        for (Row y : ys) {
            int place = f.offset[y.stacked] + t * y.size + (first + now) * y.row;
            Storage.zero(f.data[y.stacked], place, (most - now) * y.row);
        }
    }

    private static void move(Frame f, Carry c, int from, int row, int to, int toRow, int rows) {
        System.arraycopy(
                f.data[from], f.offset[from] + row * c.row, f.data[to], f.offset[to] + toRow * c.row, rows * c.row);
    }

    /// Says whether the step writes its carry to the result, as the last one does.
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
                point(f, c.out, even ? c.result : c.other, first * c.row);
            } else if (c.kept == Kept.AHEAD && isLast) {
                point(f, c.out, c.result, first * c.row);
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
                copy(f, c.out, even ? c.result : c.other, first * c.row, f.rows * c.row);
            }
        }
        for (Carry c : carries) {
            if (c.kept == Kept.COPIED) {
                point(f, c.in, even ? c.result : c.other, first * c.row);
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
