package dev.linum.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// What has no influence is left out.
class SimplifyTest {

    @Test
    void turningAnAxisOfOneNumberMovesNothing() {
        UnaryOperator<Tensor> turn = x -> x.transpose(1, 0, 2).tanh();
        assertThat(turns(turn, Shape.of(1, 5, 3))).isZero();
        assertThat(turns(turn, Shape.of(5, 1, 3))).isZero();
        assertThat(turns(turn, Shape.of(2, 5, 3))).isEqualTo(1);
        assertThat(turns(x -> x.transpose(2, 1, 0).tanh(), Shape.of(4, 1, 3))).isEqualTo(1);
        assertThat(turns(x -> x.transpose(1, 2, 0).tanh(), Shape.of(4, 1, 1))).isZero();
    }

    @Test
    void turningBackIsNoTurn() {
        Shape shape = Shape.of(2, 5, 3);
        assertThat(turns(x -> x.transpose(1, 0, 2).transpose(1, 0, 2).tanh(), shape))
                .isZero();
        assertThat(turns(x -> x.transpose(1, 2, 0).transpose(2, 1, 0), shape)).isEqualTo(1);
        assertThat(turns(x -> x.transpose(1, 2, 0).transpose(2, 0, 1), shape)).isZero();
        assertThat(turns(
                        x -> x.transpose(1, 2, 0)
                                .transpose(1, 2, 0)
                                .transpose(1, 2, 0)
                                .transpose(0, 2, 1),
                        shape))
                .isEqualTo(1);
        UnaryOperator<Tensor> both =
                x -> x.reshape(10, 3).reshape(2, 5, 3).plus(x.reshape(30).reshape(2, 5, 3));
        assertThat(turns(both, shape)).isZero();
        assertThat(Compiled.of(both).graph(Key.of(1).uniform(shape, -1, 1)).count(Op.Reshape.class))
                .isZero();
    }

    private static long turns(UnaryOperator<Tensor> function, Shape shape) {
        var compiled = Compiled.of(function);
        Tensor x = Key.of(1).uniform(shape, -1, 1);
        Tensor expected = function.apply(x);
        assertThat(compiled.apply(x).shape()).isEqualTo(expected.shape());
        assertThat(compiled.apply(x).array().toFloats())
                .isEqualTo(expected.array().toFloats());
        return compiled.graph(x).count(Op.Transpose.class);
    }
}
