package dev.linum.graph;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What tensors offer beyond single operations.
class TensorTest {

    private static final Array X = Array.of(new float[] {3, -1, 2, 0, 5, -4}, 2, 3);

    @Test
    void comparisonsBothWays() {
        Array y = Array.of(new float[] {2, -1, 3}, 3);
        assertThat(X.greaterThan(y).array().toDoubles()).containsExactly(1, 0, 0, 0, 1, 0);
        assertThat(X.atLeast(y).array().toDoubles()).containsExactly(1, 1, 0, 0, 1, 0);
        assertThat(X.greaterThan(2).array().toDoubles()).containsExactly(1, 0, 0, 0, 1, 0);
        assertThat(X.atLeast(2).array().toDoubles()).containsExactly(1, 0, 1, 0, 1, 0);
        Array nan = Array.of(new float[] {Float.NaN});
        assertThat(nan.atLeast(0).array().item()).isEqualTo(0);
    }

    @Test
    void theSmallest() {
        assertThat(X.min(1).array().toDoubles()).containsExactly(-1, -4);
        assertThat(X.min().array().item()).isEqualTo(-4);
    }

    @Test
    void oneSizeMayBeLeftOpen() {
        assertThat(X.reshape(-1).shape()).isEqualTo(Shape.of(6));
        assertThat(X.reshape(3, -1).shape()).isEqualTo(Shape.of(3, 2));
        assertThat(X.reshape(-1, 3, 2).shape()).isEqualTo(Shape.of(1, 3, 2));
    }
}
