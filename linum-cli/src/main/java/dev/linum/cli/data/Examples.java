package dev.linum.cli.data;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.train.Buckets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/// Sequences as numbers for a model.
///
/// @param unknown texts that the training part does not have, by column
public record Examples(Schema schema, List<Example> all, Map<String, SequencedSet<String>> unknown) {

    /// A sequence.
    ///
    /// @param numbers standardised, [steps, numeric columns]
    /// @param categories indices, [steps, categorical columns]; the number of categories where unknown
    /// @param goals [steps], or [1] for a target of the sequence: class index, or standardised number; empty if
    /// unknown
    public record Example(int steps, float[] numbers, int[] categories, float[] goals) {}

    public Examples {
        all = List.copyOf(all);
        unknown = Map.copyOf(unknown);
    }

    public int size() {
        return all.size();
    }

    public int[] lengths() {
        return all.stream().mapToInt(Example::steps).toArray();
    }

    /// Makes a batch: numbers f32 [rows, steps, numeric], categories i32 [rows, steps, categorical], lengths i32
    /// [rows], goals f32 [rows] or [rows, steps].
    ///
    /// @param indices the examples; rows after them are empty
    public Bundle.Tensors batch(int[] indices, int rows) {
        int steps = Buckets.padded(
                Arrays.stream(indices).map(i -> all.get(i).steps()).max().orElse(0));
        int numeric = schema.of(Kind.NUMERIC).size();
        int categorical = schema.of(Kind.CATEGORICAL).size();
        int goalSteps = schema.target().per() == Per.STEP ? steps : 1;
        var numbers = new float[rows * steps * numeric];
        var categories = new int[rows * steps * categorical];
        var lengths = new int[rows];
        var goals = new float[rows * goalSteps];
        for (int row = 0; row < indices.length; row++) {
            Example example = all.get(indices[row]);
            System.arraycopy(example.numbers(), 0, numbers, row * steps * numeric, example.numbers().length);
            System.arraycopy(
                    example.categories(), 0, categories, row * steps * categorical, example.categories().length);
            System.arraycopy(example.goals(), 0, goals, row * goalSteps, example.goals().length);
            lengths[row] = example.steps();
        }
        return Bundle.Tensors.of(
                Array.of(numbers, rows, steps, numeric),
                Array.of(categories, rows, steps, categorical),
                Array.of(lengths),
                goalSteps == 1 && schema.target().per() == Per.SEQUENCE
                        ? Array.of(goals)
                        : Array.of(goals, rows, steps));
    }
}
