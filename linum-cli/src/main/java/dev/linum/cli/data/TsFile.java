package dev.linum.cli.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// A file in the `.ts` format of sktime and the UEA archive: after `@data` a line per sequence.
///
/// A line is `dim 1:dim 2:...:target`, a dimension being `value,value,...`.
///
/// The dimensions become the columns `dim_1`, `dim_2`, ...; the target is called `class`, or `target` where
/// it is a number; a sequence's id is its number, from 1 on. Steps at the end where no dimension has a value
/// (`NaN` or `?`) are padding and are cut off.
///
/// @param header the lines before the data that start with `@`, in lower case
/// @param dimensions the number of dimensions of the first sequence
record TsFile(Path path, Source source, Map<String, String> header, int dimensions) implements DataFile {

    private static final String DATA = "@data";

    TsFile {
        header = Map.copyOf(header);
    }

    static TsFile open(Path path, Source source) throws IOException {
        try (BufferedReader lines = source.text()) {
            var header = new LinkedHashMap<String, String>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String text = line.strip();
                if (text.equalsIgnoreCase(DATA)) {
                    return new TsFile(path, source, header, dimensions(path, header, lines));
                }
                if (text.startsWith("@")) {
                    String[] words = text.toLowerCase(Locale.ROOT).split("\\s+", 2);
                    header.put(words[0], words.length > 1 ? words[1] : "");
                }
            }
            throw new IOException(path + " has no line @data, so it is no .ts file of time series");
        } catch (CharacterCodingException e) {
            throw new IOException(path + " is no text in UTF-8", e);
        }
    }

    private static int dimensions(Path path, Map<String, String> header, BufferedReader lines) throws IOException {
        if (header.getOrDefault("@timestamps", "false").equals("true")) {
            throw new IOException(path + " has time stamps, which are not read; write it as CSV and give --time");
        }
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (isSequence(line)) {
                int dimensions = line.split(":", -1).length - (hasTarget(header) ? 1 : 0);
                if (dimensions < 1) {
                    throw new IOException(
                            path + " has a first sequence without a colon, so values or target are missing;"
                                    + " a line is dim 1:dim 2:...:target");
                }
                return dimensions;
            }
        }
        throw new IOException(path + " has no sequences after @data");
    }

    private static boolean isSequence(String line) {
        return !line.isBlank() && !line.startsWith("#");
    }

    private static boolean hasTarget(Map<String, String> header) {
        return target(header).isPresent();
    }

    private static Optional<String> target(Map<String, String> header) {
        if (header.getOrDefault("@targetlabel", "false").startsWith("true")) {
            return Optional.of("target");
        }
        return header.getOrDefault("@classlabel", "false").startsWith("true") ? Optional.of("class") : Optional.empty();
    }

    private List<String> names() {
        return IntStream.rangeClosed(1, dimensions).mapToObj(i -> "dim_" + i).toList();
    }

    @Override
    public Wanted wanted(Choice choice) throws IOException {
        if (choice.id().isPresent()
                || choice.time().isPresent()
                || !choice.categorical().isEmpty()) {
            throw new IOException("--id, --time and --categorical are for CSV; " + path + " has a sequence per line");
        }
        String target = target(header)
                .orElseThrow(() -> new IOException(path + " has no @classLabel true, so there is nothing to learn"));
        if (!choice.target().orElse(target).equals(target)) {
            throw new IOException(path + " has no column \"" + choice.target().get()
                    + "\", which --target names; its only target is \"" + target + "\"");
        }
        for (String name : choice.ignored()) {
            if (!names().contains(name)) {
                throw new IOException(path + " has no column \"" + name + "\", which --ignore names; there are "
                        + DataFile.list(names()));
            }
        }
        List<Wanted.Field> fields = names().stream()
                .filter(name -> !choice.ignored().contains(name))
                .map(name -> new Wanted.Field(name, Kind.NUMERIC))
                .toList();
        if (fields.isEmpty()) {
            throw new IOException(path + " has no column left to predict from; --ignore names them all");
        }
        return new Wanted("id", Optional.empty(), Optional.of(target), fields);
    }

    @Override
    public Sequences read(Wanted wanted) throws IOException {
        var picked = new int[wanted.fields().size()];
        for (int i = 0; i < picked.length; i++) {
            picked[i] = names().indexOf(wanted.fields().get(i).name());
            if (picked[i] < 0) {
                throw new IOException(
                        path + " has no column \"" + wanted.fields().get(i).name()
                                + "\", which the model was trained with; there are " + DataFile.list(names()));
            }
        }
        if (wanted.target().isPresent() && !hasTarget(header)) {
            throw new IOException(path + " has no @classLabel true, so its sequences have no target");
        }
        var targets = new Dictionary();
        var all = new ArrayList<Sequence>();
        try (BufferedReader lines = source.text()) {
            long number = 1;
            while (!lines.readLine().strip().equalsIgnoreCase(DATA)) {
                number++;
            }
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (isSequence(line)) {
                    all.add(sequence(number, String.valueOf(all.size() + 1), line, picked, wanted, targets));
                }
            }
        }
        var columns = wanted.fields().stream()
                .map(field -> new Column(field.name(), field.kind(), List.of()))
                .toList();
        return new Sequences(path, columns, targets.texts(), all);
    }

    private Sequence sequence(long line, String id, String text, int[] picked, Wanted wanted, Dictionary targets)
            throws IOException {
        String[] parts = text.strip().split(":", -1);
        int expected = dimensions + (hasTarget(header) ? 1 : 0);
        if (parts.length != expected) {
            throw new IOException(path + ", line " + line + ": found " + parts.length
                    + " parts between colons, but the first sequence has " + expected);
        }
        var values = new ArrayList<String[]>();
        for (int i = 0; i < dimensions; i++) {
            values.add(parts[i].split(",", -1));
            if (values.get(i).length != values.getFirst().length) {
                throw new Place(path, line, names().get(i))
                        .error("found " + values.get(i).length + " steps, but dim_1 has " + values.getFirst().length);
            }
        }
        int steps = values.getFirst().length;
        while (steps > 0 && isPadding(values, steps - 1)) {
            steps--;
        }
        if (steps == 0) {
            throw new IOException(path + ", line " + line + ": the sequence has no steps");
        }
        int target = wanted.target().isPresent() ? targets.index(parts[dimensions].strip()) : -1;
        var rows = new ArrayList<Sequence.Row>();
        for (int step = 0; step < steps; step++) {
            var features = new double[picked.length];
            for (int i = 0; i < picked.length; i++) {
                String cell = values.get(picked[i])[step].strip();
                String column = wanted.fields().get(i).name();
                int at = step + 1;
                features[i] = Numbers.parse(cell)
                        .orElseThrow(() -> new Place(path, line, column)
                                .error("step " + at + " is \"" + cell + "\", which is no number; fill gaps in first"));
            }
            rows.add(new Sequence.Row(line, "", features, target));
        }
        return new Sequence(id, rows);
    }

    private static boolean isPadding(List<String[]> values, int step) {
        return values.stream().map(dimension -> dimension[step].strip()).allMatch(TsFile::isMissing);
    }

    private static boolean isMissing(String cell) {
        return cell.isEmpty() || cell.equals("?") || cell.equalsIgnoreCase("nan");
    }
}
