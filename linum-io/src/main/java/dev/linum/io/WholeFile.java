package dev.linum.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.UUID;

/// A file that is written beside its place and moved there when it is whole.
///
/// On failure an older file of that name stays as it was; on success its permissions stay. A symbolic link stays too,
/// and the file that it names is written. What is no regular file, such as a pipe, is written straight to.
///
/// @param path where it is, absolute, no symbolic link unless it is written straight to
/// @param isStraight whether it is written straight to
public record WholeFile(Path path, boolean isStraight) {

    private static final int MOST_LINKS = 40;

    /// Writes what a file is to hold.
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /// Finds out how a file is to be written.
    ///
    /// @throws IOException in one sentence, if it is a folder or a link without end
    public static WholeFile of(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder; give a file");
        }
        Path path = file.toAbsolutePath();
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            return new WholeFile(path, true);
        }
        for (int i = 0; Files.isSymbolicLink(path); i++) {
            if (isOpen(path)) {
                return new WholeFile(path, true);
            }
            if (i == MOST_LINKS) {
                throw new IOException(file + " is a link that leads to no file");
            }
            path = path.resolveSibling(Files.readSymbolicLink(path));
        }
        return new WholeFile(path, false);
    }

    /// Says whether a link stands for a file that a process has open: others write to it too, so it is not replaced.
    private static boolean isOpen(Path link) throws IOException {
        return link.getParent().toRealPath().startsWith("/proc");
    }

    /// Returns a place to write the file before it is moved to its own, another one each time.
    public Path beside() {
        return path.resolveSibling("." + path.getFileName() + "." + UUID.randomUUID() + ".part");
    }

    /// Writes the file.
    ///
    /// @throws IOException if there is no folder for it, or if writing fails
    public void write(Content content) throws IOException {
        if (isStraight) {
            // Nothing that others wrote is overwritten; a pipe has no end to append to and does not mind.
            try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.APPEND)) {
                writeTo(out, content);
            }
            return;
        }
        if (!Files.isDirectory(path.getParent())) {
            throw new IOException(path + " cannot be written: there is no folder " + path.getParent());
        }
        Path beside = beside();
        try {
            try (OutputStream out = Files.newOutputStream(beside, StandardOpenOption.CREATE_NEW)) {
                keepPermissions(beside);
                writeTo(out, content);
            }
            Files.move(beside, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    private void writeTo(OutputStream out, Content content) throws IOException {
        try {
            content.writeTo(out);
        } catch (IOException e) {
            throw new IOException(path + " cannot be written: " + e.getMessage(), e);
        }
    }

    private void keepPermissions(Path beside) throws IOException {
        boolean known = Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
        if (!known || !Files.exists(path)) {
            return;
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
        // Some file systems refuse to set them, even to what they are.
        if (!permissions.equals(Files.getPosixFilePermissions(beside))) {
            Files.setPosixFilePermissions(beside, permissions);
        }
    }
}
