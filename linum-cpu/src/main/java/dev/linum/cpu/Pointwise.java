package dev.linum.cpu;

import dev.linum.graph.DType;
import dev.linum.graph.Equation;
import dev.linum.graph.Fn;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.List;

/// Plans element-wise steps over a grid of rows and columns; repeated operands are read in place.
final class Pointwise {

    /// Work below this many elements is not shared among threads.
    private static final int ALONE = 16384;

    private final Planner planner;

    Pointwise(Planner planner) {
        this.planner = planner;
    }

    private record Operand(int slot, Planner.Mode mode) {
        int offset(Frame f, int row, int columns) {
            return f.offset[slot]
                    + switch (mode) {
                        case FULL -> row * columns;
                        case COLUMN -> row;
                        case ROW, SCALAR -> 0;
                    };
        }

        /// Says whether all rows can be read as one.
        boolean isFlat() {
            return mode == Planner.Mode.FULL || mode == Planner.Mode.SCALAR;
        }

        boolean isNumber() {
            return mode == Planner.Mode.COLUMN || mode == Planner.Mode.SCALAR;
        }

        Whole.Operand strided(Frame f, int columns) {
            return new Whole.Operand(
                    f.data[slot],
                    f.offset[slot],
                    mode == Planner.Mode.FULL ? columns : mode == Planner.Mode.COLUMN ? 1 : 0,
                    isNumber() ? 0 : 1);
        }
    }

    /// Works on some rows.
    private interface Rows {
        void run(Frame f, int from, int to, int columns);
    }

    void plan(Fn fn, Equation eq, List<Step> steps) {
        Value out = eq.out().getFirst();
        int total = out.type().shape().count();
        int columns = 0;
        for (Value v : eq.in()) {
            Planner.Repeated r = planner.repeated(v);
            if (columns == 0 && r != null && r.mode() != Planner.Mode.SCALAR) {
                columns = r.columns();
            }
        }
        boolean isGrid = columns > 0;
        if (!isGrid) {
            columns = total;
        }
        var operands = new ArrayList<Operand>();
        for (int i = 0; i < eq.in().size(); i++) {
            Value v = eq.in().get(i);
            Planner.Repeated r = planner.repeated(v);
            boolean inPlace = r != null
                    && (r.mode() == Planner.Mode.SCALAR || r.columns() == columns)
                    && (fn.arity() > 1)
                    && !(fn.arity() == 2 && i == 1 && operands.getFirst().isNumber() && r.mode() != Planner.Mode.ROW);
            operands.add(
                    inPlace
                            ? new Operand(planner.slot(r.input(), steps), r.mode())
                            : new Operand(planner.slot(v, steps), Planner.Mode.FULL));
        }
        int to = planner.allocate(out);
        DType in = eq.in().getLast().type().dtype();
        Rows rows = in.isFloat() && !fn.isTest() && fn != Fn.SELECT
                ? numbers(Fun.valueOf(fn.name()), operands, to, in)
                : whole(fn, operands, to);
        if (total == 0) {
            return;
        }
        share(steps, rows, total / columns, columns, in.isFloat() && !isGrid && fn.arity() < 3 && !fn.isTest());
    }

    /// Runs all rows, in parts on several threads where it pays; a single row may be cut if every operand is full.
    private void share(List<Step> steps, Rows rows, int count, int columns, boolean cut) {
        Workers workers = planner.workers;
        long total = (long) count * columns;
        int parts = (int) Math.min(workers.size(), total / ALONE);
        if (parts <= 1) {
            steps.add(f -> rows.run(f, 0, count, columns));
        } else if (count >= parts) {
            int each = (count + parts - 1) / parts;
            steps.add(f -> workers.run(
                    parts, p -> rows.run(f, Math.min(count, p * each), Math.min(count, (p + 1) * each), columns)));
        } else if (cut && count == 1) {
            int each = (columns + parts - 1) / parts;
            steps.add(f -> workers.run(parts, p -> {
                int from = p * each;
                int width = Math.min(columns, from + each) - from;
                if (width == each) {
                    rows.run(f, p, p + 1, each);
                } else {
                    last(rows, f, from, width);
                }
            }));
        } else {
            steps.add(f -> rows.run(f, 0, count, columns));
        }
    }

    /// The last part of a row: as many rows of one element as fit, since `from` need not be a multiple of the width.
    private static void last(Rows rows, Frame f, int from, int width) {
        if (width > 0) {
            rows.run(f, from, from + width, 1);
        }
    }

    private Rows numbers(Fun fun, List<Operand> operands, int to, DType dtype) {
        Kernels k = planner.kernels;
        Operand a = operands.getFirst();
        if (operands.size() == 1) {
            return dtype == DType.F32
                    ? (f, from, end, columns) -> k.unary(
                            fun,
                            f.floats(a.slot),
                            f.offset[a.slot] + from * columns,
                            f.floats(to),
                            f.offset[to] + from * columns,
                            (end - from) * columns)
                    : (f, from, end, columns) -> k.unary(
                            fun,
                            f.doubles(a.slot),
                            f.offset[a.slot] + from * columns,
                            f.doubles(to),
                            f.offset[to] + from * columns,
                            (end - from) * columns);
        }
        Operand b = operands.get(1);
        boolean full = a.isFlat() && b.isFlat();
        if (dtype == DType.F32) {
            return (f, from, end, columns) -> {
                int step = full ? end - from : 1;
                int n = step * columns;
                for (int r = from; r < end; r += step) {
                    int o = f.offset[to] + r * columns;
                    int x = a.offset(f, r, columns);
                    int y = b.offset(f, r, columns);
                    if (a.isNumber()) {
                        k.scalarBinary(fun, f.floats(a.slot)[x], f.floats(b.slot), y, f.floats(to), o, n);
                    } else if (b.isNumber()) {
                        k.binaryScalar(fun, f.floats(a.slot), x, f.floats(b.slot)[y], f.floats(to), o, n);
                    } else {
                        k.binary(fun, f.floats(a.slot), x, f.floats(b.slot), y, f.floats(to), o, n);
                    }
                }
            };
        }
        return (f, from, end, columns) -> {
            int step = full ? end - from : 1;
            int n = step * columns;
            for (int r = from; r < end; r += step) {
                int o = f.offset[to] + r * columns;
                int x = a.offset(f, r, columns);
                int y = b.offset(f, r, columns);
                if (a.isNumber()) {
                    k.scalarBinary(fun, f.doubles(a.slot)[x], f.doubles(b.slot), y, f.doubles(to), o, n);
                } else if (b.isNumber()) {
                    k.binaryScalar(fun, f.doubles(a.slot), x, f.doubles(b.slot)[y], f.doubles(to), o, n);
                } else {
                    k.binary(fun, f.doubles(a.slot), x, f.doubles(b.slot), y, f.doubles(to), o, n);
                }
            }
        };
    }

    private static Rows whole(Fn fn, List<Operand> operands, int to) {
        return (f, from, end, columns) -> {
            Whole.Operand a = at(operands, 0, f, from, columns);
            Whole.Operand b = at(operands, 1, f, from, columns);
            Whole.Operand c = at(operands, 2, f, from, columns);
            Whole.apply(fn, a, b, c, f.data[to], f.offset[to] + from * columns, end - from, columns);
        };
    }

    private static Whole.Operand at(List<Operand> operands, int index, Frame f, int row, int columns) {
        if (index >= operands.size()) {
            return null;
        }
        Whole.Operand first = operands.get(index).strided(f, columns);
        return new Whole.Operand(first.data(), first.offset() + row * first.row(), first.row(), first.column());
    }
}
