package dev.linum.simd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Backends;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A process of its own, since kernels are chosen once.
class NoFusedTest {

    static final class Program {

        private Program() {}

        public static void main(String[] args) {
            System.out.println(Backends.current().name());
        }
    }

    private static List<String> said(String flag) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        flag,
                        "--add-modules=jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName())
                .redirectErrorStream(true)
                .start()
                .inputReader()
                .lines()
                .toList();
    }

    @Test
    void withoutFusedMultiplyAddsPlainKernelsAreChosenAndThatIsSaid() throws IOException {
        assertThat(said("-XX:-UseFMA"))
                .anyMatch(line -> line.contains("no fused multiply-add"))
                .anyMatch(line -> line.startsWith("cpu (scalar"));
        assertThat(said("-XX:+UseFMA"))
                .noneMatch(line -> line.contains("no fused multiply-add"))
                .anyMatch(line -> line.startsWith("cpu (vector"));
    }
}
