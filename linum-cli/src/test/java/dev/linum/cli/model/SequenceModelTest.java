package dev.linum.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.linum.cli.data.Per;
import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Tensor;
import dev.linum.nn.Variables;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SequenceModelTest {

    private static final Settings SETTINGS = new Settings(CellKind.GRU, 5, 2, Settings.Direction.BOTH, 0.5, 0.2);

    /// One numeric column and one of categories; rows are sequences.
    private static Bundle.Tensors batch(float[] numbers, int[] categories, int... lengths) {
        int steps = numbers.length / lengths.length;
        return Bundle.Tensors.of(
                Array.of(numbers, lengths.length, steps, 1),
                Array.of(categories, lengths.length, steps, 1),
                Array.of(lengths));
    }

    @ParameterizedTest
    @EnumSource(CellKind.class)
    void aPaddedSequenceGivesWhatItGivesAlone(CellKind cell) {
        var settings = new Settings(cell, 5, 2, Settings.Direction.BOTH, 0.5, 0.2);
        var model = new SequenceModel(settings, 1, List.of(3), Per.SEQUENCE, 2);
        Variables variables = model.init(Key.of(1));
        Tensor together = model.apply(
                variables,
                batch(
                        new float[] {1, -2, Float.NaN, 1, 2, 3, Float.NaN, Float.NaN, Float.NaN},
                        new int[] {0, 1, 9, 0, 1, 2, 9, 9, 9},
                        2,
                        3,
                        0));
        Tensor alone = model.apply(variables, batch(new float[] {1, -2}, new int[] {0, 1}, 2));
        for (int i = 0; i < 2; i++) {
            assertThat(together.array().at(0, i)).isCloseTo(alone.array().at(0, i), Offset.offset(1e-5));
            assertThat(together.array().at(2, i)).isFinite();
        }
        assertThat(alone.array().at(0, 0)).isNotEqualTo(0);
    }

    @Test
    void anUnknownCategoryIsNoCategory() {
        for (int count : new int[] {3, 40}) {
            var model = new SequenceModel(SETTINGS, 1, List.of(count), Per.STEP, 1);
            Variables variables = model.init(Key.of(1));
            double known = first(model, variables, count - 1);
            double unknown = first(model, variables, count);
            assertThat(unknown).isFinite().isNotEqualTo(known);
            Variables without = variables;
            for (String path : variables.paths()) {
                if (path.contains("layers_0") && path.contains("/i") && path.endsWith("kernel")) {
                    without = without.with(path, onlyFirstRow(variables.get(path)));
                }
            }
            assertThat(first(model, without, 0)).isCloseTo(unknown, Offset.offset(1e-6));
        }
    }

    private static double first(SequenceModel model, Variables variables, int category) {
        return model.apply(variables, batch(new float[] {1}, new int[] {category}, 1))
                .array()
                .get(0);
    }

    /// The first row of an input kernel is the numeric column's; the others are the category's.
    private static Tensor onlyFirstRow(Tensor kernel) {
        int rows = kernel.shape().dim(0);
        return kernel.slice(0, 0, 1).pad(0, 0, rows - 1);
    }

    @Test
    void manyCategoriesGoInAsLearnedVectors() {
        Variables few = new SequenceModel(SETTINGS, 0, List.of(32), Per.STEP, 1).init(Key.of(1));
        Variables many = new SequenceModel(SETTINGS, 0, List.of(33), Per.STEP, 1).init(Key.of(1));
        assertThat(few.paths()).noneMatch(path -> path.contains("embed"));
        assertThat(many.get("params/embed_0/embedding").shape().dims()).containsExactly(33, 32);
    }

    @Test
    void settingsOutOfRangeAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Settings(CellKind.LSTM, 0, 1, Settings.Direction.BOTH, 0, 0))
                .withMessage(
                        "width and layers are at least 1 and rates of dropout from 0 to below 1, found 0, 1, 0.0 and"
                                + " 0.0");
    }
}
