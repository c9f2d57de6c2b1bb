package dev.linum.nn;

import static dev.linum.nn.HandLoop.numbers;
import static dev.linum.nn.HandLoop.ones;
import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The tests of Flax's `linen_recurrent_test.py` for `RNN` and `flip_sequences`, with values where Flax has shapes.
/// `docs/flax-tests.md` maps one to the other.
class FlaxRnnTest {

    private static final Key KEY = Key.of(0);

    private static void assertParameters(Variables variables, int in, int width) {
        assertThat(variables.paths()).hasSize(12);
        for (String path : variables.paths()) {
            Shape shape = variables.get(path).shape();
            if (path.endsWith("/bias")) {
                assertThat(shape).isEqualTo(Shape.of(width));
            } else {
                assertThat(shape).isIn(Shape.of(in, width), Shape.of(width, width));
            }
        }
    }

    private static <C extends Bundle<C>> void assertIsTheLoop(RnnOutput<C> out, HandLoop<C> loop) {
        Golden.assertClose(out.outputs(), loop.stacked(), 1e-5, "outputs");
        Golden.assertClose(out.carry().leaves(), loop.carry().leaves(), 1e-5, "carry");
    }

    private static void assertNotZero(Tensor tensor) {
        assertThat(tensor.abs().max().array().item()).isGreaterThan(0.01);
    }

    @Test
    void basicForward() {
        Tensor x = ones(10, 40, 5);
        var rnn = Rnn.of(LstmCell.of(15));
        Variables variables = rnn.init(KEY, x);
        var out = rnn.apply(variables, x);
        assertThat(out.outputs().shape()).isEqualTo(Shape.of(10, 40, 15));
        assertParameters(variables, 5, 15);
        assertIsTheLoop(out, HandLoop.run(rnn.cell(), variables, x));
    }

    @Test
    void multipleBatchDims() {
        Array x = numbers(1, 3, 4, 6, 5);
        var rnn = Rnn.of(LstmCell.of(15));
        Variables variables = rnn.init(KEY, x);
        var out = rnn.apply(variables, x);
        assertThat(out.outputs().shape()).isEqualTo(Shape.of(3, 4, 6, 15));
        assertParameters(variables, 5, 15);
        assertIsTheLoop(out, HandLoop.run(rnn.cell(), variables, x));
    }

    @Test
    void multipleBatchDimsWithLengthsAndCarry() {
        Array x = numbers(1, 2, 3, 6, 5);
        var rnn = Rnn.of(LstmCell.of(4));
        Variables variables = rnn.init(KEY, x);
        var lengths = new int[] {6, 0, 1, 3, 2, 5};
        var out = rnn.apply(variables, RnnInput.<LstmCarry>of(x).withLengths(Array.of(lengths, 2, 3)));
        var loop = HandLoop.run(rnn.cell(), variables, x);
        assertThat(out.carry().hidden().shape()).isEqualTo(Shape.of(2, 3, 4));
        for (int i = 0; i < lengths.length; i++) {
            Tensor expected = loop.carries().get(lengths[i]).hidden();
            Golden.assertClose(
                    out.carry().hidden().index(0, i / 3).index(0, i % 3),
                    expected.index(0, i / 3).index(0, i % 3),
                    1e-5,
                    "carry " + i);
        }
    }

    @Test
    void timeMajor() {
        Tensor x = ones(40, 10, 5);
        var rnn = Rnn.of(LstmCell.of(15)).timeMajor();
        Variables variables = rnn.init(KEY, x);
        var out = rnn.apply(variables, x);
        assertThat(out.outputs().shape()).isEqualTo(Shape.of(40, 10, 15));
        for (Tensor leaf : out.carry().leaves()) {
            assertThat(leaf.shape()).isEqualTo(Shape.of(10, 15));
            assertNotZero(leaf);
        }
        var loop = HandLoop.run(rnn.cell(), variables, x.moveAxis(0, 1));
        Golden.assertClose(out.outputs(), loop.stacked().moveAxis(1, 0), 1e-5, "outputs");
    }

    @Test
    void withSpatialDimensions() {
        Tensor x = ones(2, 5, 8, 8, 5);
        var rnn = Rnn.of(ConvLstmCell.of(15, 3, 3));
        Variables variables = rnn.init(KEY, x);
        var out = rnn.apply(variables, x);
        assertThat(out.outputs().shape()).isEqualTo(Shape.of(2, 5, 8, 8, 15));
        for (Tensor leaf : out.carry().leaves()) {
            assertThat(leaf.shape()).isEqualTo(Shape.of(2, 8, 8, 15));
            assertNotZero(leaf);
        }
        for (String path : variables.paths()) {
            assertThat(variables.get(path).shape().last()).isEqualTo(60);
        }
        assertIsTheLoop(out, HandLoop.run(rnn.cell(), variables, x));
    }

    @Test
    void numericalEquivalence() {
        Array x = numbers(2, 3, 4, 5);
        var rnn = Rnn.of(LstmCell.of(6));
        Variables variables = rnn.init(KEY, x);
        assertIsTheLoop(rnn.apply(variables, x), HandLoop.run(rnn.cell(), variables, x));
    }

    @Test
    void numericalEquivalenceWithMask() {
        Array x = numbers(3, 4, 4, 5);
        int[] lengths = {3, 1, 4, 2};
        var rnn = Rnn.of(LstmCell.of(6));
        Variables variables = rnn.init(KEY, x);
        var out = rnn.apply(variables, RnnInput.<LstmCarry>of(x).withLengths(lengths));
        var loop = HandLoop.run(rnn.cell(), variables, x);
        for (int row = 0; row < 4; row++) {
            for (int t = 0; t < 4; t++) {
                Tensor y = loop.outputs().get(t).index(0, row);
                Tensor expected = t < lengths[row] ? y : Tensor.zeros(y.type());
                Golden.assertClose(out.outputs().index(0, row).index(0, t), expected, 1e-5, row + "/" + t);
            }
            LstmCarry last = loop.carries().get(lengths[row]);
            Golden.assertClose(out.carry().cell().index(0, row), last.cell().index(0, row), 1e-5, "c " + row);
            Golden.assertClose(out.carry().hidden().index(0, row), last.hidden().index(0, row), 1e-5, "h " + row);
        }
    }

    @Test
    void numericalEquivalenceSingleBatch() {
        Array x = numbers(4, 3, 4, 5);
        var rnn = Rnn.of(LstmCell.of(6));
        Variables variables = rnn.init(KEY, x);
        var out = rnn.apply(variables, x);
        for (int row = 0; row < 3; row++) {
            var alone = HandLoop.run(rnn.cell(), variables, x.slice(0, row, row + 1));
            Golden.assertClose(out.outputs().slice(0, row, row + 1), alone.stacked(), 1e-6, "row " + row);
            Golden.assertClose(
                    out.carry().cell().slice(0, row, row + 1), alone.carry().cell(), 1e-6, "row " + row);
        }
    }

    @Test
    void numericalEquivalenceOfTheBareLoop() {
        Array x = numbers(5, 3, 4, 5);
        LstmCell cell = LstmCell.of(6);
        Variables variables = Rnn.of(cell).init(KEY, x);
        var ran = Loop.scan(cell.initialCarry(KEY, Shape.of(3, 5)), x.moveAxis(1, 0), 4, (carry, xt) -> {
            var step = cell.step(Scope.inference(variables).child("cell"), carry, xt);
            return new Loop.Step<>(step.carry(), step.output());
        });
        var loop = HandLoop.run(cell, variables, x);
        Golden.assertClose(ran.output().moveAxis(0, 1), loop.stacked(), 1e-5, "outputs");
        Golden.assertClose(ran.carry().leaves(), loop.carry().leaves(), 1e-5, "carry");
    }

    @Test
    void reverse() {
        Array x = numbers(6, 3, 4, 5);
        var rnn = Rnn.of(LstmCell.of(6)).reverse();
        Variables variables = rnn.init(KEY, x);
        assertIsTheLoop(rnn.apply(variables, x), HandLoop.run(rnn.cell(), variables, x.reverse(1)));
    }

    @Test
    void reverseButKeepOrder() {
        Array x = numbers(7, 3, 4, 5);
        var rnn = Rnn.of(LstmCell.of(6)).reverse().keepOrder();
        Variables variables = rnn.init(KEY, x);
        var loop = HandLoop.run(rnn.cell(), variables, x.reverse(1));
        var out = rnn.apply(variables, x);
        for (int t = 0; t < 4; t++) {
            Golden.assertClose(out.outputs().index(1, 3 - t), loop.outputs().get(t), 1e-5, "step " + t);
        }
        Golden.assertClose(out.carry().leaves(), loop.carry().leaves(), 1e-5, "carry");
    }

    @Test
    void keepOrderAloneDoesNothing() {
        Array x = numbers(7, 3, 4, 5);
        var rnn = Rnn.of(LstmCell.of(6));
        Variables variables = rnn.init(KEY, x);
        Golden.assertClose(
                rnn.keepOrder().apply(variables, x).outputs(),
                rnn.apply(variables, x).outputs(),
                0,
                "outputs");
    }

    // ---- flip_sequences

    private static final Array COUNTED = Array.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 2, 5);
    private static final Array FLIPPED = Array.of(new float[] {3, 2, 1, 0, 4, 6, 5, 9, 8, 7}, 2, 5);
    private static final Array REAL = Array.of(new int[] {4, 2});

    private static Tensor spread(Tensor rows) {
        return rows.expand(2).times(Array.of(new float[] {1, 10, 100}));
    }

    @Test
    void flipSequence() {
        Golden.assertClose(Sequences.flipSequences(COUNTED, REAL), FLIPPED, 0, "flipped");
    }

    @Test
    void flipSequenceMoreFeatureDims() {
        Golden.assertClose(Sequences.flipSequences(spread(COUNTED), REAL), spread(FLIPPED), 0, "flipped");
    }

    @Test
    void flipSequenceTimeMajor() {
        Tensor flipped = Sequences.flipTimeMajorSequences(COUNTED.transpose(), REAL);
        Golden.assertClose(flipped, FLIPPED.transpose(), 0, "flipped");
    }

    @Test
    void flipSequenceTimeMajorMoreFeatureDims() {
        Tensor flipped = Sequences.flipTimeMajorSequences(spread(COUNTED).moveAxis(1, 0), REAL);
        Golden.assertClose(flipped, spread(FLIPPED).moveAxis(1, 0), 0, "flipped");
    }

    @Test
    void basicSeqLengths() {
        Tensor x = ones(2, 10, 6);
        var rnn = Rnn.of(LstmCell.of(65));
        Variables variables = rnn.init(KEY, x);
        Tensor y = rnn.apply(variables, RnnInput.<LstmCarry>of(x).withLengths(5, 5))
                .outputs();
        assertThat(y.shape()).isEqualTo(Shape.of(2, 10, 65));
        Golden.assertClose(
                y.slice(1, 0, 5), rnn.apply(variables, x.slice(1, 0, 5)).outputs(), 1e-6, "real steps");
        assertThat(y.slice(1, 5, 10).array().toFloats()).containsOnly(0);
    }

    // ---- what Flax does not test

    @Test
    void lengthsOfNoneAndAll() {
        Array x = numbers(8, 3, 4, 5);
        var rnn = Rnn.of(GruCell.of(6));
        Variables variables = rnn.init(KEY, x);
        Array first = numbers(9, 3, 6);
        var out =
                rnn.apply(variables, RnnInput.<Tensor>of(x).withLengths(0, 4, 4).withInitialCarry(first));
        var loop = HandLoop.run(rnn.cell(), variables, first, x);
        Golden.assertClose(out.carry().index(0, 0), first.index(0, 0), 0, "length 0 keeps the initial carry");
        Golden.assertClose(out.carry().slice(0, 1, 3), loop.carry().slice(0, 1, 3), 1e-5, "length T is all");
        assertThat(out.outputs().index(0, 0).array().toFloats()).containsOnly(0);
        Golden.assertClose(out.outputs().slice(0, 1, 3), loop.stacked().slice(0, 1, 3), 1e-5, "outputs");
    }

    @Test
    void noSteps() {
        var rnn = Rnn.of(GruCell.of(6));
        Variables variables = rnn.init(KEY, numbers(1, 2, 3, 5));
        Array first = numbers(9, 2, 6);
        RnnInput<Tensor> in = RnnInput.<Tensor>of(numbers(1, 2, 0, 5)).withInitialCarry(first);
        for (RnnInput<Tensor> each : List.of(in, in.withLengths(0, 0), in.reverse())) {
            var out = rnn.apply(variables, each);
            assertThat(out.outputs().shape()).isEqualTo(Shape.of(2, 0, 6));
            Golden.assertClose(out.carry(), first, 0, "carry");
        }
    }

    @Test
    void anInitialCarryContinuesASequence() {
        Array x = numbers(10, 2, 6, 3);
        var rnn = Rnn.of(LstmCell.of(4));
        Variables variables = rnn.init(KEY, x);
        var whole = rnn.apply(variables, x);
        var start = rnn.apply(variables, x.slice(1, 0, 2));
        var rest = rnn.apply(variables, RnnInput.<LstmCarry>of(x.slice(1, 2, 6)).withInitialCarry(start.carry()));
        Golden.assertClose(Tensor.concat(1, start.outputs(), rest.outputs()), whole.outputs(), 1e-6, "outputs");
        Golden.assertClose(rest.carry().leaves(), whole.carry().leaves(), 1e-6, "carry");
    }

    @Test
    void batchesOfEverySize() {
        var rnn = Rnn.of(LstmCell.of(4));
        Array x = numbers(11, 5, 6, 3);
        Variables variables = rnn.init(KEY, x);
        Tensor all = rnn.apply(variables, x).outputs();
        for (int size : new int[] {1, 2, 5}) {
            Tensor part = rnn.apply(variables, x.slice(0, 0, size)).outputs();
            Golden.assertClose(part, all.slice(0, 0, size), 1e-6, "batch of " + size);
        }
    }

    @Test
    void settingsOfACallWinOverThoseOfTheLayer() {
        Array x = numbers(12, 2, 4, 3);
        var rnn = Rnn.of(GruCell.of(4));
        Variables variables = rnn.init(KEY, x);
        Tensor plain = rnn.apply(variables, x).outputs();
        var contrary = rnn.timeMajor().reverse().keepOrder().withLengths(1, 1).withInitialCarry(numbers(1, 2, 4));
        RnnInput<Tensor> in = RnnInput.<Tensor>of(x)
                .batchMajor()
                .forward()
                .stepOrder()
                .withLengths(4, 4)
                .withInitialCarry(Array.zeros(DType.F32, 2, 4));
        Golden.assertClose(contrary.apply(variables, in).outputs(), plain, 0, "outputs");
        Tensor reversed = rnn.reverse().apply(variables, x).outputs();
        Golden.assertClose(
                rnn.reverse()
                        .keepOrder()
                        .apply(variables, RnnInput.<Tensor>of(x).stepOrder())
                        .outputs(),
                reversed,
                0,
                "step order");
    }
}
