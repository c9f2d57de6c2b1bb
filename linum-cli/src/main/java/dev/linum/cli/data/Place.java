package dev.linum.cli.data;

import java.io.IOException;
import java.nio.file.Path;

/// A cell of a file, for messages.
record Place(Path file, long line, String column) {

    IOException error(String what) {
        return new IOException(file + ", line " + line + ", column \"" + column + "\": " + what);
    }

    /// Reads a finite number.
    ///
    /// @param training whether there are options to read the column otherwise
    double number(String text, boolean training) throws IOException {
        if (text.isEmpty()) {
            throw error(
                    training
                            ? "the cell is empty; fill it in, leave the row out, or leave the column out with --ignore"
                            : "the cell is empty; fill it in, or leave the row out");
        }
        return Numbers.parse(text)
                .orElseThrow(() -> error(
                        training
                                ? "\"" + text + "\" is no number; correct it, or give --categorical " + column
                                        + " if the column holds categories"
                                : "\"" + text + "\" is no number, but the model was trained with numbers; correct it"));
    }

    /// Reads a category.
    String category(String text) throws IOException {
        if (text.isEmpty()) {
            throw error("the cell is empty; write a category of its own for what is unknown, or leave the row out");
        }
        return text;
    }
}
