package dev.linum.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Compiled;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds for every cell, in double precision.
class RnnTest {

    private static final int STEPS = 6;
    private static final int[] LENGTHS = {3, 0, 6, 1, 5, 2, 4, 6};
    private static final int ROWS = LENGTHS.length;

    static List<Cell<?>> cells() {
        return List.of(
                SimpleCell.of(5).withDType(DType.F64),
                SimpleCell.of(5).withDType(DType.F64).withResidual(),
                LstmCell.of(5).withDType(DType.F64),
                GruCell.of(5).withDType(DType.F64),
                MguCell.of(5).withDType(DType.F64),
                MguCell.of(5).withDType(DType.F64).withReset(MguCell.Reset.NONE),
                new TestCells.LayerNormLstm(5, DType.F64),
                new TestCells.LeakyReadOut(5, 2, DType.F64),
                new TestCells.NormalisedTable(5, DType.F64),
                ConvLstmCell.of(2, 3).withDType(DType.F64),
                ConvLstmCell.of(2, 2, 3).withDType(DType.F64),
                ConvLstmCell.of(2, 3).withDType(DType.F64).withPadding(ConvLstmCell.Padding.CIRCULAR));
    }

    static Array numbers(int seed, int... dims) {
        var random = new Random(seed);
        var data = new double[Shape.of(dims).count()];
        for (int i = 0; i < data.length; i++) {
            data[i] = random.nextDouble() * 2 - 1;
        }
        return Array.wrap(Type.of(DType.F64, dims), data);
    }

    private static Shape step(Cell<?> cell) {
        return switch (cell.featureAxes()) {
            case 1 -> Shape.of(3);
            case 2 -> Shape.of(4, 3);
            default -> Shape.of(4, 3, 2);
        };
    }

    private static Array inputs(Cell<?> cell, int... leading) {
        return numbers(3, Shape.of(leading).plus(step(cell)).toArray());
    }

    private static void same(Tensor actual, Tensor expected, double tolerance) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        for (int i = 0; i < expected.shape().count(); i++) {
            assertThat(((Array) actual).get(i))
                    .as("element %d", i)
                    .isCloseTo(((Array) expected).get(i), Offset.offset(tolerance));
        }
    }

    private static Array withPadding(Array inputs, double garbage) {
        double[] data = inputs.toDoubles();
        int batch = inputs.shape().dim(0);
        int row = inputs.shape().count() / batch;
        int size = row / STEPS;
        for (int b = 0; b < batch; b++) {
            for (int i = LENGTHS[b] * size; i < row; i++) {
                data[b * row + i] = garbage;
            }
        }
        return Array.wrap(inputs.type(), data);
    }

    private static <C extends Bundle<C>> Bundle.Pair<Variables, Bundle.Tensors> gradients(
            Rnn<C> rnn, Variables variables, RnnInput<C> in) {
        return Gradient.grad(
                pair -> {
                    RnnOutput<C> out = rnn.call(
                            Scope.inference(pair.first()),
                            new RnnInput<>(pair.second().get(0), in.options()));
                    Tensor sum = out.outputs().square().sum();
                    for (Tensor leaf : out.carry().leaves()) {
                        sum = sum.plus(leaf.times(leaf).times(leaf).sum());
                    }
                    return sum;
                },
                Bundle.Pair.of(variables, Bundle.Tensors.of(in.inputs())));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void aPaddedBatchGivesEachSequenceWhatItGivesAlone(Cell<?> cell) {
        alone(cell);
    }

    private <C extends Bundle<C>> void alone(Cell<C> cell) {
        alone(Rnn.of(cell));
        alone(Rnn.of(cell).reverse());
    }

    /// What one sequence gives, and the gradients of its loss.
    private record Alone<C extends Bundle<C>>(RnnOutput<C> output, Bundle.Pair<Variables, Bundle.Tensors> gradients) {}

    private <C extends Bundle<C>> void alone(Rnn<C> rnn) {
        Array clean = inputs(rnn.cell(), ROWS, STEPS);
        Variables variables = rnn.init(Key.of(1), clean);
        var rows = new ArrayList<Alone<C>>();
        for (int b = 0; b < ROWS; b++) {
            RnnInput<C> single = RnnInput.of(clean.slice(0, b, b + 1).slice(1, 0, LENGTHS[b]));
            rows.add(new Alone<>(rnn.apply(variables, single), gradients(rnn, variables, single)));
        }
        Variables sum = rows.stream()
                .map(row -> row.gradients().first())
                .reduce(RnnTest::plus)
                .orElseThrow();
        for (double garbage : new double[] {0, 1e30, Double.NaN, Double.POSITIVE_INFINITY}) {
            RnnInput<C> in = RnnInput.<C>of(withPadding(clean, garbage)).withLengths(LENGTHS);
            RnnOutput<C> batch = rnn.apply(variables, in);
            var gradients = gradients(rnn, variables, in);
            for (int b = 0; b < ROWS; b++) {
                Alone<C> row = rows.get(b);
                part(batch.outputs(), b, row.output().outputs());
                part(gradients.second().get(0), b, row.gradients().second().get(0));
                for (int leaf = 0; leaf < batch.carry().leaves().size(); leaf++) {
                    same(
                            batch.carry().leaves().get(leaf).slice(0, b, b + 1),
                            row.output().carry().leaves().get(leaf),
                            1e-12);
                }
            }
            for (String path : sum.paths()) {
                same(gradients.first().get(path), sum.get(path), 1e-11);
            }
        }
    }

    /// Checks one row of a padded batch: the real steps are those given, the others zeros.
    private static void part(Tensor batch, int row, Tensor real) {
        Tensor all = batch.slice(0, row, row + 1);
        same(all.slice(1, 0, LENGTHS[row]), real, 1e-12);
        Tensor rest = all.slice(1, LENGTHS[row], STEPS);
        same(rest, Tensor.zeros(rest.type()), 0);
    }

    private static Variables plus(Variables a, Variables b) {
        Variables sum = a;
        for (String path : a.paths()) {
            sum = sum.with(path, a.get(path).plus(b.get(path)));
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource("cells")
    void stepByStepGivesWhatTheWholeSequenceGives(Cell<?> cell) {
        stepping(cell);
    }

    private <C extends Bundle<C>> void stepping(Cell<C> cell) {
        Rnn<C> rnn = Rnn.of(cell);
        Array x = inputs(cell, 2, STEPS);
        Variables variables = rnn.init(Key.of(1), x);
        RnnOutput<C> whole = rnn.apply(variables, x);
        Stepper<C> stepper = Stepper.of(rnn, variables);
        C carry = stepper.start(x.shape().drop(1));
        for (int t = 0; t < STEPS; t++) {
            Cell.Step<C> next = stepper.step(carry, x.index(1, t));
            same(next.output(), whole.outputs().index(1, t), 1e-12);
            carry = next.carry();
        }
        for (int i = 0; i < carry.leaves().size(); i++) {
            same(carry.leaves().get(i), whole.carry().leaves().get(i), 1e-12);
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void layoutsAndBatchAxesAgree(Cell<?> cell) {
        layouts(cell);
    }

    private <C extends Bundle<C>> void layouts(Cell<C> cell) {
        Rnn<C> rnn = Rnn.of(cell);
        Array x = inputs(cell, ROWS, STEPS);
        Variables variables = rnn.init(Key.of(1), x);
        RnnInput<C> in = RnnInput.<C>of(x).withLengths(LENGTHS);
        Tensor whole = rnn.apply(variables, in).outputs();
        RnnInput<C> timeMajor =
                RnnInput.<C>of(x.moveAxis(1, 0)).withLengths(LENGTHS).timeMajor();
        same(rnn.apply(variables, timeMajor).outputs(), whole.moveAxis(1, 0), 1e-12);

        Shape two = Shape.of(2, ROWS / 2).plus(x.shape().sub(1, x.shape().rank()));
        RnnInput<C> square = RnnInput.<C>of(x.reshape(two)).withLengths(Array.of(LENGTHS, 2, ROWS / 2));
        Tensor twoAxes = rnn.apply(variables, square).outputs();
        same(twoAxes.reshape(whole.shape()), whole, 1e-12);

        same(rnn.apply(variables, x.index(0, 2)).outputs(), whole.index(0, 2), 1e-12);
    }

    @ParameterizedTest
    @MethodSource("cells")
    void reverseIsTheRunOverFlippedInputs(Cell<?> cell) {
        reversed(cell);
    }

    private <C extends Bundle<C>> void reversed(Cell<C> cell) {
        Rnn<C> rnn = Rnn.of(cell);
        Array x = inputs(cell, ROWS, STEPS);
        Array lengths = Array.of(LENGTHS);
        Variables variables = rnn.init(Key.of(1), x);
        RnnInput<C> in = RnnInput.<C>of(x).withLengths(LENGTHS);
        RnnInput<C> flipped =
                RnnInput.<C>of(Sequences.flipSequences(x, lengths)).withLengths(LENGTHS);
        RnnOutput<C> expected = rnn.apply(variables, flipped);
        RnnOutput<C> actual = rnn.apply(variables, in.reverse());
        same(actual.outputs(), expected.outputs(), 1e-12);
        same(actual.carry().leaves().getFirst(), expected.carry().leaves().getFirst(), 1e-12);
        same(
                rnn.apply(variables, in.reverse().keepOrder()).outputs(),
                Sequences.flipSequences(expected.outputs(), lengths),
                1e-12);
        RnnOutput<C> twice = rnn.apply(variables, flipped.reverse());
        RnnOutput<C> plain = rnn.apply(variables, in);
        same(twice.outputs(), plain.outputs(), 1e-12);
        same(twice.carry().leaves().getLast(), plain.carry().leaves().getLast(), 1e-12);
    }

    @Test
    void flippingTwiceIsTheIdentity() {
        Array x = numbers(1, ROWS, STEPS, 2);
        Array lengths = Array.of(LENGTHS);
        same(Sequences.flipSequences(Sequences.flipSequences(x, lengths), lengths), x, 0);
    }

    @Test
    void anEmptyBatchGivesEmptyOutputs() {
        Rnn<LstmCarry> rnn = Rnn.of(LstmCell.of(5).withDType(DType.F64));
        Variables variables = rnn.init(Key.of(1), numbers(1, 2, 3, 4));
        assertThat(rnn.apply(variables, numbers(1, 0, 3, 4)).outputs().shape()).isEqualTo(Shape.of(0, 3, 5));
    }

    @Test
    void bidirectionalJoinsBothDirectionsAndHonoursReverse() {
        Rnn<LstmCarry> a = Rnn.of(LstmCell.of(4).withDType(DType.F64));
        Rnn<Tensor> b = Rnn.of(GruCell.of(3).withDType(DType.F64));
        var both = Bidirectional.of(a, b);
        Array x = numbers(5, ROWS, STEPS, 2);
        Variables variables = both.init(Key.of(3), x);
        RnnInput<Bundle.Pair<LstmCarry, Tensor>> in = RnnInput.of(x);
        var out = both.apply(variables, in.withLengths(LENGTHS));
        var forward = a.apply(
                under(variables, "forward_rnn"), RnnInput.<LstmCarry>of(x).withLengths(LENGTHS));
        var backward = b.apply(
                under(variables, "backward_rnn"),
                RnnInput.<Tensor>of(x).withLengths(LENGTHS).reverse().keepOrder());
        same(out.outputs(), Tensor.concat(-1, forward.outputs(), backward.outputs()), 1e-12);
        same(out.carry().first().cell(), forward.carry().cell(), 1e-12);
        same(out.carry().second(), backward.carry(), 1e-12);

        var flipped = both.apply(variables, in.withLengths(LENGTHS).reverse());
        Tensor turned = Sequences.flipSequences(x, Array.of(LENGTHS));
        same(
                flipped.outputs(),
                both.apply(
                                variables,
                                RnnInput.<Bundle.Pair<LstmCarry, Tensor>>of(turned)
                                        .withLengths(LENGTHS))
                        .outputs(),
                1e-12);
    }

    private static Variables under(Variables variables, String name) {
        Variables part = Variables.empty();
        for (String path : variables.paths()) {
            if (path.startsWith("params/" + name + "/")) {
                part = part.with("params/" + path.substring(8 + name.length()), variables.get(path));
            }
        }
        return part;
    }

    @Test
    void stackedLayersRunInARowAndStep() {
        var stacked = Stacked.of(
                        Rnn.of(LstmCell.of(4).withDType(DType.F64)),
                        Rnn.of(GruCell.of(4).withDType(DType.F64)))
                .withResiduals();
        Array x = numbers(5, 2, STEPS, 3);
        Variables variables = stacked.init(Key.of(3), x);
        var whole = stacked.apply(variables, x);
        var stepper = Stepper.of(stacked, variables);
        var carry = stepper.start(Shape.of(2, 3));
        for (int t = 0; t < STEPS; t++) {
            var next = stepper.step(carry, x.index(1, t));
            same(next.output(), whole.outputs().index(1, t), 1e-12);
            carry = next.carry();
        }
    }

    /// Adds a number of its own to each sequence of the batch.
    private record ToldCell(Tensor told) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            Tensor h = carry.times(0.5).plus(x).plus(told).tanh();
            return new Step<>(h, h);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Tensor.zeros(new Type(DType.F64, input));
        }
    }

    /// Adds a row that is repeated for all sequences before a function is applied to it: the derivative reads a matrix
    /// with a row for each, so it cannot leave rows out.
    private record RepeatingCell() implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            Tensor row = scope.param("row", Shape.of(3), DType.F64, Init.normal(1));
            Tensor h = carry.times(0.5)
                    .plus(x)
                    .plus(row.broadcastTo(x.shape()).sigmoid())
                    .tanh();
            return new Step<>(h, h);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Tensor.full(new Type(DType.F64, input), 0.3);
        }
    }

    @Test
    void packedSequencesOfALoopThatLeavesNoRowsOutDoNotSeeEachOther() {
        int[] lengths = {1, 6, 0, 5, 2, 3};
        Array x = numbers(8, 6, STEPS, 3);
        Rnn<Tensor> rnn = Rnn.of(new RepeatingCell());
        Variables variables = rnn.init(Key.of(1), RnnInput.<Tensor>of(x));
        var in = RnnInput.<Tensor>of(x).withLengths(lengths);
        assertThat(Compiled.of((Variables at) -> lossGradient(rnn, in, at))
                        .graph(variables)
                        .scans())
                .anyMatch(loop -> loop.isRagged() && !loop.leavesRowsOut());
        Tensor sum = Tensor.zeros(Type.of(DType.F64, 3));
        for (int b = 0; b < lengths.length; b++) {
            if (lengths[b] > 0) {
                Tensor one = x.slice(0, b, b + 1).slice(1, 0, lengths[b]);
                sum = sum.plus(
                        lossGradient(rnn, RnnInput.of(one), variables).leaves().getFirst());
            }
        }
        Variables together =
                Compiled.of((Variables at) -> lossGradient(rnn, in, at)).apply(variables);
        same(together.leaves().getFirst(), sum, 1e-10);
    }

    private static Variables lossGradient(Rnn<Tensor> rnn, RnnInput<Tensor> in, Variables at) {
        return Gradient.grad(
                v -> rnn.call(Scope.inference(v), in).outputs().square().sum(), at);
    }

    /// Subtracts the first sequence of the batch from all.
    private record RivalCell() implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            Tensor h = carry.plus(x).minus(x.slice(0, 0, 1)).tanh();
            return new Step<>(h, h);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Tensor.zeros(new Type(DType.F64, input));
        }
    }

    @Test
    void whatBelongsToASequenceStaysWithItWhateverTheLengths() {
        int[] lengths = {1, 6, 2, 5};
        Array x = numbers(8, 4, STEPS, 3);
        Array told = numbers(9, 4, 3);
        RnnInput<Tensor> in = RnnInput.<Tensor>of(x).withLengths(lengths);
        Tensor together =
                Rnn.of(new ToldCell(told)).apply(Variables.empty(), in).outputs();
        for (int b = 0; b < 4; b++) {
            Tensor one = x.slice(0, b, b + 1).slice(1, 0, lengths[b]);
            Tensor alone = Rnn.of(new ToldCell(told.slice(0, b, b + 1)))
                    .apply(Variables.empty(), RnnInput.<Tensor>of(one))
                    .outputs();
            same(together.slice(0, b, b + 1).slice(1, 0, lengths[b]), alone, 1e-12);
        }
    }

    @Test
    void aCellThatComparesSequencesSeesThemInTheirOrder() {
        int[] lengths = {1, 6, 2, 5};
        Array x = numbers(8, 4, STEPS, 3);
        RnnInput<Tensor> in = RnnInput.<Tensor>of(x).withLengths(lengths);
        RnnOutput<Tensor> found = Rnn.of(new RivalCell()).apply(Variables.empty(), in);
        Tensor valid = Sequences.mask(Array.of(lengths), STEPS);
        Tensor h = Tensor.zeros(Type.of(DType.F64, 4, 3));
        for (int t = 0; t < STEPS; t++) {
            Tensor real = valid.index(1, t).expand(1).broadcastTo(h.shape());
            Tensor now = real.select(x.index(1, t), Tensor.zeros(h.type()));
            Tensor next = h.plus(now).minus(now.slice(0, 0, 1)).tanh();
            h = real.select(next, h);
        }
        same(found.carry(), h, 1e-12);
    }

    @ParameterizedTest
    @MethodSource("cells")
    void paddingIsLeftOutForEveryCell(Cell<?> cell) {
        assertThat(leavesPaddingOut(cell)).isTrue();
        assertThat(leavesPaddingOut(new RivalCell())).isFalse();
        assertThat(leavesPaddingOut(new ToldCell(numbers(1, 4, 3)))).isFalse();
    }

    private static <C extends Bundle<C>> boolean leavesPaddingOut(Cell<C> cell) {
        Rnn<C> rnn = Rnn.of(cell);
        RnnInput<C> in = RnnInput.<C>of(inputs(cell, 4, STEPS)).withLengths(1, 6, 2, 5);
        Variables variables = rnn.init(Key.of(1), in);
        var compiled = Compiled.of((RnnInput<C> of) -> rnn.call(Scope.inference(variables), of));
        return compiled.graph(in).scans().getFirst().leavesRowsOut();
    }
}
