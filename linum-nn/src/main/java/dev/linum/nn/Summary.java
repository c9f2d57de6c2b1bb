package dev.linum.nn;

import dev.linum.graph.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The variables of a model in a table: path, type, how each starts, and how many numbers it has.
///
/// @param rows one for each variable, in the order in which the model asks for them
public record Summary(List<Row> rows) {

    /// One variable.
    ///
    /// @param path with its collection, as in [Variables]
    /// @param initialiser the name of its [Init]; empty for state and for variables that were not made here
    public record Row(String path, Type type, String initialiser) {

        public long elements() {
            return type.shape().count();
        }

        boolean isTrained() {
            return Call.collection(path).equals(Variables.PARAMS);
        }
    }

    public Summary {
        rows = List.copyOf(rows);
    }

    static Summary of(Variables variables, Map<String, String> initialisers) {
        var rows = new ArrayList<Row>();
        variables
                .asMap()
                .forEach((path, tensor) -> rows.add(new Row(path, tensor.type(), initialisers.getOrDefault(path, ""))));
        return new Summary(rows);
    }

    /// Returns the number of trainable numbers.
    public long parameterCount() {
        return rows.stream().filter(Row::isTrained).mapToLong(Row::elements).sum();
    }

    /// Returns the number of trainable numbers of each part of the model, by the first name of its path.
    public Map<String, Long> parts() {
        var parts = new LinkedHashMap<String, Long>();
        for (Row row : rows) {
            String[] names = row.path().split("/");
            if (row.isTrained() && names.length > 2) {
                parts.merge(names[1], row.elements(), Long::sum);
            }
        }
        return parts;
    }

    @Override
    public String toString() {
        int path = width(rows.stream().map(Row::path).toList(), 10);
        int type = width(rows.stream().map(row -> row.type().toString()).toList(), 8);
        int initialiser = width(rows.stream().map(Row::initialiser).toList(), 11);
        String line = "%-" + path + "s  %-" + type + "s  %-" + initialiser + "s %";
        var lines = new ArrayList<String>();
        lines.add((line + "12s").formatted("variable", "type", "initialiser", "elements"));
        for (Row row : rows) {
            lines.add((line + ",12d").formatted(row.path(), row.type(), row.initialiser(), row.elements()));
        }
        parts().forEach((name, count) -> lines.add((line + ",12d").formatted("all of " + name, "", "", count)));
        lines.add((line + ",12d").formatted("trainable", "", "", parameterCount()));
        return String.join("\n", lines);
    }

    private static int width(List<String> texts, int least) {
        return Math.max(least, texts.stream().mapToInt(String::length).max().orElse(0));
    }
}
