package dev.linum.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process of its own, since kernels are chosen once.
class KernelOptionTest {

    @TempDir
    Path folder;

    @Test
    void kernelsThatDoNotExistAreOneSentence() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dlinum.kernels=quick",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.linum.cli.Main",
                        "demo",
                        "addition",
                        "--save=" + folder.resolve("model"))
                .redirectErrorStream(true)
                .start();
        List<String> said = process.inputReader().lines().toList();
        assertThat(said).hasSize(1);
        assertThat(said.getFirst()).startsWith("linum: linum.kernels is \"quick\", but there are only the kernels [");
        assertThat(process.waitFor()).isEqualTo(1);
    }
}
