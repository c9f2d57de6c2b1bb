package dev.linum.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.nn.Bidirectional;
import dev.linum.nn.Cell;
import dev.linum.nn.GruCell;
import dev.linum.nn.LstmCell;
import dev.linum.nn.MguCell;
import dev.linum.nn.Recurrent;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.RnnOptions;
import dev.linum.nn.RnnOutput;
import dev.linum.nn.Scope;
import dev.linum.nn.SimpleCell;
import dev.linum.nn.TestCells;
import dev.linum.nn.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What is left in the loops of real cells, forwards and backwards, and that the numbers are those of whole
/// loops.
class FissionOfCellsTest {

    private static final int STEPS = 5;
    private static final int BATCH = 4;
    private static final int IN = 3;
    private static final int WIDTH = 7;
    private static final int OUT = 2;
    private static final int ROWS = STEPS * BATCH;
    private static final Array LENGTHS = Array.of(new int[] {3, 5, 0, 4});

    /// A cell, how many times its width the recurrent product is wide, and how wide its outputs are.
    private record Case(String name, Cell<?> cell, int gates, int outputs) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static List<Case> cases(DType dtype) {
        return List.of(
                new Case("simple", SimpleCell.of(WIDTH).withDType(dtype), 1, WIDTH),
                new Case("lstm", LstmCell.of(WIDTH).withDType(dtype), 4, WIDTH),
                new Case("gru", GruCell.of(WIDTH).withDType(dtype), 3, WIDTH),
                new Case("mgu", MguCell.of(WIDTH).withDType(dtype), 2, WIDTH),
                new Case("layer norm lstm", new TestCells.LayerNormLstm(WIDTH, dtype), 4, WIDTH),
                new Case("leaky read-out", new TestCells.LeakyReadOut(WIDTH, OUT, dtype), 1, OUT));
    }

    static final List<Case> CASES = cases(DType.F32);

    static final List<String> SETTINGS = List.of("plain", "reverse", "lengths", "lengths, reverse");

    private static <C extends Bundle<C>> RnnOptions<C> set(String setting) {
        RnnOptions<C> options = RnnOptions.<C>none();
        options = setting.contains("lengths") ? options.withLengths(LENGTHS) : options;
        return setting.contains("reverse") ? options.withDirection(RnnOptions.Direction.REVERSE) : options;
    }

    static Stream<Arguments> casesAndSettings() {
        return CASES.stream().flatMap(c -> SETTINGS.stream().map(s -> Arguments.of(c, s)));
    }

    /// A layer and where it is called; compiled anew each time, since plans differ with what is switched off.
    private record Model<C extends Bundle<C>>(Recurrent<C> layer, RnnOptions<C> options, DType dtype) {

        static <C extends Bundle<C>> Model<C> of(Cell<C> cell, String setting, DType dtype) {
            return new Model<>(Rnn.of(cell), set(setting), dtype);
        }

        Pair<Variables, Tensors> point() {
            Tensor x = Key.of(3).normal(Shape.of(BATCH, STEPS, IN)).cast(dtype);
            Variables made = layer.init(Key.of(1), x);
            Variables moved = made;
            int seed = 0;
            for (String path : made.paths()) {
                Tensor start = made.get(path);
                Tensor noise = Key.of(seed++).uniform(start.shape(), -0.3, 0.3).cast(dtype);
                moved = moved.with(path, start.plus(noise).array());
            }
            return Pair.of(moved, Tensors.of(x));
        }

        RnnOutput<C> call(Pair<Variables, Tensors> at) {
            return layer.call(
                    Scope.inference(at.first()), new RnnInput<>(at.second().get(0), options));
        }

        Tensor loss(Pair<Variables, Tensors> at) {
            RnnOutput<C> out = call(at);
            Tensor sum = out.outputs().square().sum();
            for (Tensor leaf : out.carry().leaves()) {
                sum = sum.plus(leaf.sin().sum());
            }
            return sum;
        }

        Compiled<Pair<Variables, Tensors>, RnnOutput<C>> forward() {
            return Compiled.of(this::call);
        }

        Compiled<Pair<Variables, Tensors>, Pair<Variables, Tensors>> gradient() {
            return Compiled.of(at -> Gradient.grad(this::loss, at));
        }
    }

    // ---- graphs

    /// The products of a graph as `rows x contracted x columns`, in alphabetical order.
    private static List<String> products(Graph graph) {
        return graph.equations().stream()
                .filter(eq -> eq.op() instanceof Op.MatMul)
                .map(eq -> {
                    var product = (Op.MatMul) eq.op();
                    Shape a = eq.in().get(0).type().shape();
                    Shape b = eq.in().get(1).type().shape();
                    return product(
                            a.dim(product.transposeA() ? 1 : 0),
                            a.dim(product.transposeA() ? 0 : 1),
                            b.dim(product.transposeB() ? 0 : 1));
                })
                .sorted()
                .toList();
    }

    private static String product(int rows, int contracted, int columns) {
        return rows + " x " + contracted + " x " + columns;
    }

    @ParameterizedTest
    @MethodSource("casesAndSettings")
    void onlyTheRecurrentProductIsInTheLoop(Case tested, String setting) {
        Model<?> model = Model.of(tested.cell(), setting, DType.F32);
        Graph graph = model.forward().graph(model.point());
        Graph body = graph.scans().getFirst().body();
        int wide = tested.gates() * WIDTH;
        assertThat(graph.scans()).hasSize(1);
        assertThat(products(body)).containsExactly(product(BATCH, WIDTH, wide));
        var outside = new ArrayList<>(List.of(product(ROWS, IN, wide)));
        if (tested.outputs() != WIDTH) {
            outside.add(product(ROWS, WIDTH, tested.outputs()));
        }
        assertThat(products(graph)).containsExactlyInAnyOrderElementsOf(outside);
    }

    @ParameterizedTest
    @MethodSource("casesAndSettings")
    void onlyTheTransposedRecurrentProductIsInTheBackwardLoop(Case tested, String setting) {
        Model<?> model = Model.of(tested.cell(), setting, DType.F32);
        Graph graph = model.gradient().graph(model.point());
        assertThat(graph.scans()).hasSize(2);
        Op.Scan forward = graph.scans().getFirst();
        Op.Scan backward = graph.scans().getLast();
        int wide = tested.gates() * WIDTH;
        assertThat(products(forward.body())).containsExactly(product(BATCH, WIDTH, wide));
        assertThat(products(backward.body())).containsExactly(product(BATCH, wide, WIDTH));
        assertThat(backward.reverse()).isNotEqualTo(forward.reverse());
        assertThat(backward.sums()).as("gradients summed step by step").isZero();
        assertThat(backward.body().equations())
                .as("sums over the batch in each step")
                .noneMatch(eq -> eq.op() instanceof Op.Reduce(var _, List<Integer> axes) && axes.contains(0));
        var outside = new ArrayList<>(List.of(
                product(ROWS, IN, wide), product(ROWS, wide, IN), product(IN, ROWS, wide), product(WIDTH, ROWS, wide)));
        if (tested.outputs() != WIDTH) {
            outside.addAll(List.of(
                    product(ROWS, WIDTH, tested.outputs()),
                    product(ROWS, tested.outputs(), WIDTH),
                    product(WIDTH, ROWS, tested.outputs())));
        }
        assertThat(products(graph)).containsExactlyInAnyOrderElementsOf(outside);
    }

    // ---- numbers

    static Stream<Arguments> allSettings() {
        return Stream.of(DType.F64, DType.F32)
                .flatMap(dtype -> cases(dtype).stream()
                        .flatMap(c -> SETTINGS.stream().map(setting -> Arguments.of(c, setting, dtype))));
    }

    @ParameterizedTest
    @MethodSource("allSettings")
    void splitLoopsGiveTheNumbersOfWholeLoops(Case tested, String setting, DType dtype) {
        same(Model.of(tested.cell(), setting, dtype));
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "F64"})
    void splitLoopsOfBothDirectionsGiveTheNumbersOfWholeLoops(DType dtype) {
        var layer = Bidirectional.of(
                LstmCell.of(WIDTH).withDType(dtype), GruCell.of(WIDTH).withDType(dtype));
        for (String setting : SETTINGS) {
            same(new Model<>(layer, set(setting), dtype));
        }
    }

    private static <C extends Bundle<C>> void same(Model<C> model) {
        Pair<Variables, Tensors> at = model.point();
        close(
                model.forward().apply(at).leaves(),
                Fission.off(() -> model.forward().apply(at)).leaves(),
                model.dtype());
        close(
                model.gradient().apply(at).leaves(),
                Fission.off(() -> model.gradient().apply(at)).leaves(),
                model.dtype());
    }

    /// Equal within 1e-12 of the largest number of a tensor in double precision, within 2e-6 in single.
    private static void close(List<Tensor> split, List<Tensor> whole, DType dtype) {
        assertThat(split).hasSameSizeAs(whole);
        for (int i = 0; i < whole.size(); i++) {
            double[] a = split.get(i).array().toDoubles();
            double[] b = whole.get(i).array().toDoubles();
            double largest = 0;
            double apart = 0;
            for (int j = 0; j < b.length; j++) {
                assertThat(a[j]).isFinite();
                largest = Math.max(largest, Math.abs(b[j]));
                apart = Math.max(apart, Math.abs(a[j] - b[j]));
            }
            assertThat(largest).as("result %d is not all zeros", i).isPositive();
            assertThat(apart / largest).as("result %d", i).isLessThanOrEqualTo(dtype == DType.F64 ? 1e-12 : 2e-6);
        }
    }

    @Test
    void switchedOffAllProductsStayInTheLoop() {
        Model<?> model = Model.of(LstmCell.of(WIDTH), "plain", DType.F32);
        Graph graph = Fission.off(() -> model.gradient().graph(model.point()));
        assertThat(products(graph)).isEmpty();
        assertThat(products(graph.scans().getFirst().body())).hasSize(2);
        assertThat(products(graph.scans().getLast().body())).hasSize(4);
    }
}
