package dev.linum.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// What depends on constants alone is computed while compiling, and nothing else is.
class FoldTest {

    @Test
    void fixedWeightsAreJoinedOnce() {
        Tensor left = Key.of(1).uniform(Shape.of(5, 3), -1, 1);
        Tensor right = Key.of(2).uniform(Shape.of(5, 4), -1, 1);
        UnaryOperator<Tensor> function = x ->
                x.dot(Tensor.concat(1, left, right).times(2)).plus(left.sum()).tanh();
        var compiled = Compiled.of(function);
        Tensor x = Key.of(3).uniform(Shape.of(2, 5), -1, 1);
        Graph graph = compiled.graph(x);
        assertThat(graph.count(Op.Concat.class) + graph.count(Op.Reduce.class)).isZero();
        assertThat(graph.count(Op.MatMul.class)).isEqualTo(1);
        assertThat(compiled.apply(x).array().toFloats())
                .isEqualTo(function.apply(x).array().toFloats());
    }

    @Test
    void aWholeGraphOfConstantsIsOneConstant() {
        Tensor fixed = Key.of(1).uniform(Shape.of(3, 3), -1, 1);
        var compiled = Compiled.of((Tensor x) -> fixed.dot(fixed).exp());
        Tensor x = Array.scalar(1f);
        assertThat(compiled.graph(x).equations()).hasSize(1);
        assertThat(compiled.apply(x).array().toFloats())
                .isEqualTo(fixed.dot(fixed).exp().array().toFloats());
    }
}
