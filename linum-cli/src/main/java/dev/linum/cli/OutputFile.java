package dev.linum.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/// A file that a command makes.
///
/// @param option what the user names it with, such as "--save"
record OutputFile(String option, Path path) {

    /// Makes sure that the file can be written, before the work begins that leads to it.
    ///
    /// @throws IOException in one sentence, if it cannot
    void check() throws IOException {
        if (Files.isDirectory(path)) {
            throw error("this is a folder; give a file");
        }
        Path folder = path.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw error("there is no folder " + folder);
        }
        try {
            // Permissions do not tell: a disk may be read-only, and what root may do depends on the file system.
            Files.delete(Files.createFile(beside()));
        } catch (IOException e) {
            throw new IOException(
                    error("nothing can be written in the folder " + folder).getMessage(), e);
        }
    }

    /// Writes a text beside the file's place and moves it there.
    void write(String text) throws IOException {
        Path beside = beside();
        try {
            Files.writeString(beside, text);
            Files.move(beside, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    private Path beside() {
        return path.toAbsolutePath().resolveSibling("." + path.getFileName() + "." + UUID.randomUUID() + ".part");
    }

    private IOException error(String what) {
        return new IOException(option + " " + path + ": " + what);
    }
}
