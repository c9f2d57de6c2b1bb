package dev.linum.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Comparison with values that Flax computed; `conformance/make_golden` writes them.
class FlaxTest {

    private static final Map<String, Cell<?>> CELLS = new LinkedHashMap<>();

    static {
        CELLS.put("simple", SimpleCell.of(4));
        CELLS.put("residual", SimpleCell.of(4).withResidual());
        CELLS.put("lstm", LstmCell.of(4));
        CELLS.put("gru", GruCell.of(4));
        CELLS.put("mgu", MguCell.of(4));
        CELLS.put("mgu_no_reset", MguCell.of(4).withReset(MguCell.Reset.NONE));
        CELLS.put("conv1", ConvLstmCell.of(3, 3));
        CELLS.put("conv2", ConvLstmCell.of(2, 3, 2));
        CELLS.put("conv2_circular", ConvLstmCell.of(2, 3, 3).withPadding(ConvLstmCell.Padding.CIRCULAR));
        CELLS.put("conv3", ConvLstmCell.of(2, 2, 3, 2));
    }

    static Stream<String> cells() {
        return CELLS.keySet().stream();
    }

    // ---- random numbers

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 42, 2147483653L})
    void randomNumbersAreExactlyThoseOfJax(long seed) {
        Golden golden = Golden.file("prng");
        Key key = Key.of(seed);
        exact(key.words(), golden.get(seed + "/key"));
        exact(key.splits(5), golden.get(seed + "/split"));
        exact(
                Tensor.stack(
                        0,
                        List.of(
                                key.foldIn(0).words(),
                                key.foldIn(1).words(),
                                key.foldIn(77).words())),
                golden.get(seed + "/fold"));
        exact(key.bits(Shape.of(3, 5)), golden.get(seed + "/bits"));
        exact(key.uniform(Shape.of(200), 0, 1), golden.get(seed + "/uniform"));
        exact(key.uniform(Shape.of(200), -0.3, 1.7), golden.get(seed + "/range"));
        exact(key.normal(Shape.of(2000)), golden.get(seed + "/normal"));
        exact(key.truncatedNormal(Shape.of(500)), golden.get(seed + "/truncated"));
        exact(key.bernoulli(0.3, Shape.of(200)).cast(DType.I32), golden.get(seed + "/bernoulli"));
        exact(key.categorical(golden.get(seed + "/logits")), golden.get(seed + "/categorical"));
    }

    private static void exact(Tensor actual, Array expected) {
        assertThat(actual.array().toDoubles()).isEqualTo(expected.toDoubles());
    }

    // ---- first parameters

    @Test
    void initialisersDrawWhatJaxDraws() {
        Golden golden = Golden.file("init");
        for (Init init : List.of(
                Init.lecunNormal(),
                Init.lecunUniform(),
                Init.glorotNormal(),
                Init.glorotUniform(),
                Init.heNormal(),
                Init.heUniform(),
                Init.orthogonal())) {
            for (Shape shape : List.of(Shape.of(3, 4), Shape.of(6, 2), Shape.of(3, 2, 5))) {
                String name = "kind/" + init.name() + "/"
                        + String.join(
                                "x", shape.dims().stream().map(String::valueOf).toList());
                Golden.assertClose(init.draw().draw(Key.of(7), shape, DType.F32), golden.get(name), 1e-6, name);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void cellsStartWithFlaxsParameters(String name) {
        Golden golden = Golden.file("init");
        Array x = Golden.file("cells").get(name + "/x");
        Variables expected = golden.variables("cell/" + name);
        Golden.assertClose(initial(CELLS.get(name), x), expected, 1e-6, name);
    }

    private static <C extends Bundle<C>> Variables initial(Cell<C> cell, Array x) {
        Scope scope = Scope.initialising(Key.of(42));
        cell.step(scope, cell.initialCarry(Key.of(0), x.shape()), x);
        return scope.variables();
    }

    @Test
    void layersStartWithFlaxsParameters() {
        Golden golden = Golden.file("init");
        Array x = Array.zeros(DType.F32, 2, 5, 3);
        Key key = Key.of(42);
        Golden.assertClose(Rnn.of(LstmCell.of(4)).init(key, x), golden.variables("rnn"), 1e-6, "rnn");
        Golden.assertClose(
                Bidirectional.of(LstmCell.of(4), GruCell.of(3)).init(key, x),
                golden.variables("bidirectional"),
                1e-6,
                "bidirectional");
        Golden.assertClose(
                Dense.of(4).init(key, Array.zeros(DType.F32, 2, 3)), golden.variables("dense"), 1e-6, "dense");
        Golden.assertClose(
                Embed.of(7, 4).init(key, Array.zeros(DType.I32, 2)), golden.variables("embed"), 1e-6, "embed");
    }

    // ---- cells

    @ParameterizedTest
    @MethodSource("cells")
    void stepsAndTheirGradientsAreFlaxs(String name) {
        step(name, CELLS.get(name));
    }

    private <C extends Bundle<C>> void step(String name, Cell<C> cell) {
        Golden golden = Golden.file("cells");
        Array x = golden.get(name + "/x");
        C carry = cell.initialCarry(Key.of(0), x.shape()).rebuild(golden.leaves(name + "/carry"));
        Variables variables = golden.variables(name + "/variables");
        Cell.Step<C> after = cell.step(Scope.inference(variables), carry, x);
        Golden.assertClose(after.output(), golden.get(name + "/y"), 1e-5, name + "/y");
        Golden.assertClose(after.carry().leaves(), golden.leaves(name + "/after"), 1e-5, name + "/after");

        var point = Bundle.Pair.of(variables, Bundle.Pair.of(carry, Bundle.Tensors.of(x)));
        var gradient = Gradient.grad(
                at -> {
                    Cell.Step<C> next = cell.step(
                            Scope.inference(at.first()),
                            at.second().first(),
                            at.second().second().get(0));
                    Tensor sum = next.output().times(golden.get(name + "/wy")).sum();
                    List<Tensor> weights = golden.leaves(name + "/wc");
                    for (int i = 0; i < weights.size(); i++) {
                        sum = sum.plus(next.carry()
                                .leaves()
                                .get(i)
                                .times(weights.get(i))
                                .sum());
                    }
                    return sum;
                },
                point);
        Golden.assertClose(gradient.first(), golden.variables(name + "/gvariables"), 1e-5, name + " gradient");
        Golden.assertClose(
                gradient.second().first().leaves(), golden.leaves(name + "/gcarry"), 1e-5, name + " carry gradient");
        Golden.assertClose(gradient.second().second().get(0), golden.get(name + "/gx"), 1e-5, name + " input gradient");
    }

    // ---- layers

    @Test
    void rnnInEveryCombinationOfSettings() {
        combinations("lstm", LstmCell.of(4));
        combinations("gru", GruCell.of(4));
    }

    private <C extends Bundle<C>> void combinations(String kind, Cell<C> cell) {
        Golden golden = Golden.file("rnn");
        Variables variables = golden.variables(kind + "/variables");
        Array x = golden.get(kind + "/x");
        Array lengths = golden.get(kind + "/lengths");
        C first = cell.initialCarry(Key.of(0), x.shape().drop(1)).rebuild(golden.leaves(kind + "/first"));
        for (int bits = 0; bits < 32; bits++) {
            String code = Integer.toBinaryString(32 + bits).substring(1);
            boolean padded = code.charAt(0) == '1';
            boolean reverse = code.charAt(1) == '1';
            boolean keep = code.charAt(2) == '1';
            boolean major = code.charAt(3) == '1';
            RnnInput<C> in = RnnInput.of(major ? x.moveAxis(1, 0) : x);
            in = padded ? in.withLengths(lengths) : in;
            in = reverse ? in.reverse() : in;
            in = keep ? in.keepOrder() : in;
            in = major ? in.timeMajor() : in;
            in = code.charAt(4) == '1' ? in.withInitialCarry(first) : in;
            RnnOutput<C> out = Rnn.of(cell).apply(variables, in);
            String name = kind + "/" + code;
            Tensor expected = golden.get(name + "/y");
            Tensor real = Sequences.mask(lengths, 6).expand(2).broadcastTo(Shape.of(3, 6, 4));
            real = major ? real.moveAxis(1, 0) : real;
            Tensor zeros = Tensor.zeros(expected.type());
            Golden.assertClose(out.outputs(), padded ? real.select(expected, zeros) : expected, 1e-5, name + "/y");
            Golden.assertClose(out.carry().leaves(), golden.leaves(name + "/carry"), 1e-5, name + "/carry");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"concat", "sum", "mean", "product"})
    void bidirectionalInEveryMerge(String name) {
        Golden golden = Golden.file("bidirectional");
        Merge merge = switch (name) {
            case "concat" -> Merge.CONCAT;
            case "sum" -> Merge.SUM;
            case "mean" -> Merge.MEAN;
            default -> Merge.PRODUCT;
        };
        var layer = Bidirectional.of(LstmCell.of(4), GruCell.of(4)).withMerge(merge);
        Variables variables = golden.variables("variables");
        Array lengths = golden.get("lengths");
        RnnInput<Bundle.Pair<LstmCarry, Tensor>> in = RnnInput.of(golden.get("x"));
        var all = layer.apply(variables, in);
        Golden.assertClose(all.outputs(), golden.get(name + "/all/y"), 1e-5, name);
        Golden.assertClose(all.carry().leaves(), golden.leaves(name + "/all/carry"), 1e-5, name);
        var padded = layer.apply(variables, in.withLengths(lengths));
        Tensor expected = golden.get(name + "/lengths/y");
        Tensor real = Sequences.mask(lengths, 6).expand(2).broadcastTo(expected.shape());
        Golden.assertClose(padded.outputs(), real.select(expected, Tensor.zeros(expected.type())), 1e-5, name);
        Golden.assertClose(padded.carry().leaves(), golden.leaves(name + "/lengths/carry"), 1e-5, name);
    }

    // ---- dropout

    @Test
    void dropoutDrawsFlaxsMasks() {
        Golden golden = Golden.file("dropout");
        Tensor ones = Tensor.ones(dev.linum.graph.Type.of(DType.F32, 4, 6, 8));
        Supplier<Scope> scope = () -> Scope.training(Variables.empty(), Keys.of("dropout", Key.of(5)));
        var plain = new Dropout(0.4);
        Golden.assertClose(plain.call(scope.get(), ones), golden.get("plain/none"), 0, "plain");
        Golden.assertClose(plain.withBroadcast(1).call(scope.get(), ones), golden.get("plain/1"), 0, "plain 1");
        Golden.assertClose(plain.withBroadcast(0, 2).call(scope.get(), ones), golden.get("plain/02"), 0, "plain 02");
    }

    private record DroppingCell(int features) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            Tensor dropped = scope.call("drop_x", new Dropout(0.5), x);
            Tensor held = scope.call("drop_h", new Dropout(0.5).withStream(Dropout.RECURRENT_STREAM), carry);
            Tensor h = scope.call("dense_x", Dense.of(features), dropped)
                    .plus(scope.call("dense_h", Dense.of(features), held))
                    .tanh();
            return new Step<>(h, h);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Tensor.zeros(new dev.linum.graph.Type(DType.F32, Cell.carryShape(input, features)));
        }
    }

    @Test
    void bothKindsOfRecurrentDropoutAreFlaxs() {
        Golden golden = Golden.file("dropout");
        Rnn<Tensor> rnn = Rnn.of(new DroppingCell(5));
        Array x = golden.get("cell/x");
        Golden.assertClose(rnn.init(Key.of(1), x), golden.variables("cell/variables"), 1e-6, "parameters");
        Keys keys = Keys.of(Dropout.STREAM, Key.of(2)).with(Dropout.RECURRENT_STREAM, Key.of(3));
        var out = rnn.call(Scope.training(golden.variables("cell/variables"), keys), x);
        Golden.assertClose(out.outputs(), golden.get("cell/y"), 1e-5, "outputs");
        Golden.assertClose(out.carry(), golden.get("cell/carry"), 1e-5, "carry");
    }

    // ---- lifted variables

    @Test
    void perStepParametersAreFlaxs() {
        Golden golden = Golden.file("lifted");
        Rnn<Tensor> rnn = Rnn.of(SimpleCell.of(3))
                .withLift(Lift.standard().withAxis(Variables.PARAMS, 0).withSplit(Variables.PARAMS));
        Array x = golden.get("each/x");
        Variables expected = golden.variables("each/variables");
        Golden.assertClose(rnn.init(Key.of(4), x), expected, 1e-6, "per-step parameters");
        Golden.assertClose(rnn.apply(expected, x).outputs(), golden.get("each/y"), 1e-5, "outputs");
    }

    private record CountingCell(int features) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            Tensor mean = scope.variable(
                    "batch_stats",
                    "mean",
                    () -> Array.zeros(DType.F32, x.shape().last()));
            Tensor next = mean.times(0.9).plus(x.mean(0).times(0.1));
            scope.put("batch_stats", "mean", next);
            scope.record("seen", next.sum());
            return GruCell.of(features).step(scope.child("gru"), carry, x.minus(next));
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return GruCell.of(features).initialCarry(key, input);
        }
    }

    @Test
    void carriedAndRecordedVariablesAreFlaxs() {
        Golden golden = Golden.file("lifted");
        Rnn<Tensor> rnn = Rnn.of(new CountingCell(3)).withLift(Lift.standard().withCarried("batch_stats"));
        Scope scope = Scope.inference(golden.variables("counting/variables"));
        var out = rnn.call(scope, golden.get("counting/x"));
        Golden.assertClose(out.outputs(), golden.get("counting/y"), 1e-5, "outputs");
        Golden.assertClose(scope.updates(), golden.variables("counting/updates"), 1e-5, "updates");
    }
}
