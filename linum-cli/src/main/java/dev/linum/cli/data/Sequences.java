package dev.linum.cli.data;

import java.nio.file.Path;
import java.util.List;

/// The sequences of a file.
///
/// @param targets the texts of the target column that rows point to, in order of their first appearance
public record Sequences(Path source, List<Column> columns, List<String> targets, List<Sequence> all) {

    public Sequences {
        columns = List.copyOf(columns);
        targets = List.copyOf(targets);
        all = List.copyOf(all);
    }

    public int size() {
        return all.size();
    }

    /// Returns some of the sequences.
    public Sequences part(List<Sequence> some) {
        return new Sequences(source, columns, targets, some);
    }

    public int[] lengths() {
        return all.stream().mapToInt(Sequence::length).toArray();
    }
}
