package dev.linum.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// Where data comes from and results go.
class ReadAndWrittenTest extends Commands {

    /// There nobody may make a file, root included.
    @Test
    @EnabledOnOs(OS.LINUX)
    void aPlaceThatCannotBeWrittenIsToldBeforeTheWork() throws IOException {
        Path data = file("data.csv", List.of("id,speed,label", "a,1,x", "b,2,y"));
        Ran ran = run("train", data, "--target", "label", "--save", "/proc/model");
        assertThat(ran.err())
                .isEqualTo("linum: --save /proc/model: nothing can be written in the folder /proc"
                        + System.lineSeparator());
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void whatIsReadIsNotReplaced() throws IOException {
        Path data = walks("walks.csv", 1);
        String before = Files.readString(data);
        Path other = Files.createLink(folder.resolve("other.csv"), data);
        for (Path save : List.of(data, other)) {
            Ran ran = run("train", data, "--target", "way", "--save", save);
            assertThat(ran.err())
                    .isEqualTo("linum: --save " + save + ": this is the same file as " + data
                            + ", which is read; give another" + System.lineSeparator());
            assertThat(ran.status()).isEqualTo(1);
        }
        Path test = walks("test.csv", 2);
        assertThat(run("train", data, "--target", "way", "--test", test, "--save", test)
                        .err())
                .contains("this is the same file as " + test);
        assertThat(data).hasContent(before);

        // Nothing is read, so neither the model nor the data need be any good.
        for (Path out : List.of(data, test)) {
            assertThat(run("predict", data, test, "--out", out).err())
                    .isEqualTo("linum: --out " + out + ": this is the same file as " + out + ", which is read; give"
                            + " another" + System.lineSeparator());
        }
        assertThat(data).hasContent(before);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void predictionsGoThroughLinksAndIntoPipes() throws Exception {
        Path walks = walks("walks.csv", 1);
        train(walks, "--target", "way", "--ignore", "sum,above,at", "--epochs", "1");
        Path out = Files.writeString(folder.resolve("out.csv"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), out);
        assertThat(run("predict", model(), walks, "--out", link).status()).isZero();
        assertThat(link).isSymbolicLink();
        assertThat(Files.readAllLines(out)).hasSize(81);

        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        var read = new ArrayList<String>();
        Thread reader = Thread.ofPlatform().start(() -> read.addAll(linesOf(pipe)));
        assertThat(run("predict", model(), walks, "--out", pipe).status()).isZero();
        reader.join(30_000);
        assertThat(read).isEqualTo(Files.readAllLines(out));
        assertThat(Files.isRegularFile(pipe)).isFalse();
    }

    @Test
    void dataComesFromStandardInputToo() throws IOException {
        Path walks = walks("walks.csv", 1);
        InputStream before = System.in;
        try {
            System.setIn(Files.newInputStream(walks));
            Ran ran = train(Path.of("-"), "--target", "way", "--ignore", "sum,above,at", "--epochs", "1");
            assertThat(ran.err()).isEmpty();
            assertThat(ran.out()).startsWith("standard input: 80 sequences");
            System.setIn(Files.newInputStream(walks));
            assertThat(predict(Path.of("-"))).hasSize(81);
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void predictionsThatGetLostAreAFailure() throws IOException {
        Path walks = walks("walks.csv", 1);
        train(walks, "--target", "way", "--ignore", "sum,above,at", "--epochs", "1");
        Ran full = runInto("No space left on device", "predict", model(), walks);
        assertThat(full.err())
                .isEqualTo("linum: standard output cannot be written to: No space left on device"
                        + System.lineSeparator());
        assertThat(full.status()).isEqualTo(1);
        Ran closed = runInto("Broken pipe", "predict", model(), walks);
        assertThat(closed.err()).isEmpty();
        assertThat(closed.status()).isZero();
        assertThat(runInto("No space left on device", "predict", "--colour").status())
                .isEqualTo(2);
    }

    /// Runs a command whose standard output fails.
    private static Ran runInto(String failure, Object... arguments) {
        var err = new StringWriter();
        var out = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(failure);
            }
        };
        int status = Main.run(
                new StandardOutput(out),
                Main.commandLine().setErr(new PrintWriter(err)),
                Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        return new Ran(status, "", err.toString());
    }

    private static List<String> linesOf(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
