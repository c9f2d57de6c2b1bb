package dev.linum.cli;

import dev.linum.io.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file that a command makes.
///
/// @param option what the user names it with, such as "--save"
record OutputFile(String option, Path path) {

    /// Makes sure that the file can be written, before the work begins that leads to it.
    ///
    /// @param inputs what the command reads, which it must not replace
    /// @throws IOException in one sentence, if it cannot
    void check(Path... inputs) throws IOException {
        if (Files.isDirectory(path)) {
            throw error("this is a folder; give a file");
        }
        for (Path input : inputs) {
            if (Files.isRegularFile(path) && Files.exists(input) && Files.isSameFile(path, input)) {
                throw error("this is the same file as " + input + ", which is read; give another");
            }
        }
        WholeFile file = WholeFile.of(path);
        if (file.isStraight()) {
            if (!Files.isWritable(path)) {
                throw error("you may not write to this");
            }
            return;
        }
        Path folder = file.path().getParent();
        if (!Files.isDirectory(folder)) {
            throw error("there is no folder " + folder);
        }
        try {
            // Permissions do not tell: a disk may be read-only, and what root may do depends on the file system.
            Files.delete(Files.createFile(file.beside()));
        } catch (IOException e) {
            throw new IOException(
                    error("nothing can be written in the folder " + folder).getMessage(), e);
        }
    }

    /// Writes a text, all of it or nothing.
    void write(String text) throws IOException {
        WholeFile.of(path).write(out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private IOException error(String what) {
        return new IOException(option + " " + path + ": " + what);
    }
}
