package dev.linum.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Tensor;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Steps from the last input to the first, each with a key or parameters of its own, and what else Flax's own tests
/// leave out: layer norms, and activations at 0.
class FlaxBackwardsTest {

    private static final Keys KEYS = Keys.of(Dropout.STREAM, Key.of(2)).with(Dropout.RECURRENT_STREAM, Key.of(3));

    private static Map<String, Recurrent<?>> layers() {
        var lstm = LstmCell.of(4).withDropout(0.2).withRecurrentDropout(0.25);
        var gru = GruCell.of(2).withDropout(0.2).withRecurrentDropout(0.25);
        return Map.of(
                "dropout", Rnn.of(lstm).reverse().keepOrder(),
                "both", Bidirectional.of(lstm, gru),
                "per_step",
                        Rnn.of(SimpleCell.of(4))
                                .withLift(Lift.standard().withAxis("params", 0).withSplit("params"))
                                .reverse()
                                .keepOrder());
    }

    static Stream<String> names() {
        return layers().keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("names")
    void valuesAreFlaxs(String name) {
        values(name, layers().get(name));
    }

    private static void values(String name, Recurrent<?> layer) {
        Golden golden = Golden.file("backwards");
        Array x = golden.get(name + "/x");
        Variables variables = golden.made(name, layer);
        Tensor y = layer.call(Scope.training(variables, KEYS), x).outputs();
        Golden.assertClose(y, golden.get(name + "/y"), 1e-5, name + " outputs");
    }

    @Test
    void layerNormsAreFlaxs() {
        Golden golden = Golden.file("norm");
        Array x = golden.get("x");
        Variables variables = golden.variables("variables");
        var norm = new LayerNorm();
        Golden.assertClose(norm.apply(variables, x), golden.get("y"), 1e-6, "outputs");
        var gradient = Gradient.grad(
                at -> norm.call(Scope.inference(at.first()), at.second().get(0))
                        .times(golden.get("wy"))
                        .sum(),
                Pair.of(variables, Tensors.of(x)));
        Golden.assertClose(gradient.first(), golden.variables("gvariables"), 1e-5, "parameters");
        Golden.assertClose(gradient.second().get(0), golden.get("gx"), 1e-5, "inputs");
    }

    @Test
    void slopesAtZeroAreFlaxs() {
        assertThat(slope(Activation.SOFTPLUS, 0)).isEqualTo(0.5);
        assertThat(slope(Activation.SOFTPLUS, -700)).isCloseTo(Math.exp(-700), Offset.offset(1e-300));
        assertThat(slope(Activation.SOFTPLUS, 800)).isEqualTo(1);
        assertThat(slope(Activation.LEAKY_RELU, 0)).isEqualTo(1);
        assertThat(slope(Activation.ELU, 0)).isEqualTo(1);
        assertThat(slope(Activation.RELU, 0)).isEqualTo(0);
    }

    private static double slope(Activation f, double at) {
        return Gradient.grad(x -> f.apply(x).sum(), (Tensor) Array.scalar(at))
                .array()
                .item();
    }

    @Test
    void eluIsExactCloseToZero() {
        for (double x : new double[] {-1e-6, -1e-12, -0.5, -40, -800}) {
            assertThat(Activation.ELU.apply(Array.scalar(x)).array().item())
                    .isCloseTo(Math.expm1(x), Offset.offset(1e-15 * Math.max(1e-6, -x)));
        }
    }
}
