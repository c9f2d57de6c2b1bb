package dev.linum.cli.data;

import java.util.List;

/// The steps of a sequence in their order.
public record Sequence(String id, List<Row> rows) {

    /// One step.
    ///
    /// @param line where it is in the file
    /// @param time the cell of the time column, or nothing
    /// @param features by column: the number, or the index of the category
    /// @param target the index of the target's text, -1 where no target is read
    public record Row(long line, String time, double[] features, int target) {}

    public Sequence {
        rows = List.copyOf(rows);
    }

    public int length() {
        return rows.size();
    }
}
