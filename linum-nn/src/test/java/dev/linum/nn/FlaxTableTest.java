package dev.linum.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/flax-tests.md` is complete, and names only tests that exist.
class FlaxTableTest {

    private static final Pattern REFERENCE = Pattern.compile("`(\\w+Test)#(\\w+)`");

    private static final Path ROOT = root();

    /// The folder of the whole project, above the module whose tests run.
    private static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.exists(at.resolve("docs/flax-tests.md"))) {
            at = at.getParent();
        }
        assertThat(at)
                .as("a folder with docs/flax-tests.md above the working directory")
                .isNotNull();
        return at;
    }

    private static List<String> lines() throws IOException {
        return Files.readAllLines(ROOT.resolve("docs/flax-tests.md"));
    }

    /// The sources of all test classes, by class name.
    private static Map<String, String> tests() throws IOException {
        var tests = new HashMap<String, String>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.filter(p -> p.getFileName().toString().startsWith("linum-"))
                    .toList()) {
                Path sources = module.resolve("src/test/java");
                if (Files.isDirectory(sources)) {
                    try (Stream<Path> files = Files.walk(sources)) {
                        for (Path file : files.filter(p -> p.toString().endsWith("Test.java"))
                                .toList()) {
                            tests.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                        }
                    }
                }
            }
        }
        return tests;
    }

    @Test
    void everyTestNamedExists() throws IOException {
        Map<String, String> tests = tests();
        var references = REFERENCE.matcher(String.join("\n", lines()));
        int found = 0;
        while (references.find()) {
            found++;
            assertThat(tests).containsKey(references.group(1));
            assertThat(tests.get(references.group(1)))
                    .as(references.group())
                    .contains("\n    void " + references.group(2) + "(");
        }
        assertThat(found).isGreaterThan(80);
    }

    @Test
    void everyRowHasATestOrSaysThatThereIsNoEquivalent() throws IOException {
        List<String> rows = lines().stream()
                .filter(line -> line.startsWith("| ") && !line.contains("| Linum |"))
                .toList();
        assertThat(rows).allMatch(row -> REFERENCE.matcher(row).find() || row.contains("no equivalent"));
        List<String> numbers = rows.stream()
                .map(row -> row.split("\\|")[1].strip())
                .filter(cell -> cell.matches("\\d+"))
                .toList();
        assertThat(numbers)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 45).mapToObj(String::valueOf).toList());
    }

    @Test
    void everyArgumentHasARow() throws IOException {
        List<String> names = lines().stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("`")[1])
                .toList();
        assertThat(names)
                .contains("inputs", "initial_carry", "init_key", "seq_lengths")
                .contains("cell", "unroll", "variable_axes", "variable_broadcast", "variable_carry", "split_rngs");
        for (String both : List.of("return_carry", "time_major", "reverse", "keep_order")) {
            assertThat(names).filteredOn(both::equals).as(both).hasSize(2);
        }
    }
}
