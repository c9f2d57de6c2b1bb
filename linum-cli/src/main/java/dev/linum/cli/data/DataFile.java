package dev.linum.cli.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/// A file of sequences whose columns are known and whose rows have not been read yet.
public sealed interface DataFile permits CsvFile, TsFile {

    Path DASH = Path.of("-");

    /// Opens a file: `.ts` is the format of sktime and the UEA archive, everything else is CSV. A file `-` is
    /// standard input.
    ///
    /// @throws IOException in one sentence that names the file
    static DataFile open(Path path) throws IOException {
        if (path.equals(DASH)) {
            return CsvFile.open(Path.of("standard input"), Source.of(System.in));
        }
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        if (Files.isDirectory(path)) {
            throw new IOException(path + " is a folder; give a file");
        }
        Source source = Source.of(path);
        return path.toString().toLowerCase(Locale.ROOT).endsWith(".ts")
                ? TsFile.open(path, source)
                : CsvFile.open(path, source);
    }

    /// Returns what messages call it.
    Path path();

    /// Decides which columns are read as what.
    ///
    /// @throws IOException if a column that the user names is not there
    Wanted wanted(Choice choice) throws IOException;

    /// Reads all rows.
    ///
    /// @throws IOException in one sentence that names file, line and column
    Sequences read(Wanted wanted) throws IOException;

    /// Lists names for a message.
    static String list(Collection<String> names) {
        String some = names.stream().limit(20).map(name -> "\"" + name + "\"").collect(Collectors.joining(", "));
        return names.size() > 20 ? some + " and " + (names.size() - 20) + " more" : some;
    }
}
