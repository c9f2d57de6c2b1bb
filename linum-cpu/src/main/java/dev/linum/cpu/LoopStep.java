package dev.linum.cpu;

import java.util.List;

/// Runs the steps of a loop's body so many times, with slots pointed elsewhere from step to step; see [Loops].
final class LoopStep implements Step {

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

    /// One carried value: the slots its body reads and writes, of its start and of its result.
    ///
    /// @param other the second buffer, or the stacked output if it is written ahead
    record Carry(Kept kept, int in, int out, int first, int result, int other, int size) {}

    /// A per-step value and the stacked one: read from it (xs), written to it (ys), or added to it (sums).
    ///
    /// @param own whether the body's steps write it to its place; else it is copied or added after each step
    record Row(int body, int stacked, int size, boolean own) {}

    private final int count;
    private final boolean reverse;
    private final Step[] before;
    private final Step[] steps;
    private final Carry[] carries;
    private final Row[] xs;
    private final Row[] ys;
    private final Row[] sums;
    private final Kernels kernels;

    LoopStep(
            int count,
            boolean reverse,
            List<Step> before,
            List<Step> steps,
            List<Carry> carries,
            List<Row> xs,
            List<Row> ys,
            List<Row> sums,
            Kernels kernels) {
        this.count = count;
        this.reverse = reverse;
        this.before = before.toArray(Step[]::new);
        this.steps = steps.toArray(Step[]::new);
        this.carries = carries.toArray(Carry[]::new);
        this.xs = xs.toArray(Row[]::new);
        this.ys = ys.toArray(Row[]::new);
        this.sums = sums.toArray(Row[]::new);
        this.kernels = kernels;
    }

    @Override
    public void run(Frame f) {
        for (Carry c : carries) {
            point(f, c.in, c.first, 0);
            if (c.kept == Kept.AHEAD && count > 0) {
                copy(f, c.first, c.other, (reverse ? count - 1 : 0) * c.size, c.size);
            }
        }
        for (Row s : sums) {
            Storage.zero(f.data[s.stacked], f.offset[s.stacked], s.size);
            if (s.own) {
                point(f, s.body, s.stacked, 0);
            }
        }
        if (count > 0) {
            for (Step step : before) {
                step.run(f);
            }
        }
        for (int n = 0; n < count; n++) {
            step(f, n, reverse ? count - 1 - n : n);
        }
        for (Carry c : carries) {
            if (c.kept == Kept.STACKED || count == 0) {
                copy(f, c.in, c.result, 0, c.size);
            }
        }
    }

    private void step(Frame f, int n, int t) {
        boolean isLast = n == count - 1;
        boolean even = (count - 1 - n & 1) == 0;
        for (Row x : xs) {
            point(f, x.body, x.stacked, t * x.size);
        }
        for (Row y : ys) {
            if (y.own) {
                point(f, y.body, y.stacked, t * y.size);
            }
        }
        for (Carry c : carries) {
            if (c.kept == Kept.IN_TURN) {
                point(f, c.out, even ? c.result : c.other, 0);
            } else if (c.kept == Kept.AHEAD && isLast) {
                point(f, c.out, c.result, 0);
            } else if (c.kept == Kept.AHEAD) {
                point(f, c.out, c.other, (reverse ? t - 1 : t + 1) * c.size);
            }
        }
        for (Step step : steps) {
            step.run(f);
        }
        for (Row y : ys) {
            if (!y.own) {
                copy(f, y.body, y.stacked, t * y.size, y.size);
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
                copy(f, c.out, even ? c.result : c.other, 0, c.size);
            }
        }
        for (Carry c : carries) {
            point(f, c.in, c.kept != Kept.COPIED ? c.out : even ? c.result : c.other, 0);
        }
    }

    private static void point(Frame f, int slot, int to, int shift) {
        f.set(slot, f.data[to], f.offset[to] + shift);
    }

    private static void copy(Frame f, int from, int to, int shift, int n) {
        System.arraycopy(f.data[from], f.offset[from], f.data[to], f.offset[to] + shift, n);
    }
}
