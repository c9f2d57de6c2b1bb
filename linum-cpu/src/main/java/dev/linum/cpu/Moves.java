package dev.linum.cpu;

import dev.linum.graph.Equation;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Value;
import java.util.List;

/// Plans the steps that move, gather, reduce or draw numbers.
final class Moves {

    private static final int ALONE = 16384;

    private final Planner planner;

    Moves(Planner planner) {
        this.planner = planner;
    }

    private static void copy(Strided.Copy copy, int from, int to, List<Step> steps) {
        steps.add(f -> copy.run(f.data[from], f.offset[from], f.data[to], f.offset[to]));
    }

    void plan(Equation eq, List<Step> steps) {
        int[] in = planner.slots(eq, steps);
        Value out = eq.out().getFirst();
        Shape shape = eq.in().getFirst().type().shape();
        int[] dims = shape.toArray();
        int[] strides = Strided.strides(dims);
        int to = planner.allocate(out);
        int[] outDims = out.type().shape().toArray();
        int[] outStrides = Strided.strides(outDims);
        int count = out.type().shape().count();
        int from = in[0];
        switch (eq.op()) {
            case Op.Broadcast op -> {
                var repeated = new int[outDims.length];
                for (int i = 0; i < strides.length; i++) {
                    repeated[op.axes().get(i)] = strides[i];
                }
                if (count > 0) {
                    copy(Strided.Copy.of(outDims, repeated, 0, outStrides, 0), from, to, steps);
                }
            }
            case Op.Transpose(List<Integer> order) -> {
                var reordered = order.stream().mapToInt(axis -> strides[axis]).toArray();
                copy(Strided.Copy.of(outDims, reordered, 0, outStrides, 0), from, to, steps);
            }
            case Op.Slice(List<Integer> starts, List<Integer> stops, List<Integer> by) -> {
                var stepped = new int[dims.length];
                int offset = 0;
                for (int i = 0; i < dims.length; i++) {
                    stepped[i] = strides[i] * by.get(i);
                    offset += strides[i] * starts.get(i);
                }
                if (count > 0) {
                    copy(Strided.Copy.of(outDims, stepped, offset, outStrides, 0), from, to, steps);
                }
            }
            case Op.Pad(List<Integer> low, List<Integer> high, List<Integer> inner) -> {
                var spread = new int[dims.length];
                int offset = 0;
                for (int i = 0; i < dims.length; i++) {
                    spread[i] = outStrides[i] * (inner.get(i) + 1);
                    offset += outStrides[i] * low.get(i);
                }
                steps.add(f -> Storage.zero(f.data[to], f.offset[to], count));
                if (shape.count() > 0) {
                    copy(Strided.Copy.of(dims, strides, 0, spread, offset), from, to, steps);
                }
            }
            case Op.Concat(int axis) -> {
                int offset = 0;
                for (int i = 0; i < in.length; i++) {
                    int[] part = eq.in().get(i).type().shape().toArray();
                    if (eq.in().get(i).type().shape().count() > 0) {
                        copy(Strided.Copy.of(part, Strided.strides(part), 0, outStrides, offset), in[i], to, steps);
                    }
                    offset += part[axis] * outStrides[axis];
                }
            }
            case Op.Reverse(int axis) -> {
                var turned = strides.clone();
                turned[axis] = -strides[axis];
                if (count > 0) {
                    int last = (dims[axis] - 1) * strides[axis];
                    copy(Strided.Copy.of(dims, turned, last, outStrides, 0), from, to, steps);
                }
            }
            case Op.Reduce reduce -> {
                var reduction = Reduction.of(reduce, dims);
                steps.add(f -> reduction.run(planner.kernels, f.data[from], f.offset[from], f.data[to], f.offset[to]));
            }
            case Op.ArgMax(int axis) -> {
                int outer = shape.sub(0, axis).count();
                int inner = shape.sub(axis + 1, shape.rank()).count();
                steps.add(f -> Reduction.argMax(
                        f.data[from], f.offset[from], outer, dims[axis], inner, f.ints(to), f.offset[to]));
            }
            case Op.Gather _ -> {
                int row = shape.drop(0).count();
                int n = eq.in().get(1).type().shape().count();
                steps.add(f -> gather(f, from, dims[0], row, in[1], n, to));
            }
            case Op.ScatterAdd(int rows) -> {
                int row = out.type().shape().drop(0).count();
                int n = shape.count();
                steps.add(f -> scatter(f, from, n, in[1], rows, row, to));
            }
            case Op.Threefry(int first, int n) ->
                steps.add(f -> {
                    int[] key = f.ints(from);
                    int at = f.offset[from];
                    int[] words = f.ints(to);
                    for (int i = 0; i < n; i++) {
                        long both = Random.threefry(key[at], key[at + 1], 0, first + i);
                        words[f.offset[to] + 2 * i] = (int) (both >>> 32);
                        words[f.offset[to] + 2 * i + 1] = (int) both;
                    }
                });
            case Op.Random(Op.Distribution distribution, Shape _) -> random(distribution, from, to, count, steps);
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

    private void random(Op.Distribution distribution, int from, int to, int count, List<Step> steps) {
        Workers workers = planner.workers;
        int parts = Math.max(1, Math.min(workers.size(), count / ALONE));
        int each = (count + parts - 1) / parts;
        steps.add(f -> {
            int[] key = f.ints(from);
            int k0 = key[f.offset[from]];
            int k1 = key[f.offset[from] + 1];
            workers.run(
                    parts,
                    p -> Random.draw(
                            distribution, k0, k1, f.data[to], f.offset[to], p * each, Math.min(count, (p + 1) * each)));
        });
    }

    private static void gather(Frame f, int table, int rows, int row, int index, int n, int to) {
        int[] at = f.ints(index);
        for (int i = 0; i < n; i++) {
            int r = at[f.offset[index] + i];
            if (r < 0 || r >= rows) {
                throw new IllegalArgumentException(
                        "gather: index " + r + " at position " + i + " lies outside a table of " + rows + " rows");
            }
            System.arraycopy(f.data[table], f.offset[table] + r * row, f.data[to], f.offset[to] + i * row, row);
        }
    }

    private void scatter(Frame f, int index, int n, int updates, int rows, int row, int to) {
        Storage.zero(f.data[to], f.offset[to], rows * row);
        int[] at = f.ints(index);
        for (int i = 0; i < n; i++) {
            int r = at[f.offset[index] + i];
            if (r < 0 || r >= rows) {
                throw new IllegalArgumentException(
                        "scatter: index " + r + " at position " + i + " lies outside " + rows + " rows");
            }
            add(planner.kernels, f.data[updates], f.offset[updates] + i * row, f.data[to], f.offset[to] + r * row, row);
        }
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
