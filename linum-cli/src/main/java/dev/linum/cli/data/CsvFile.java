package dev.linum.cli.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// A CSV file with a header and a row per step.
///
/// Cells are separated by commas, semicolons or tabs, whichever the header has most of.
///
/// @param names the header
/// @param sample the first rows, which decide the kinds of the columns
record CsvFile(Path path, Source source, char separator, List<String> names, List<List<String>> sample)
        implements DataFile {

    private static final int SAMPLE = 100;
    private static final Pattern QUOTED = Pattern.compile("(?<=^|[,;\t])\"(?:[^\"]++|\"\")*+\"");

    static CsvFile open(Path path, Source source) throws IOException {
        char separator = separator(path, source);
        try (CsvReader<CsvRecord> reader = reader(source, separator)) {
            Iterator<CsvRecord> records = reader.iterator();
            if (!records.hasNext()) {
                throw new IOException(path + " is empty; a line of column names and then a line per step are expected");
            }
            List<String> names = cells(records.next());
            var seen = new HashSet<String>();
            for (String name : names) {
                if (!seen.add(name)) {
                    throw new IOException(path + " has two columns called \"" + name + "\"; rename one");
                }
            }
            var sample = new ArrayList<List<String>>();
            while (records.hasNext() && sample.size() < SAMPLE) {
                sample.add(row(path, names, records.next()));
            }
            if (sample.isEmpty()) {
                throw new IOException(path + " has column names but no rows; a row per step is expected");
            }
            return new CsvFile(path, source, separator, names, sample);
        } catch (CsvParseException | UncheckedIOException e) {
            throw unreadable(path, e);
        }
    }

    private static char separator(Path path, Source source) throws IOException {
        try (BufferedReader lines = source.text()) {
            String header = withoutQuoted(Optional.ofNullable(lines.readLine()).orElse(""));
            char most = ',';
            for (char candidate : new char[] {';', '\t'}) {
                if (count(header, candidate) > count(header, most)) {
                    most = candidate;
                }
            }
            return most;
        } catch (CharacterCodingException e) {
            throw new IOException(path + " is no text in UTF-8; save it as CSV in UTF-8", e);
        }
    }

    /// Leaves out cells in quotes, which may hold any of the separators. Inside of them a quote is written twice.
    private static String withoutQuoted(String line) {
        return QUOTED.matcher(line).replaceAll("");
    }

    private static long count(String text, char wanted) {
        return text.chars().filter(c -> c == wanted).count();
    }

    private static CsvReader<CsvRecord> reader(Source source, char separator) throws IOException {
        return CsvReader.builder()
                .fieldSeparator(separator)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .allowUnclosedQuote(false)
                .allowExtraCharsAfterClosingQuote(false)
                .ofCsvRecord(source.text());
    }

    private static IOException unreadable(Path path, RuntimeException e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof CharacterCodingException
                ? new IOException(path + " is no text in UTF-8; save it as CSV in UTF-8", e)
                : new IOException(path + " cannot be read as CSV: " + cause.getMessage(), e);
    }

    private static List<String> cells(CsvRecord line) {
        return line.getFields().stream().map(String::strip).toList();
    }

    private static List<String> row(Path path, List<String> names, CsvRecord line) throws IOException {
        if (line.getFieldCount() != names.size()) {
            throw new IOException(path + ", line " + line.getStartingLineNumber() + ": found " + line.getFieldCount()
                    + " cells, but the first line names " + names.size() + " columns");
        }
        return cells(line);
    }

    @Override
    public Wanted wanted(Choice choice) throws IOException {
        String id = choice.id().orElse("id");
        if (!names.contains(id)) {
            throw new IOException(path + " has no column \"" + id
                    + "\" that tells sequences apart; name it with --id; there are " + DataFile.list(names));
        }
        String target = choice.target()
                .orElseThrow(() -> new IOException(
                        "name the column to predict with --target; " + path + " has " + DataFile.list(names)));
        check("--target", target);
        for (String name : choice.time().stream().toList()) {
            check("--time", name);
        }
        for (String name : choice.categorical()) {
            check("--categorical", name);
        }
        for (String name : choice.ignored()) {
            check("--ignore", name);
            checkUnused(name, id, choice);
        }
        var fields = new ArrayList<Wanted.Field>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            boolean feature = !name.equals(id)
                    && !name.equals(target)
                    && !choice.time().equals(Optional.of(name))
                    && !choice.ignored().contains(name);
            if (feature) {
                fields.add(new Wanted.Field(name, choice.categorical().contains(name) ? Kind.CATEGORICAL : kind(i)));
            }
        }
        if (fields.isEmpty()) {
            throw new IOException(path + " has no column to predict from besides "
                    + DataFile.list(names.stream()
                            .filter(name -> !choice.ignored().contains(name))
                            .toList()));
        }
        return new Wanted(id, choice.time(), Optional.of(target), fields);
    }

    private void check(String option, String name) throws IOException {
        if (!names.contains(name)) {
            throw new IOException(path + " has no column \"" + name + "\", which " + option + " names; there are "
                    + DataFile.list(names));
        }
    }

    private void checkUnused(String ignored, String id, Choice choice) throws IOException {
        String leavesOut = path + ": --ignore leaves out \"" + ignored + "\", but ";
        if (ignored.equals(id)) {
            throw new IOException(leavesOut + "it tells sequences apart; keep it, or name another column with --id");
        }
        var named = Optional.of(ignored);
        String option = choice.target().equals(named)
                ? "--target"
                : choice.time().equals(named)
                        ? "--time"
                        : choice.categorical().contains(ignored) ? "--categorical" : "";
        if (!option.isEmpty()) {
            throw new IOException(leavesOut + option + " names it too; name it in one of them");
        }
    }

    /// A column is text if none of the first rows has a number there; one number makes every text an error.
    private Kind kind(int column) throws IOException {
        List<String> filled = sample.stream()
                .map(row -> row.get(column))
                .filter(cell -> !cell.isEmpty())
                .toList();
        if (filled.isEmpty() || filled.stream().anyMatch(Numbers::isNumber)) {
            return Kind.NUMERIC;
        }
        if (filled.stream().allMatch(Numbers::hasDecimalComma)) {
            throw new IOException(path + ", column \"" + names.get(column) + "\": \"" + filled.getFirst()
                    + "\" has a decimal comma; write numbers with a point, or give --categorical " + names.get(column)
                    + " if the column holds categories");
        }
        return Kind.CATEGORICAL;
    }

    @Override
    public Sequences read(Wanted wanted) throws IOException {
        var rows = new CsvRows(path, names, wanted);
        try (CsvReader<CsvRecord> reader = reader(source, separator)) {
            Iterator<CsvRecord> records = reader.iterator();
            records.next();
            while (records.hasNext()) {
                CsvRecord record = records.next();
                rows.add(record.getStartingLineNumber(), row(path, names, record));
            }
        } catch (CsvParseException | UncheckedIOException e) {
            throw unreadable(path, e);
        }
        return rows.sequences();
    }
}
