package dev.linum.nn;

import static dev.linum.nn.HandLoop.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The tests of Flax's `linen_test.py` and `recurrent_test.py` (nnx) for single cells.
class FlaxCellsTest {

    private static final Array X = numbers(1, 2, 3);

    private record Made<C>(Variables variables, C initial, C carry, Tensor output) {}

    private static <C extends Bundle<C>> Made<C> make(Cell<C> cell, Tensor x) {
        Scope scope = Scope.initialising(Key.of(1));
        C initial = cell.initialCarry(Key.of(0), x.shape());
        Cell.Step<C> step = cell.step(scope, initial, x);
        return new Made<>(scope.variables(), initial, step.carry(), step.output());
    }

    private static Map<String, String> shapes(Variables variables) {
        var shapes = new LinkedHashMap<String, String>();
        variables
                .asMap()
                .forEach((path, tensor) -> shapes.put(
                        path.substring("params/".length()), tensor.shape().toString()));
        return shapes;
    }

    private static Tensor param(Variables variables, String path) {
        return variables.get("params/" + path);
    }

    private static Tensor affine(Variables variables, String name, Tensor x) {
        Tensor product = x.dot(param(variables, name + "/kernel"));
        return variables.contains("params/" + name + "/bias")
                ? product.plus(param(variables, name + "/bias"))
                : product;
    }

    /// The same variables with every number moved a little, so that zeros and ones are not special.
    private static Variables moved(Variables variables) {
        Variables next = variables;
        int seed = 0;
        for (String path : variables.paths()) {
            Tensor tensor = variables.get(path);
            next = next.with(
                    path, tensor.plus(numbers(seed++, tensor.shape().toArray()).times(0.3)));
        }
        return next;
    }

    @Test
    void lstm() {
        var made = make(LstmCell.of(4), X);
        for (Tensor leaf : made.initial().leaves()) {
            assertThat(leaf.type()).isEqualTo(Type.of(DType.F32, 2, 4));
            assertThat(leaf.array().toFloats()).containsOnly(0);
        }
        assertThat(made.output().shape()).isEqualTo(Shape.of(2, 4));
        Golden.assertClose(made.output(), made.carry().hidden(), 0, "output");
        var expected = new LinkedHashMap<String, String>();
        for (String gate : List.of("i", "f", "g", "o")) {
            expected.put("i" + gate + "/kernel", "[3,4]");
            expected.put("h" + gate + "/kernel", "[4,4]");
            expected.put("h" + gate + "/bias", "[4]");
        }
        assertThat(shapes(made.variables())).containsExactlyInAnyOrderEntriesOf(expected);
    }

    @Test
    void simple() {
        var made = make(SimpleCell.of(4), X);
        Golden.assertClose(made.output(), made.carry(), 0, "output");
        assertThat(shapes(made.variables()))
                .containsExactlyInAnyOrderEntriesOf(Map.of("i/kernel", "[3,4]", "i/bias", "[4]", "h/kernel", "[4,4]"));
    }

    @Test
    void gru() {
        var made = make(GruCell.of(4), X);
        Golden.assertClose(made.output(), made.carry(), 0, "output");
        assertThat(shapes(made.variables()))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "ir/kernel", "[3,4]",
                        "iz/kernel", "[3,4]",
                        "in/kernel", "[3,4]",
                        "hr/kernel", "[4,4]",
                        "hz/kernel", "[4,4]",
                        "hn/kernel", "[4,4]",
                        "ir/bias", "[4]",
                        "iz/bias", "[4]",
                        "in/bias", "[4]",
                        "hn/bias", "[4]"));
    }

    @Test
    void mgu() {
        var made = make(MguCell.of(4), X);
        Golden.assertClose(made.output(), made.carry(), 0, "output");
        assertThat(shapes(made.variables()))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "if/kernel", "[3,4]",
                        "in/kernel", "[3,4]",
                        "hf/kernel", "[4,4]",
                        "hn/kernel", "[4,4]",
                        "if/bias", "[4]",
                        "in/bias", "[4]",
                        "hn/bias", "[4]"));
        assertThat(param(made.variables(), "if/bias").array().toFloats()).containsOnly(1);
        assertThat(param(made.variables(), "in/bias").array().toFloats()).containsOnly(0);
        assertThat(param(made.variables(), "hn/bias").array().toFloats()).containsOnly(0);
    }

    @Test
    void convLstm() {
        Array x = numbers(2, 2, 4, 4, 3);
        var made = make(ConvLstmCell.of(6, 3, 3), x);
        for (Tensor leaf : Bundle.concat(made.initial().leaves(), made.carry().leaves())) {
            assertThat(leaf.shape()).isEqualTo(Shape.of(2, 4, 4, 6));
        }
        Golden.assertClose(made.output(), made.carry().hidden(), 0, "output");
        assertThat(shapes(made.variables()))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "hh/kernel", "[3,3,6,24]",
                        "ih/kernel", "[3,3,3,24]",
                        "hh/bias", "[24]",
                        "ih/bias", "[24]"));
    }

    @Test
    void convLstmWithoutBiasIsThatWithABiasOfZero() {
        Array x = numbers(2, 2, 4, 4, 3);
        ConvLstmCell cell = ConvLstmCell.of(6, 3, 3);
        var made = make(cell.withoutBias(), x);
        assertThat(shapes(made.variables()).keySet()).containsExactlyInAnyOrder("hh/kernel", "ih/kernel");
        Tensor zeros = Array.zeros(DType.F32, 24);
        Variables biased = made.variables().with("params/ih/bias", zeros).with("params/hh/bias", zeros);
        LstmCarry carry = made.initial();
        Golden.assertClose(cell.step(Scope.inference(biased), carry, x).output(), made.output(), 0, "output");
    }

    /// The four gates of Linum's LSTM are one product; gate by gate gives the same.
    @Test
    void oneProductForAllGatesIsTheFormula() {
        Variables v = moved(make(LstmCell.of(4), X).variables());
        Array c = numbers(3, 2, 4);
        Array h = numbers(4, 2, 4);
        var step = LstmCell.of(4).step(Scope.inference(v), new LstmCarry(c, h), X);
        Tensor i = affine(v, "ii", X).plus(affine(v, "hi", h)).sigmoid();
        Tensor f = affine(v, "if", X).plus(affine(v, "hf", h)).sigmoid();
        Tensor g = affine(v, "ig", X).plus(affine(v, "hg", h)).tanh();
        Tensor o = affine(v, "io", X).plus(affine(v, "ho", h)).sigmoid();
        Tensor cell = f.times(c).plus(i.times(g));
        Golden.assertClose(step.carry().cell(), cell, 1e-6, "c");
        Golden.assertClose(step.output(), o.times(cell.tanh()), 1e-6, "h");
    }

    @Test
    void mguWithoutResetGate() {
        MguCell cell = MguCell.of(4).withReset(MguCell.Reset.NONE);
        var made = make(cell, X);
        assertThat(made.variables().contains("params/hn/bias")).isFalse();
        Variables v = moved(made.variables());
        Array h = numbers(5, 2, 4);
        Tensor f = affine(v, "if", X).plus(affine(v, "hf", h)).sigmoid();
        Tensor n = affine(v, "in", X).plus(affine(v, "hn", h)).tanh();
        Tensor expected = f.negate().plus(1).times(n).plus(f.times(h));
        Golden.assertClose(cell.step(Scope.inference(v), h, X).output(), expected, 1e-6, "h");
    }

    @Test
    void mguWithResetGate() {
        Variables v = moved(make(MguCell.of(4), X).variables());
        Array h = numbers(5, 2, 4);
        Tensor f = affine(v, "if", X).plus(affine(v, "hf", h)).sigmoid();
        Tensor n = affine(v, "in", X).plus(f.times(affine(v, "hn", h))).tanh();
        Tensor expected = f.negate().plus(1).times(n).plus(f.times(h));
        Golden.assertClose(MguCell.of(4).step(Scope.inference(v), h, X).output(), expected, 1e-6, "h");
    }

    @Test
    void mguWithOtherActivations() {
        MguCell cell = MguCell.of(4)
                .withReset(MguCell.Reset.NONE)
                .withGate(Activation.TANH)
                .withActivation(Activation.RELU);
        Variables v = moved(make(cell, X).variables());
        Array h = numbers(5, 2, 4);
        Tensor f = affine(v, "if", X).plus(affine(v, "hf", h)).tanh();
        Tensor n = affine(v, "in", X).plus(affine(v, "hn", h)).maximum(0);
        Tensor expected = f.negate().plus(1).times(n).plus(f.times(h));
        Golden.assertClose(cell.step(Scope.inference(v), h, X).output(), expected, 1e-6, "h");
    }

    @Test
    void gruIsItsFormula() {
        Variables v = moved(make(GruCell.of(4), X).variables());
        Array h = numbers(5, 2, 4);
        Tensor r = affine(v, "ir", X).plus(affine(v, "hr", h)).sigmoid();
        Tensor z = affine(v, "iz", X).plus(affine(v, "hz", h)).sigmoid();
        Tensor n = affine(v, "in", X).plus(r.times(affine(v, "hn", h))).tanh();
        Tensor expected = z.negate().plus(1).times(n).plus(z.times(h));
        Golden.assertClose(GruCell.of(4).step(Scope.inference(v), h, X).output(), expected, 1e-6, "h");
    }

    static Stream<Cell<?>> doubles() {
        return Stream.of(
                SimpleCell.of(4).withDType(DType.F64),
                LstmCell.of(4).withDType(DType.F64),
                GruCell.of(4).withDType(DType.F64),
                MguCell.of(4).withDType(DType.F64));
    }

    @ParameterizedTest
    @MethodSource("doubles")
    void doublePrecisionComesOutAsItGoesIn(Cell<?> cell) {
        doublePrecision(cell);
    }

    private static <C extends Bundle<C>> void doublePrecision(Cell<C> cell) {
        var made = make(cell, X.cast(DType.F64));
        assertThat(made.output().type()).isEqualTo(Type.of(DType.F64, 2, 4));
        for (Tensor leaf : Bundle.concat(made.carry().leaves(), made.variables().leaves())) {
            assertThat(leaf.dtype()).isEqualTo(DType.F64);
        }
        Variables single = Variables.empty();
        for (String path : made.variables().paths()) {
            single = single.with(path, made.variables().get(path).cast(DType.F32));
        }
        C start = made.initial()
                .rebuild(made.initial().leaves().stream()
                        .map(leaf -> leaf.cast(DType.F32))
                        .toList());
        Golden.assertClose(cell.step(Scope.inference(single), start, X).output(), made.output(), 1e-6, "in f32");
    }

    @Test
    void anInitialCarryOfOnes() {
        var made = make(LstmCell.of(4).withCarryInit(Init.ones()), X);
        assertThat(made.initial().cell().array().toFloats()).hasSize(8).containsOnly(1);
        assertThat(made.initial().hidden().array().toFloats()).hasSize(8).containsOnly(1);
    }

    /// The width of a step is that of its carry, as in Flax; `features` decides the initial carry only.
    @Test
    void aStepIsAsWideAsItsCarry() {
        Scope scope = Scope.initialising(Key.of(1));
        Tensor y = GruCell.of(3).step(scope, numbers(1, 2, 5), X).output();
        assertThat(y.shape()).isEqualTo(Shape.of(2, 5));
        assertThat(scope.variables().get("params/hn/kernel").shape()).isEqualTo(Shape.of(5, 5));
    }
}
