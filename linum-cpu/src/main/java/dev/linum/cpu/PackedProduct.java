package dev.linum.cpu;

/// A product with a right operand that was packed before.
///
/// In a loop whose workers go in step (see [LoopStep]) each of them computes some columns for all rows of the batch,
/// so that its part of a large packed matrix stays in its own cache.
///
/// @param m the rows of A for one row of the batch
/// @param isShared whether workers in step share the columns
record PackedProduct(
        Kernels kernels,
        int m,
        int n,
        int k,
        int a,
        int aRow,
        int aColumn,
        int packed,
        boolean add,
        int to,
        boolean isShared)
        implements Step {

    @Override
    public void run(Frame f) {
        kernels.multiplyPacked(
                m * f.rows,
                n,
                k,
                f.floats(a),
                f.offset[a],
                aRow,
                aColumn,
                f.floats(packed),
                0,
                add,
                f.floats(to),
                f.offset[to],
                n,
                f.workers);
    }

    /// Computes the columns of one of several workers, whose frame points to its own rows.
    void columns(Frame f, int index, int parts) {
        kernels.multiplyPiece(
                index,
                parts,
                m * f.all,
                n,
                k,
                f.floats(a),
                f.offset[a] - m * f.first * aRow,
                aRow,
                aColumn,
                f.floats(packed),
                0,
                add,
                f.floats(to),
                f.offset[to] - m * f.first * n,
                n);
    }
}
