package dev.linum.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole layers against values and gradients that Flax computed, where Flax's own tests have none.
class FlaxLayersTest {

    private static final Rnn<LstmCarry> CONV = Rnn.of(ConvLstmCell.of(2, 3, 2));

    private static Rnn<LstmCarry> lstm(int features) {
        return Rnn.of(LstmCell.of(features));
    }

    private static Rnn<Tensor> gru(int features) {
        return Rnn.of(GruCell.of(features));
    }

    private static Map<String, Recurrent<?>> layers() {
        Init normal = Init.normal(1);
        Recurrent<?> shared = Bidirectional.shared(lstm(4));
        return Map.ofEntries(
                Map.entry("conv", CONV),
                Map.entry("conv_lengths", CONV.withLengths(4, 2)),
                Map.entry("conv_reverse", CONV.withLengths(4, 2).reverse().keepOrder()),
                Map.entry(
                        "conv_both",
                        Bidirectional.of(CONV, Rnn.of(ConvLstmCell.of(1, 2, 2))).withLengths(4, 2)),
                Map.entry("two_batch_axes", lstm(4)),
                Map.entry("no_batch_axes", lstm(4)),
                Map.entry("shared_layer", shared),
                Map.entry("shared_cell", shared),
                Map.entry("nested", Bidirectional.of(Bidirectional.of(lstm(3), gru(2)), lstm(4))),
                Map.entry(
                        "init_key", Rnn.of(LstmCell.of(4).withCarryInit(normal)).withInitKey(Key.of(5))),
                Map.entry(
                        "init_key_both",
                        Bidirectional.of(
                                        LstmCell.of(4).withCarryInit(normal),
                                        GruCell.of(2).withCarryInit(normal))
                                .withInitKey(Key.of(5))),
                Map.entry(
                        "activations",
                        Rnn.of(LstmCell.of(4)
                                .withGate(Activation.RELU)
                                .withActivation(Activation.ELU)
                                .withCarryInit(Init.ones()))),
                Map.entry(
                        "inits",
                        Rnn.of(LstmCell.of(4)
                                .withKernelInit(Init.ones())
                                .withRecurrentInit(normal)
                                .withBiasInit(Init.constant(0.5)))));
    }

    static Stream<String> names() {
        return layers().keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("names")
    void valuesAreFlaxs(String name) {
        values(name, layers().get(name));
    }

    private static <C extends Bundle<C>> void values(String name, Recurrent<C> layer) {
        Golden golden = Golden.file("layers");
        Array x = golden.get(name + "/x");
        Variables variables = golden.made(name, layer);
        RnnOutput<C> out = layer.apply(variables, x);
        Tensor expected = golden.get(name + "/y");
        if (layer.options().lengths().isPresent()) {
            Tensor real = Sequences.mask(Array.of(new int[] {4, 2}), 4)
                    .reshape(2, 4, 1, 1, 1)
                    .broadcastTo(expected.shape());
            expected = real.select(expected, Tensor.zeros(expected.type()));
        }
        Golden.assertClose(out.outputs(), expected, 1e-5, name + " outputs");
        Golden.assertClose(out.carry().leaves(), golden.leaves(name + "/carry"), 1e-5, name + " carry");
    }

    @Test
    void initialCarriesOfBothDirectionsAreFlaxs() {
        Golden golden = Golden.file("layers");
        var layer = Bidirectional.of(lstm(4), gru(2));
        List<Tensor> first = golden.leaves("first/initial");
        var initial = Pair.of(new LstmCarry(first.get(0), first.get(1)), first.get(2));
        var out = layer.withInitialCarry(initial).apply(golden.variables("first/variables"), golden.get("first/x"));
        Golden.assertClose(out.outputs(), golden.get("first/y"), 1e-5, "outputs");
        Golden.assertClose(out.carry().leaves(), golden.leaves("first/carry"), 1e-5, "carry");
    }

    @Test
    void aLoopOverTheLastAxisIsFlaxs() {
        Golden golden = Golden.file("layers");
        LstmCell cell = LstmCell.of(4);
        Variables variables = golden.variables("axes/variables");
        var zeros = new LstmCarry(Array.zeros(DType.F32, 2, 4), Array.zeros(DType.F32, 2, 4));
        var ran = Loop.scan(zeros, golden.get("axes/x").moveAxis(-1, 0), 5, (carry, x) -> {
            var step = cell.step(Scope.inference(variables), carry, x);
            return new Loop.Step<>(step.carry(), step.output());
        });
        Golden.assertClose(ran.output().moveAxis(0, -1), golden.get("axes/y"), 1e-5, "outputs");
        Golden.assertClose(ran.carry().leaves(), golden.leaves("axes/carry"), 1e-5, "carry");
    }

    // ---- gradients

    @ParameterizedTest
    @ValueSource(strings = {"lstm", "gru", "bidirectional"})
    void gradientsAreFlaxs(String name) {
        switch (name) {
            case "lstm" -> gradients(name, lstm(4));
            case "gru" -> gradients(name, gru(4));
            default -> gradients(name, Bidirectional.of(lstm(4), gru(2)));
        }
    }

    private static <C extends Bundle<C>> void gradients(String name, Recurrent<C> layer) {
        Golden golden = Golden.file("gradients");
        Array x = golden.get(name + "/x");
        Variables variables = golden.variables(name + "/variables");
        C like = layer.initialCarry(Key.of(0), Shape.of(3, 3));
        C first = like.rebuild(golden.leaves(name + "/first"));
        RnnOptions<C> options =
                RnnOptions.<C>none().withLengths(golden.get(name + "/lengths")).withOrder(RnnOptions.Order.OF_INPUTS);
        for (String way : name.equals("bidirectional") ? List.of("forward") : List.of("forward", "reverse")) {
            String at = name + "/" + way;
            var direction = RnnOptions.Direction.valueOf(way.toUpperCase(Locale.ROOT));
            var gradient = Gradient.grad(
                    point -> {
                        C start = point.second().first();
                        Tensor inputs = point.second().second().get(0);
                        var in = new RnnInput<>(
                                inputs, options.withDirection(direction).withInitialCarry(start));
                        RnnOutput<C> out = layer.call(Scope.inference(point.first()), in);
                        return weighted(golden, at, out);
                    },
                    Pair.of(variables, Pair.of(first, Bundle.Tensors.of(x))));
            Golden.assertClose(gradient.first(), golden.variables(at + "/gvariables"), 1e-5, at + " parameters");
            var rest = gradient.second();
            Golden.assertClose(rest.first().leaves(), golden.leaves(at + "/gfirst"), 1e-5, at + " initial carry");
            Golden.assertClose(rest.second().get(0), golden.get(at + "/gx"), 1e-5, at + " inputs");
        }
    }

    private static <C extends Bundle<C>> Tensor weighted(Golden golden, String at, RnnOutput<C> out) {
        Tensor sum = out.outputs().times(golden.get(at + "/wy")).sum();
        List<Tensor> weights = golden.leaves(at + "/wc");
        assertThat(out.carry().leaves()).hasSameSizeAs(weights);
        for (int i = 0; i < weights.size(); i++) {
            sum = sum.plus(out.carry().leaves().get(i).times(weights.get(i)).sum());
        }
        return sum;
    }
}
