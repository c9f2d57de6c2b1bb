package dev.linum.cpu;

/// How rows and columns are cut into the blocks of a [RowProgram]: some whole rows, or a piece of one.
///
/// @param blockRows the rows of a block
/// @param piece the columns of a block, the last one of a row may have fewer
/// @param pieces the blocks that a row is cut into
/// @param blocks how many there are
record Grid(int rows, int columns, int blockRows, int piece, int pieces, int blocks) {

    /// Rows of so many columns are blocks of their own, so that pieces of wider rows are read where they lie.
    private static final int WIDE = 128;

    /// @param largest the elements of a block at most
    static Grid of(int rows, int columns, int largest) {
        int blockRows = blockRows(columns);
        int piece = blockRows > 1 ? columns : piece(columns, largest);
        int pieces = columns == 0 ? 0 : (columns + piece - 1) / piece;
        boolean isByRows = blockRows > 1 || columns == 0;
        int blocks = isByRows ? (rows + blockRows - 1) / blockRows : rows * pieces;
        return new Grid(rows, columns, blockRows, piece, pieces, blocks);
    }

    /// How many rows of so many columns make a block.
    static int blockRows(int columns) {
        return columns == 0 || columns >= WIDE ? 1 : RowProgram.BLOCK / columns;
    }

    /// About equal pieces, of whole vectors.
    private static int piece(int columns, int largest) {
        int most = Math.max(1, (columns + largest - 1) / largest);
        return Math.min(largest, ((columns + most - 1) / most + 15) / 16 * 16);
    }
}
