package dev.linum.bench;

import dev.linum.bench.worker.LinumEngine;
import dev.linum.graph.Array;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.io.Safetensors;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/// Inputs, lengths and weights of a case, or the matrices of a product: written once to a file that every peer
/// reads.
///
/// @param lengths of each sequence; the product is one sequence of rows
record Fixture(Path file, int[] lengths) {

    private static final int SHORTEST = 10;

    static Fixture write(Task what, Path file) throws IOException {
        return switch (what) {
            case Case layer -> layer(layer, file);
            case Product product -> product(product, file);
        };
    }

    /// Products of numbers that keep their size, as weights do.
    private static Fixture product(Product what, Path file) throws IOException {
        Shape left = switch (what.kind()) {
            case SQUARE, TALL, STEP -> Shape.of(what.rows(), what.inner());
            case GRADIENT -> Shape.of(what.inner(), what.rows());
        };
        Tensor right = Key.of(3).normal(Shape.of(what.inner(), what.columns())).times(1 / Math.sqrt(what.inner()));
        Safetensors.save(file, Variables.of(Map.of("a", Key.of(7).normal(left), "b", right)));
        return new Fixture(file, new int[] {what.rows()});
    }

    private static Fixture layer(Case what, Path file) throws IOException {
        Case.Size size = what.size();
        Tensor inputs = Key.of(7).normal(Shape.of(size.batch(), size.steps(), size.inputs()));
        Variables variables = LinumEngine.layer(what).init(Key.of(3), inputs);
        int number = 0;
        for (String path : variables.paths()) {
            // Biases start at zero: with other numbers a peer that confused them would be found out.
            if (path.endsWith("bias")) {
                Tensor noise =
                        Key.of(11).foldIn(number++).normal(variables.get(path).shape());
                variables = variables.with(path, noise.times(0.1));
            }
        }
        int[] lengths = lengths(what);
        Safetensors.save(file, variables.with("inputs", inputs).with("lengths", Array.of(lengths)));
        return new Fixture(file, lengths);
    }

    /// The length of each sequence, the same at each call.
    static int[] lengths(Case what) {
        int steps = what.size().steps();
        int[] lengths = new int[what.size().batch()];
        Arrays.fill(lengths, steps);
        if (what.lengths() == Case.Lengths.RAGGED) {
            var random = new Random(5);
            int shortest = Math.min(SHORTEST, steps);
            Arrays.setAll(lengths, _ -> shortest + random.nextInt(steps - shortest + 1));
        }
        return lengths;
    }
}
