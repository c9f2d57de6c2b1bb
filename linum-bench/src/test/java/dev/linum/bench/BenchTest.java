package dev.linum.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.bench.Case.CellKind;
import dev.linum.bench.Case.Direction;
import dev.linum.bench.Case.Lengths;
import dev.linum.bench.Case.Mode;
import dev.linum.bench.Case.Saving;
import dev.linum.bench.Case.Size;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchTest {

    private static final Case SMALL = new Case(
            CellKind.LNLSTM, new Size(2, 12, 3, 4), Mode.TRAIN, Lengths.RAGGED, Direction.BI, 0, Saving.CHECKPOINTS);

    @TempDir
    Path folder;

    static Outcome.Timed timed(String peer, double... seconds) {
        return new Outcome.Timed(peer, seconds, peer + "'s layer", new Agreement(0, true, "outputs"), 5);
    }

    static Results results(List<Outcome> outcomes, List<Outcome> products, Map<String, String> missing) {
        return new Results(
                Instant.parse("2026-01-02T03:04:05Z"),
                Machine.here(),
                true,
                List.of("--quick"),
                new Match.Effort(3, 1, 1),
                List.of("linum", "torch"),
                Map.of("linum", "Linum 0"),
                missing,
                outcomes,
                products,
                Map.of(SMALL.toString(), Map.of("linum", 5_000_000L)),
                Map.of("linum", new double[] {0.3, 0.2, 0.4}),
                Map.of("linum", 400_000L));
    }

    @Test
    void theRatioIsTheMedianOfTheRatiosOfTheRounds() throws IOException {
        var outcome = new Outcome(
                SMALL,
                1,
                List.of(timed("linum", 1, 2, 4), timed("torch", 2, 6, 4), new Outcome.Absent("djl", "no such cell")),
                0.1,
                new double[0]);
        new Report(results(List.of(outcome), List.of(), Map.of("keras", "not installed"))).write(folder);
        assertThat(folder.resolve("report.md"))
                .content()
                .contains(
                        "| lnlstm 2x12x3x4 train ragged bi checkpoints | 2000.0 ms | 4000.0 ms **x2.00** (1.00-3.00) [1] | - [2] | 10 % |",
                        "| **geometric mean** | **x1.00** of 1 | **x2.00** of 1 | - | |",
                        "1. torch: torch's layer",
                        "2. djl: no such cell",
                        "- keras: missing (not installed)",
                        "| seconds | 0.30 |",
                        "| MB | 0.4 |",
                        "| lnlstm 2x12x3x4 train ragged bi checkpoints | 5 MB |");
        assertThat(folder.resolve("chart.svg")).content().contains("<svg", ">2.00</text>", "torch");
        assertThat(folder.resolve("results.json")).content().contains("\"date\" : \"2026-01-02T03:04:05Z\"", "djl");
    }

    @Test
    void meansAreGeometric() {
        assertThat(Outcome.geometricMean(new double[] {0.5, 2})).isEqualTo(1);
        assertThat(Outcome.median(new double[] {4, 1, 3, 2})).isEqualTo(2.5);
    }

    @Test
    void twoBuildsOfLinumTakeTurnsAndAPeerThatDiesIsReported() throws Exception {
        String classPath = System.getProperty("java.class.path");
        var broken = new Peer("broken", Optional.empty(), _ -> List.of("/bin/false"), _ -> Map.of(), () -> 0);
        var peers = List.of(
                Peer.linum("linum", classPath, List.of()), Peer.linum("linum@other", classPath, List.of()), broken);
        var large = new Product(Product.Kind.SQUARE, 5, 5, 5);
        var products = List.of(large, new Product(Product.Kind.STEP, 1, 3, 4));
        var quiet = new Progress(new PrintStream(OutputStream.nullOutputStream()));
        var last = new Results[1];
        try (var bench = new Bench(peers, Processors.here(), new Match.Effort(2, 0.01, 0.001), folder, quiet)) {
            bench.run(
                    List.of(SMALL), products, List.of(1), new Extras(false, false, false), List.of(), r -> last[0] = r);
        }
        assertThat(last[0].missing()).containsOnlyKeys("broken");
        assertThat(last[0].outcomes()).singleElement().satisfies(outcome -> {
            assertThat(outcome.entries()).hasSize(2).allMatch(Outcome.Timed.class::isInstance);
            assertThat(((Outcome.Timed) outcome.entries().get(1)).seconds())
                    .hasSize(2)
                    .doesNotContain(0);
            assertThat(outcome.rates()).hasSize(2).doesNotContain(0);
        });
        assertThat(last[0].products())
                .allSatisfy(
                        outcome -> assertThat(outcome.entries()).hasSize(2).allMatch(Outcome.Timed.class::isInstance))
                .extracting(Outcome::what)
                .containsExactly(large, products.getLast());
        assertThat(folder.resolve("logs/linum.log")).exists();
    }

    @Test
    void numpyHasProductsAloneAndFlaxLayersAlone() {
        Peer numpy = Peer.named("numpy", folder, "");
        assertThat(numpy.hasProducts()).isTrue();
        assertThat(numpy.hasLayers()).isFalse();
        Peer flax = Peer.named("flax", folder, "");
        assertThat(flax.hasProducts()).isFalse();
        assertThat(flax.hasLayers()).isTrue();
    }

    @Test
    void wrongOptionsAreOneSentence() throws IOException {
        assertThat(said("--pairs", "0")).isEqualTo("linum: --pairs is at least 1, found 0");
        assertThat(said("--threads", "1,0")).isEqualTo("linum: --threads is at least 1, found 0");
        assertThat(said("parts", "--threads", "0")).isEqualTo("linum: --threads is at least 1, found 0");
        Path file = Files.writeString(folder.resolve("file"), "no folder");
        assertThat(said("--out", file.toString())).isEqualTo("linum: --out " + file + ": this is no folder; give one");
        Path inner = file.resolve("inner");
        assertThat(said("--out", inner.toString()))
                .isEqualTo("linum: --out " + inner + ": no report can be written there; give another folder");
    }

    private static String said(String... arguments) {
        var err = new StringWriter();
        int status = Main.commandLine().setErr(new PrintWriter(err)).execute(arguments);
        assertThat(status).isEqualTo(1);
        return err.toString().strip();
    }

    @Test
    void aFolderWithoutABuildIsRefused() {
        assertThatThrownBy(() -> Peer.build(folder).toList())
                .hasMessage("no build of linum-graph in " + folder
                        + "; give a checkout that is built, or a folder with Linum's jars");
    }
}
