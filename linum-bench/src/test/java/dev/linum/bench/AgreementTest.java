package dev.linum.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.bench.Agreement.Evidence;
import dev.linum.bench.Case.CellKind;
import dev.linum.bench.Case.Direction;
import dev.linum.bench.Case.Lengths;
import dev.linum.bench.Case.Mode;
import dev.linum.bench.Case.Saving;
import dev.linum.bench.Case.Size;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgreementTest {

    private static Case of(Mode mode) {
        return new Case(CellKind.LSTM, new Size(2, 2, 1, 1), mode, Lengths.RAGGED, Direction.UNI, 0, Saving.EVERYTHING);
    }

    private static Agreement outputs(float[] a, float[] b) {
        return Agreement.of(of(Mode.INFER), new int[] {2, 1}, new Evidence(a, List.of()), new Evidence(b, List.of()));
    }

    private static Agreement losses(List<Double> a, List<Double> b) {
        var none = new float[0];
        return Agreement.of(of(Mode.TRAIN), new int[] {2, 1}, new Evidence(none, a), new Evidence(none, b));
    }

    @Test
    void outputsOfPaddedStepsDoNotCount() {
        assertThat(outputs(new float[] {1, 2, 3, 4}, new float[] {1, 2, 3, 9}).same())
                .isTrue();
    }

    @Test
    void otherOutputsAreFoundOut() {
        assertThat(outputs(new float[] {1, 2, 3, 4}, new float[] {1, 2, 3.1f, 4})
                        .same())
                .isFalse();
        assertThat(outputs(new float[] {1, 2, 3, 4}, new float[] {1, Float.NaN, 3, 4})
                        .same())
                .isFalse();
        assertThat(outputs(new float[] {1, 2, 3, 4}, new float[] {1, 2, 3}).same())
                .isFalse();
    }

    @Test
    void lossesMustStartAlikeAndFallAlike() {
        assertThat(losses(List.of(1.0, 0.9, 0.8), List.of(1.00001, 0.89, 0.78)).same())
                .isTrue();
        assertThat(losses(List.of(1.0, 0.9, 0.8), List.of(1.01, 0.91, 0.81)).same())
                .isFalse();
        assertThat(losses(List.of(1.0, 0.9, 0.8), List.of(1.0, 0.95, 0.9)).same())
                .isFalse();
        assertThat(losses(List.of(1.0, 0.9, 0.8), List.of(1.0, Double.NaN, Double.NaN))
                        .same())
                .isFalse();
    }
}
