package dev.linum.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.linum.graph.Array;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.nn.CellDropout;
import dev.linum.nn.Keys;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.Scope;
import dev.linum.nn.Sequences;
import dev.linum.nn.Stepper;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// What a cell of one's own gets without further code: gradients, masks, reversal, dropout and stepping.
class LeakyCellTest {

    private static final int[] LENGTHS = {5, 2, 0};
    private static final Rnn<Tensor> RNN =
            Rnn.of(new LeakyCell(4, 0.3, CellDropout.none().withInputs(0.4).withState(0.4)));
    private static final Tensor X = Key.of(1).normal(Shape.of(3, 5, 2));
    private static final Variables VARIABLES = RNN.init(Key.of(0), X);

    private static void same(Tensor actual, Tensor expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        assertThat(actual.array().toDoubles())
                .usingComparatorWithPrecision(1e-6)
                .containsExactly(expected.array().toDoubles());
    }

    private static RnnInput<Tensor> padded() {
        return RnnInput.<Tensor>of(X).withLengths(LENGTHS);
    }

    private static Scope training(Variables variables, long seed) {
        return Scope.training(variables, Keys.dropout(Key.of(seed)));
    }

    @Test
    void itsBodyIsShort() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("src/main/java/dev/linum/examples/LeakyCell.java"));
        int first = lines.indexOf(lines.stream()
                .filter(line -> line.startsWith("public record"))
                .findFirst()
                .orElseThrow());
        assertThat(lines.size() - first).isLessThanOrEqualTo(25);
    }

    @Test
    void gradients() {
        Function<Variables, Tensor> loss =
                v -> RNN.call(training(v, 7), padded()).outputs().square().sum();
        Variables gradient = Gradient.grad(loss, VARIABLES);
        double epsilon = 1e-2;
        for (String path : VARIABLES.paths()) {
            Tensor at = VARIABLES.get(path);
            Tensor way = Key.of(5).uniform(at.shape(), -1, 1);
            double above = loss.apply(VARIABLES.with(path, at.plus(way.times(epsilon))))
                    .array()
                    .item();
            double below = loss.apply(VARIABLES.with(path, at.minus(way.times(epsilon))))
                    .array()
                    .item();
            double found = gradient.get(path).times(way).sum().array().item();
            assertThat(found).as(path).isNotZero().isCloseTo((above - below) / (2 * epsilon), within(2e-3));
        }
    }

    @Test
    void masks() {
        var batch = RNN.apply(VARIABLES, padded());
        for (int row = 0; row < LENGTHS.length; row++) {
            int n = LENGTHS[row];
            var alone = RNN.apply(VARIABLES, X.slice(0, row, row + 1).slice(1, 0, n));
            Tensor outputs = batch.outputs().slice(0, row, row + 1);
            same(outputs.slice(1, 0, n), alone.outputs());
            same(batch.carry().slice(0, row, row + 1), alone.carry());
            assertThat(outputs.slice(1, n, 5).array().toFloats()).containsOnly(new float[4 * (5 - n)]);
        }
    }

    @Test
    void reverse() {
        Array lengths = Array.of(LENGTHS);
        Tensor flipped = Sequences.flipSequences(X, lengths);
        var expected = RNN.apply(VARIABLES, RnnInput.<Tensor>of(flipped).withLengths(LENGTHS));
        var actual = RNN.apply(VARIABLES, padded().reverse());
        same(actual.outputs(), expected.outputs());
        same(actual.carry(), expected.carry());
        same(
                RNN.apply(VARIABLES, padded().reverse().keepOrder()).outputs(),
                Sequences.flipSequences(expected.outputs(), lengths));
    }

    @Test
    void dropout() {
        Tensor inference = RNN.apply(VARIABLES, X).outputs();
        same(Rnn.of(new LeakyCell(4, 0.3)).apply(VARIABLES, X).outputs(), inference);
        Tensor trained = RNN.call(training(VARIABLES, 7), X).outputs();
        same(RNN.call(training(VARIABLES, 7), X).outputs(), trained);
        for (Tensor other :
                List.of(inference, RNN.call(training(VARIABLES, 8), X).outputs())) {
            assertThat(trained.minus(other).abs().max().array().item()).isGreaterThan(0.01);
        }
    }

    @Test
    void stepping() {
        var whole = RNN.apply(VARIABLES, X);
        Stepper<Tensor> stepper = Stepper.of(RNN, VARIABLES);
        Tensor carry = stepper.start(Shape.of(3, 2));
        for (int t = 0; t < 5; t++) {
            var step = stepper.step(carry, X.index(1, t));
            same(step.output(), whole.outputs().index(1, t));
            carry = step.carry();
        }
        same(carry, whole.carry());
    }
}
