package dev.linum.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A process of its own, since kernels are chosen once.
class KernelOptionTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-Dlinum.kernels=quick|linum: linum.kernels is \"quick\", but there are only the kernels [",
                "-Dlinum.threads=two|linum: linum.threads is \"two\", but it is a number of threads from 1 to 9999",
                "-Dlinum.threads=0|linum: linum.threads is \"0\", but it is a number of threads from 1 to 9999",
                "-Dlinum.threads=10000|linum: linum.threads is \"10000\", but it is a number of threads from 1 to 9999",
                "-Dlinum.loops=fast|linum: linum.loops is \"fast\", but it is off or first, or is not set"
            })
    void wrongPropertiesAreOneSentence(String property, String sentence) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        property,
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
        assertThat(said.getFirst()).startsWith(sentence);
        assertThat(process.waitFor()).isEqualTo(1);
    }
}
