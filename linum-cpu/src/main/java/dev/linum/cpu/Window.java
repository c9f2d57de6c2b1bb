package dev.linum.cpu;

import dev.linum.graph.Value;
import java.util.List;
import java.util.Map;

/// A product of what comes in at each step with a matrix that stays, computed for the next few steps at once.
///
/// ```
///   step      0    1    2  |  3    4    5  |
///   x W      =============   =============      one product of 3 x 16 rows
///   h U      ===  ===  ===   ===  ===  ===      one of 16 rows at each step, added to its part
/// ```
///
/// A step alone has few rows for each worker, so that `W` is read for every sixteen of them, and from the last cache if
/// it is large. All steps at once, before the loop, would write to memory what is read again much later. The parts of
/// a few steps stay in the second-level cache until they are read.
///
/// Rows are gathered from where they lie. So if windows alone read an input that has its batch in front, it is not
/// turned to have its steps in front.
///
/// @param part the slot of one step's part
/// @param parts the slot of all parts, one step's rows behind the other's
/// @param row the size of a row of a part
/// @param x what comes in
/// @param rows the slot of the rows that come in at these steps, side by side
/// @param size the size of such a row
/// @param product multiplies `rows` to `parts`
record Window(int part, int parts, int row, LoopStep.Row x, int rows, int size, Product product) {

    /// So many rows at once are worth it: whole tiles, which read a matrix as rarely as those of more rows.
    private static final int ROWS = 48;

    private static final int LONGEST = 8;

    /// Multiplies so many rows.
    interface Product {
        void run(Frame f, int rows);
    }

    /// The windows of a loop being planned.
    ///
    /// @param steps how many steps a window has, 1 for none
    /// @param xs what comes in at each step
    record All(int steps, Map<Value, LoopStep.Row> xs, List<Window> windows) {

        static final All NONE = new All(1, Map.of(), List.of());
    }

    /// How many steps a window has if a worker has so many rows at each.
    static int steps(int rows) {
        return Math.clamp((ROWS + rows - 1) / rows, 1, LONGEST);
    }

    /// Puts rows that come in at one step beside those of the steps before.
    ///
    /// @param at where the step's rows begin
    /// @param before how many rows the steps before have
    void gather(Frame f, int at, int before, int count) {
        Object from = f.data[x.stacked()];
        int first = f.offset[x.stacked()] + at;
        int to = f.offset[rows] + before * size;
        if (x.row() == size) {
            System.arraycopy(from, first, f.data[rows], to, count * size);
            return;
        }
        for (int r = 0; r < count; r++) {
            System.arraycopy(from, first + r * x.row(), f.data[rows], to + r * size, size);
        }
    }
}
