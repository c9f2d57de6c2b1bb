package dev.linum.cli.data;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Bytes that are read from their beginning as often as one likes.
interface Source {

    char BYTE_ORDER_MARK = '\uFEFF';

    InputStream open() throws IOException;

    /// Leaves a file where it is, and reads what is none at once, such as a pipe: it comes only once.
    static Source of(Path path) throws IOException {
        if (Files.isRegularFile(path)) {
            return () -> Files.newInputStream(path);
        }
        try (var in = new FileInputStream(path.toFile())) {
            return of(in);
        }
    }

    static Source of(InputStream in) throws IOException {
        byte[] bytes = in.readAllBytes();
        return () -> new ByteArrayInputStream(bytes);
    }

    /// Reads text in UTF-8, less a byte order mark; what is no such text is an error.
    default BufferedReader text() throws IOException {
        var text = new BufferedReader(new InputStreamReader(open(), StandardCharsets.UTF_8.newDecoder()));
        text.mark(1);
        if (text.read() != BYTE_ORDER_MARK) {
            text.reset();
        }
        return text;
    }
}
