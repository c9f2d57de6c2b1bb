package dev.linum.cli.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Gathers the rows of a CSV file into sequences.
final class CsvRows {

    private static final int ABSENT = -1;

    private final Path path;
    private final Wanted wanted;
    private final int id;
    private final int time;
    private final int target;
    private final int[] features;
    private final Times times = new Times();
    private final Dictionary targets = new Dictionary();
    private final List<Dictionary> categories;
    private final Map<String, TreeMap<Times.Time, List<Sequence.Row>>> sequences = new LinkedHashMap<>();

    /// @throws IOException if a column is not there
    CsvRows(Path path, List<String> names, Wanted wanted) throws IOException {
        this.path = path;
        this.wanted = wanted;
        id = position(names, wanted.id());
        time = wanted.time().isPresent() ? position(names, wanted.time().get()) : ABSENT;
        target = wanted.target().isPresent() ? position(names, wanted.target().get()) : ABSENT;
        features = new int[wanted.fields().size()];
        for (int i = 0; i < features.length; i++) {
            features[i] = position(names, wanted.fields().get(i).name());
        }
        categories = wanted.fields().stream().map(_ -> new Dictionary()).toList();
    }

    private int position(List<String> names, String name) throws IOException {
        if (!names.contains(name)) {
            throw new IOException(path + " has no column \"" + name + "\", which the model was trained with; there are "
                    + DataFile.list(names));
        }
        return names.indexOf(name);
    }

    void add(long line, List<String> cells) throws IOException {
        var numbers = new double[features.length];
        for (int i = 0; i < features.length; i++) {
            Wanted.Field field = wanted.fields().get(i);
            var place = new Place(path, line, field.name());
            String cell = cells.get(features[i]);
            numbers[i] = switch (field.kind()) {
                case NUMERIC -> place.number(cell, target != ABSENT);
                case CATEGORICAL -> categories.get(i).index(place.category(cell));
            };
        }
        String sequence = filled(line, wanted.id(), cells.get(id), "every row needs an id");
        int goal = target == ABSENT
                ? -1
                : targets.index(
                        filled(line, wanted.target().orElseThrow(), cells.get(target), "every row needs a target"));
        String moment = time == ABSENT ? "" : cells.get(time);
        Times.Time when = time == ABSENT
                ? Times.Time.NONE
                : times.parse(new Place(path, line, wanted.time().orElseThrow()), moment);
        sequences
                .computeIfAbsent(sequence, _ -> new TreeMap<>())
                .computeIfAbsent(when, _ -> new ArrayList<>())
                .add(new Sequence.Row(line, moment, numbers, goal));
    }

    private String filled(long line, String column, String cell, String need) throws IOException {
        if (cell.isEmpty()) {
            throw new Place(path, line, column).error("the cell is empty; " + need);
        }
        return cell;
    }

    Sequences sequences() {
        var columns = new ArrayList<Column>();
        for (int i = 0; i < features.length; i++) {
            Wanted.Field field = wanted.fields().get(i);
            columns.add(new Column(field.name(), field.kind(), categories.get(i).texts()));
        }
        var all = new ArrayList<Sequence>();
        // Rows of equal time stay in the file's order.
        sequences.forEach((name, rows) -> all.add(
                new Sequence(name, rows.values().stream().flatMap(List::stream).toList())));
        return new Sequences(path, columns, targets.texts(), all);
    }
}
