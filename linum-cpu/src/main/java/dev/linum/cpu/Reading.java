package dev.linum.cpu;

import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import java.util.ArrayList;

/// How an operand of element-wise work is read over a grid of rows and columns.
///
/// A repeated or cut-out tensor need not be made: element (r, c) of it lies at
///
/// ```
///   FULL     offset + r * rowStep + c      the tensor itself, or columns of a wider one
///   ROW      offset + c                    the same row again and again
///   COLUMN   offset + r                    one number per row
///   SCALAR   offset                        one number
/// ```
///
/// @param columns the width of the grid this reading needs; 0 if it can do with any
record Reading(Mode mode, int columns, int offset, int rowStep) {

    enum Mode {
        FULL,
        ROW,
        COLUMN,
        SCALAR
    }

    /// The tensor itself.
    static final Reading WHOLE = new Reading(Mode.FULL, 0, 0, 0);

    /// Steps and batch in the other order: read by no grid.
    static final Reading TURNED = new Reading(Mode.FULL, -1, 0, 0);

    /// Says whether consecutive rows follow each other in memory.
    boolean isWhole() {
        return mode == Mode.FULL && columns == 0;
    }

    /// From one row to the next, over a grid of so many columns.
    int rowStep(int columns) {
        return switch (mode) {
            case FULL -> isWhole() ? columns : rowStep;
            case ROW, SCALAR -> 0;
            case COLUMN -> 1;
        };
    }

    /// How the result of a Broadcast can be read from its input; null if it cannot.
    static Reading of(Op.Broadcast op, Shape in) {
        int count = in.count();
        int total = op.shape().count();
        if (total == 0) {
            return null;
        }
        if (count == total) {
            return WHOLE;
        }
        if (count == 1) {
            return new Reading(Mode.SCALAR, 0, 0, 0);
        }
        var kept = new ArrayList<Boolean>();
        for (int axis = 0; axis < op.shape().rank(); axis++) {
            if (op.shape().dim(axis) != 1) {
                kept.add(op.axes().contains(axis));
            }
        }
        int changes = 0;
        for (int i = 1; i < kept.size(); i++) {
            changes += kept.get(i).equals(kept.get(i - 1)) ? 0 : 1;
        }
        if (changes != 1) {
            return null;
        }
        return kept.getFirst() ? new Reading(Mode.COLUMN, total / count, 0, 0) : new Reading(Mode.ROW, count, 0, 0);
    }

    /// How the result of a Slice can be read from its input; null if it cannot: it cuts one axis only, without gaps.
    static Reading of(Op.Slice op, Shape in) {
        int cut = -1;
        for (int axis = 0; axis < in.rank(); axis++) {
            int start = op.starts().get(axis);
            int stop = op.stops().get(axis);
            if (start == 0 && stop == in.dim(axis) && op.steps().get(axis) == 1) {
                continue;
            }
            if (cut >= 0 || op.steps().get(axis) != 1 && stop - start > 1 || stop == start) {
                return null;
            }
            cut = axis;
        }
        if (in.count() == 0) {
            return null;
        }
        if (cut < 0) {
            return WHOLE;
        }
        int rows = in.sub(0, cut).count();
        int inner = in.sub(cut + 1, in.rank()).count();
        int width = op.steps().get(cut) == 1 ? op.stops().get(cut) - op.starts().get(cut) : 1;
        int offset = op.starts().get(cut) * inner;
        return rows == 1
                ? new Reading(Mode.FULL, 0, offset, 0)
                : new Reading(Mode.FULL, width * inner, offset, in.dim(cut) * inner);
    }
}
