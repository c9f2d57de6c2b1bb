package dev.linum.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Whether a loop's body treats each sequence of a batch alone, so that any rows of the batch can be run without the
/// others.
///
/// ```
///            batch
///   carry   [ row 0 | row 1 | row 2 | row 3 ]        A value lies in memory as so many equal pieces, one for each
///   x_t     [ row 0 | row 1 | row 2 | row 3 ]        row, and every operation makes row r of its result from row r of
///               |       |       |       |            what it reads (and from what is the same for all rows).
///   carry'  [ row 0 | row 1 | row 2 | row 3 ]
/// ```
///
/// Then each worker takes some rows through all steps without waiting for the others, and a sequence that is over
/// costs nothing.
public final class Rows {

    /// Whether what is the same for all rows may be computed in the body.
    private enum Common {
        ALLOWED,
        REFUSED
    }

    private final int batch;
    private final Common common;
    private final Set<Value> rows = new HashSet<>();
    private final Set<Value> asRows = new HashSet<>();

    private Rows(int batch, Common common) {
        this.batch = batch;
        this.common = common;
    }

    /// Returns the values of a body that lie in rows; nothing if the body mixes rows, or there is but one and the loop
    /// leaves no rows out.
    public static Set<Value> of(Op.Scan scan, Graph body) {
        int batch = batch(scan, body);
        if (batch < (scan.leavesRowsOut() ? 1 : 2)) {
            return Set.of();
        }
        var all = new Rows(batch, Common.REFUSED);
        int known = -1;
        // A constant with the batch's size in front counts as rows once something reads it by rows.
        while (known < all.asRows.size()) {
            known = all.asRows.size();
            if (!all.walk(scan, body)) {
                return Set.of();
            }
        }
        return all.rows;
    }

    /// Says whether a body gives each sequence the same wherever it is in the batch, and whatever the others are
    /// at: no row reads another, nothing that the body reads from outside the loop belongs to one row, and
    /// nothing of a step to all rows.
    static boolean mayMove(Op.Scan scan, Graph body) {
        int batch = batch(scan, body);
        var all = new Rows(batch, Common.ALLOWED);
        List<Value> perStep =
                body.in().subList(scan.consts() + scan.carry(), body.in().size());
        return batch > 0
                && perStep.stream().allMatch(x -> leads(x, batch))
                && all.walk(scan, body)
                && all.asRows.isEmpty();
    }

    /// The size of the batch: what all carries have in front, or all inputs of a step if there is no carry.
    public static int batch(Op.Scan scan, Graph body) {
        List<Value> carry = body.in().subList(scan.consts(), scan.consts() + scan.carry());
        List<Value> from =
                carry.isEmpty() ? body.in().subList(scan.consts(), body.in().size()) : carry;
        int batch = 0;
        for (Value v : from) {
            Shape shape = v.type().shape();
            if (shape.rank() == 0 || batch != 0 && shape.dim(0) != batch) {
                return 0;
            }
            batch = shape.dim(0);
        }
        return batch;
    }

    private boolean walk(Op.Scan scan, Graph body) {
        rows.clear();
        rows.addAll(asRows);
        for (Value v : body.in().subList(scan.consts(), body.in().size())) {
            if (leads(v, batch)) {
                rows.add(v);
            }
        }
        for (Equation eq : body.equations()) {
            if (!equation(eq)) {
                return false;
            }
        }
        for (int i = 0; i < scan.carry() + scan.stacked(); i++) {
            Value out = body.out().get(i);
            boolean isConst = body.in().subList(0, scan.consts()).contains(out);
            if (isConst && leads(out, batch)) {
                asRows.add(out);
            } else if (!rows.contains(out)) {
                return false;
            }
        }
        return scan.sums() == 0;
    }

    private static boolean leads(Value v, int batch) {
        Shape shape = v.type().shape();
        return shape.rank() > 0 && shape.dim(0) == batch;
    }

    /// Whether the rows of a value can be told apart along its first axis.
    private boolean divides(Value v) {
        Shape shape = v.type().shape();
        return shape.rank() > 0 && shape.dim(0) % batch == 0;
    }

    /// Takes an equation into account; says whether it lets rows be told apart.
    private boolean equation(Equation eq) {
        if (eq.in().stream().noneMatch(rows::contains)) {
            return forAllRows(eq);
        }
        rows.addAll(eq.out());
        return keepsRowsApart(eq);
    }

    /// What is the same for all rows is not computed again by each worker: only numbers and views of it may stay.
    private boolean forAllRows(Equation eq) {
        Value out = eq.out().getFirst();
        return switch (eq.op()) {
            case Op.Constant _, Op.Iota _ -> !leads(out, batch);
            case Op.Broadcast op -> {
                if (leads(out, batch)) {
                    rows.add(out);
                    if (isAlongRows(op) && leads(eq.in().getFirst(), batch)) {
                        asRows.add(eq.in().getFirst());
                    }
                }
                yield true;
            }
            case Op.Reshape _, Op.StopGradient _ ->
                !asRows.contains(out) || byRows(eq.in().getFirst());
            case Op.Elementwise _,
                    Op.Cast _,
                    Op.Transpose _,
                    Op.Slice _,
                    Op.Pad _,
                    Op.Concat _,
                    Op.Reverse _,
                    Op.Reduce _,
                    Op.ArgMax _,
                    Op.MatMul _,
                    Op.Gather _,
                    Op.ScatterAdd _,
                    Op.Pack _,
                    Op.Threefry _,
                    Op.Random _,
                    Op.Scan _,
                    Op.Remat _ -> common == Common.ALLOWED;
        };
    }

    private static boolean isAlongRows(Op.Broadcast op) {
        return !op.axes().isEmpty() && op.axes().getFirst() == 0;
    }

    /// Whether row r of the result depends on row r of what is read and on what is the same for all rows.
    private boolean keepsRowsApart(Equation eq) {
        List<Value> in = eq.in();
        Value first = in.getFirst();
        return switch (eq.op()) {
            case Op.Reshape _, Op.StopGradient _ -> true;
            case Op.Elementwise _, Op.Cast _ -> in.stream().allMatch(this::byRows);
            case Op.Broadcast op -> isAlongRows(op) && divides(first);
            case Op.Transpose(List<Integer> order) -> divides(first) && order.getFirst() == 0;
            case Op.Slice s ->
                divides(first)
                        && s.starts().getFirst() == 0
                        && s.steps().getFirst() == 1
                        && s.stops().getFirst() == first.type().shape().dim(0);
            case Op.Pad p ->
                divides(first)
                        && p.low().getFirst() == 0
                        && p.high().getFirst() == 0
                        && p.inner().getFirst() == 0;
            case Op.Concat(int axis) -> axis != 0 && in.stream().allMatch(v -> byRows(v) && divides(v));
            case Op.Reverse(int axis) -> axis != 0 && divides(first);
            case Op.Reduce(Op.Reduce.Kind _, List<Integer> axes) -> !axes.contains(0) && divides(first);
            case Op.ArgMax(int axis) -> axis != 0 && divides(first);
            case Op.MatMul m -> {
                boolean tall = first.type().shape().rank() == 2;
                boolean right = rows.contains(in.get(1));
                yield rows.contains(first)
                        && divides(first)
                        && (tall ? !m.transposeA() && !right : right && divides(in.get(1)));
            }
            case Op.Gather _ -> !rows.contains(first) && divides(in.get(1));
            case Op.Constant _,
                    Op.Iota _,
                    Op.ScatterAdd _,
                    Op.Pack _,
                    Op.Threefry _,
                    Op.Random _,
                    Op.Scan _,
                    Op.Remat _ -> false;
        };
    }

    /// Whether a value is read by rows here; a constant of the loop with the batch in front can be.
    private boolean byRows(Value v) {
        if (rows.contains(v)) {
            return true;
        }
        if (leads(v, batch)) {
            asRows.add(v);
            return true;
        }
        return false;
    }
}
