package dev.linum.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {

    @TempDir
    Path folder;

    private static void write(Path file, String text) throws IOException {
        WholeFile.of(file).write(out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private void assertNothingBeside(Path... files) throws IOException {
        try (var all = Files.list(folder)) {
            assertThat(all).containsExactlyInAnyOrder(files);
        }
    }

    @Test
    void anOlderFileStaysWhenWritingFails() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old");
        assertThatIOException()
                .isThrownBy(() -> WholeFile.of(file).write(out -> {
                    out.write(1);
                    throw new IOException("no more");
                }))
                .withMessage(file + " cannot be written: no more");
        assertThat(file).hasContent("old");
        assertNothingBeside(file);
        write(file, "new");
        assertThat(file).hasContent("new");
        assertNothingBeside(file);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void permissionsStay() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old");
        for (String permissions : new String[] {"rw-------", "rw-rw-rw-", "r--r--r--"}) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
            write(file, "new");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo(permissions);
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aLinkStaysAndTheFileThatItNamesIsWritten() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Path file = Files.writeString(inner.resolve("file"), "old");
        Path middle = Files.createSymbolicLink(inner.resolve("middle"), Path.of("file"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("inner/middle"));
        write(link, "new");
        assertThat(link).isSymbolicLink();
        assertThat(middle).isSymbolicLink();
        assertThat(file).isRegularFile().hasContent("new");

        Files.delete(file);
        write(link, "first");
        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("first");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void linksThatLeadNowhereAreSaid() throws IOException {
        Path circle = Files.createSymbolicLink(folder.resolve("circle"), Path.of("circle"));
        assertThatIOException()
                .isThrownBy(() -> WholeFile.of(circle))
                .withMessage(circle + " is a link that leads to no file");
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("none/file"));
        assertThatIOException()
                .isThrownBy(() -> write(link, "new"))
                .withMessage(folder.resolve("none/file") + " cannot be written: there is no folder "
                        + folder.resolve("none"));
        assertNothingBeside(circle, link);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aPipeIsWrittenStraightTo() throws Exception {
        Path pipe = folder.resolve("pipe");
        Process made = new ProcessBuilder("mkfifo", pipe.toString()).start();
        assertThat(made.waitFor()).isZero();
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("pipe"));
        for (Path named : new Path[] {pipe, link}) {
            var read = CompletableFuture.supplyAsync(() -> {
                try (var in = Files.newBufferedReader(pipe)) {
                    return in.readLine();
                } catch (IOException e) {
                    return e.toString();
                }
            });
            write(named, "new");
            assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo("new");
        }
        assertThat(Files.readAttributes(pipe, "isOther")).containsEntry("isOther", true);
        assertNothingBeside(pipe, link);
    }

    /// As a standard output is that goes to a file.
    @Test
    @EnabledOnOs(OS.LINUX)
    void aFileThatIsOpenIsAppendedTo() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old ");
        try (var open = new FileOutputStream(file.toFile(), true);
                var links = Files.list(Path.of("/proc/self/fd"))) {
            open.write("and ".getBytes(StandardCharsets.UTF_8));
            Path link = links.filter(fd -> names(fd, file)).findFirst().orElseThrow();
            write(link, "new");
            write(Files.createSymbolicLink(folder.resolve("link"), link), "er");
        }
        assertThat(file).hasContent("old and newer");
    }

    private static boolean names(Path link, Path file) {
        try {
            return Files.isSameFile(link, file);
        } catch (IOException e) {
            return false;
        }
    }
}
