package dev.linum.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.bench.Case.CellKind;
import dev.linum.bench.Case.Direction;
import dev.linum.bench.Case.Lengths;
import dev.linum.bench.Case.Mode;
import dev.linum.bench.Case.Saving;
import dev.linum.bench.Case.Size;
import dev.linum.bench.Product.Kind;
import dev.linum.bench.worker.LinumEngine;
import dev.linum.io.Safetensors;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RatesTest {

    private static final Product LARGE = new Product(Kind.SQUARE, 1000, 1000, 1000);

    @TempDir
    Path folder;

    private static Case layer(CellKind cell, Mode mode, Lengths lengths, Direction direction) {
        return new Case(cell, new Size(2, 30, 5, 7), mode, lengths, direction, 0, Saving.EVERYTHING);
    }

    @Test
    void theOperationsOfALayerAreThoseOfItsProducts() {
        // 60 steps of sequences, 4 gates of 7 units, 12 rows of weights; in training 12 for them and 7 for h again.
        assertThat(layer(CellKind.LSTM, Mode.INFER, Lengths.DENSE, Direction.UNI)
                        .operations())
                .isEqualTo(2.0 * 60 * 28 * 12);
        assertThat(layer(CellKind.LSTM, Mode.TRAIN, Lengths.DENSE, Direction.UNI)
                        .operations())
                .isEqualTo(104_160);
        assertThat(layer(CellKind.GRU, Mode.INFER, Lengths.DENSE, Direction.BI).operations())
                .isEqualTo(60_480);
    }

    @Test
    void paddedStepsDoNotCount() {
        Case ragged = layer(CellKind.LEAKY, Mode.INFER, Lengths.RAGGED, Direction.UNI);
        int[] lengths = Fixture.lengths(ragged);
        assertThat(ragged.operations())
                .isEqualTo(2.0 * (lengths[0] + lengths[1]) * 7 * 12)
                .isLessThan(2.0 * 60 * 7 * 12);
    }

    @Test
    void sharesAreOfWhatTheFastestLargeProductReachedInTheSameRound() throws IOException {
        Case train = layer(CellKind.LSTM, Mode.TRAIN, Lengths.DENSE, Direction.UNI);
        double fifty = train.operations() / 50e9;
        var layers = new Outcome(
                train,
                2,
                List.of(
                        BenchTest.timed("linum", fifty, 2 * fifty, 2 * fifty),
                        new Outcome.Absent("flax", "no such cell")),
                0,
                new double[] {100e9, 50e9, 100e9});
        var square = outcome(
                LARGE, BenchTest.timed("linum", 0.01, 0.02, 0.02), BenchTest.timed("numpy", 0.025, 0.025, 0.02));
        var tall = outcome(new Product(Kind.TALL, 1000, 1000, 1000), BenchTest.timed("linum", 1e-4));
        new Report(BenchTest.results(List.of(layers), List.of(square, tall), Map.of())).write(folder);
        assertThat(folder.resolve("report.md"))
                .content()
                .contains(
                        "## GFLOP/s of products, 2 threads",
                        "| square 1000x1000x1000 | 100.0 | 80.0 **x1.25** (1.00-2.50) [1] | 0 % |",
                        "## GFLOP/s of layers, 2 threads",
                        "its best round of all: 200.0 GFLOP/s",
                        "| case | linum | flax | large product |",
                        "| lstm 2x30x5x7 train | 25.0 (0.50) | - | 100.0 |");
        assertThat(folder.resolve("results.json")).content().contains("\"kind\" : \"SQUARE\"", "\"rates\"");
    }

    @Test
    void withoutProductsThereIsNoShare() {
        var outcome =
                outcome(layer(CellKind.LSTM, Mode.TRAIN, Lengths.DENSE, Direction.UNI), BenchTest.timed("linum", 1));
        assertThat(new Report(BenchTest.results(List.of(outcome), List.of(), Map.of())).markdown())
                .doesNotContain("GFLOP/s");
    }

    @Test
    void theYardstickIsTheLargeProductOfTheHighestRate() {
        var larger = new Product(Kind.SQUARE, 2000, 1000, 1000);
        List<Outcome> outcomes = List.of(
                outcome(LARGE, BenchTest.timed("linum", 0.02), BenchTest.timed("numpy", 0.01)),
                outcome(larger, new Outcome.Absent("linum", "too large"), BenchTest.timed("numpy", 0.03)),
                outcome(new Product(Kind.TALL, 1000, 1000, 1000), BenchTest.timed("linum", 0.001)));
        List<Peer> peers = Stream.of("linum", "numpy")
                .map(name -> new Peer(name, Optional.empty(), _ -> List.of(), _ -> Map.of(), () -> 0))
                .toList();
        assertThat(Yardstick.choice(outcomes, 2, peers)).contains(new Yardstick.Choice(peers.getLast(), LARGE));
        assertThat(Yardstick.choice(outcomes, 1, peers)).isEmpty();
    }

    private static Outcome outcome(Task what, Outcome.Entry... entries) {
        return new Outcome(what, 2, List.of(entries), 0, new double[0]);
    }

    @ParameterizedTest
    @EnumSource
    void linumMultiplies(Kind kind) throws IOException {
        var what = new Product(kind, 3, 4, 5);
        assertThat(Product.of(what.json())).isEqualTo(what);
        Path file = Fixture.write(what, folder.resolve("product.safetensors")).file();
        Variables both = Safetensors.load(file).variables();
        float[] a = both.get("a").array().toFloats();
        float[] b = both.get("b").array().toFloats();
        var session = new LinumEngine().product(what, file).orElseThrow();
        session.run();
        float[] found = session.outputs();
        assertThat(found).hasSize(15);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 5; j++) {
                double sum = 0;
                for (int k = 0; k < 4; k++) {
                    sum += (kind == Kind.GRADIENT ? a[k * 3 + i] : a[i * 4 + k]) * b[k * 5 + j];
                }
                assertThat((double) found[i * 5 + j]).isCloseTo(sum, Offset.offset(1e-5));
            }
        }
    }
}
