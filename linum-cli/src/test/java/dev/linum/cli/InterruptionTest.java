package dev.linum.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.cli.model.ModelFile;
import dev.linum.io.Safetensors;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class InterruptionTest {

    @TempDir
    Path folder;

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void whoIsStoppedInTheMiddleKeepsTheBestModel() throws IOException, InterruptedException {
        var lines = new ArrayList<String>(List.of("id,x,y"));
        for (int i = 0; i < 20; i++) {
            lines.add("s" + i + "," + i + "," + (i % 2 == 0 ? "even" : "odd"));
        }
        Path data = Files.write(folder.resolve("data.csv"), lines);
        Path model = folder.resolve("model.safetensors");
        List<String> said = stopped(
                "train",
                data.toString(),
                "--target=y",
                "--width=4",
                "--epochs=1000000",
                "--patience=1000000",
                "--save=" + model);
        assertThat(said.getLast())
                .matches("stopped; the best model so far is that of epoch \\d+ \\(validation accuracy .*\\), in .*");
        assertThat(ModelFile.load(model).schema().target().name()).isEqualTo("y");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void theAdditionDemoKeepsWhatItHasLearnt() throws IOException, InterruptedException {
        Path model = folder.resolve("addition.safetensors");
        List<String> said =
                stopped("demo", "addition", "--width=4", "--batch=1", "--steps=10000000", "--save=" + model);
        assertThat(said.getLast()).isEqualTo("stopped; the best so far is saved to " + model);
        assertThat(Safetensors.load(model).metadata()).containsEntry("linum.demo", "addition");
    }

    /// Data from a pipe keeps the command waiting.
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void whoStopsBeforeTrainingIsToldThatNothingWasSaved() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Path model = folder.resolve("model.safetensors");
        Process process = start("train", pipe.toString(), "--target=y", "--save=" + model);
        // This waits until the command opens the pipe.
        try (var _ = Files.newOutputStream(pipe, StandardOpenOption.WRITE)) {
            process.toHandle().destroy();
            try (BufferedReader out = process.inputReader()) {
                assertThat(out.lines().toList()).last().isEqualTo("stopped; nothing was saved");
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(process.exitValue()).isEqualTo(128 + 15);
        assertThat(model).doesNotExist();
    }

    /// Runs a command, ends it politely after the first epoch, which takes the same way as Ctrl-C, and returns
    /// what it said.
    private static List<String> stopped(String... arguments) throws IOException, InterruptedException {
        Process process = start(arguments);
        var said = new ArrayList<String>();
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                said.add(line);
                if (line.startsWith("epoch 1:")) {
                    process.toHandle().destroy();
                }
            }
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("%s", said).isTrue();
        assertThat(process.exitValue()).isEqualTo(128 + 15);
        return said;
    }

    private static Process start(String... arguments) throws IOException {
        var command = new ArrayList<String>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.linum.cli.Main"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
