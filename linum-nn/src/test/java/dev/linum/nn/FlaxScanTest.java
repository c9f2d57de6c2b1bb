package dev.linum.nn;

import static dev.linum.nn.HandLoop.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Compiled;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tests of Flax's `linen_transforms_test.py` and others that touch `nn.scan`: variables and keys inside loops.
class FlaxScanTest {

    @Test
    void scan() {
        Array x = numbers(1, 5, 3, 2);
        var rnn = Rnn.of(LstmCell.of(2)).timeMajor();
        Variables variables = rnn.init(Key.of(0), x);
        var loop = HandLoop.run(rnn.cell(), variables, x.moveAxis(0, 1));
        var out = rnn.apply(variables, x);
        Golden.assertClose(out.outputs(), loop.stacked().moveAxis(1, 0), 1e-6, "outputs");
        Golden.assertClose(out.carry().leaves(), loop.carry().leaves(), 1e-6, "carry");
    }

    @Test
    void scanWithAnInputThatIsTheSameForAllSteps() {
        Array x = numbers(1, 5, 3);
        Array same = numbers(2, 3);
        var ran = Loop.scan((Tensor) Array.zeros(DType.F32, 3), (Tensor) x, 5, (carry, xt) -> {
            Tensor next = carry.plus(xt.times(same));
            return new Loop.Step<>(next, next.plus(same));
        });
        Tensor sum = Array.zeros(DType.F32, 3);
        for (int t = 0; t < 5; t++) {
            sum = sum.plus(x.index(0, t).times(same));
            Golden.assertClose(ran.output().index(0, t), sum.plus(same), 1e-6, "step " + t);
        }
    }

    private record Counting() implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            Tensor count = scope.variable("counter", "i", () -> Array.scalar(1)).plus(1);
            scope.put("counter", "i", count);
            return new Step<>(carry.plus(x), count.cast(DType.F32));
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Tensor.zeros(new Type(DType.F32, input));
        }
    }

    @Test
    void aCarriedCounterCounts() {
        var rnn = Rnn.of(new Counting()).withLift(Lift.standard().withCarried("counter"));
        Variables start = Variables.empty().with("counter/cell/i", Array.scalar(1));
        Scope scope = Scope.inference(start);
        Tensor y = rnn.call(scope, numbers(1, 10, 3)).outputs();
        assertThat(scope.updates().get("counter/cell/i").array().item()).isEqualTo(11);
        assertThat(y.array().toFloats()).containsExactly(2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        assertThat(rnn.init(Key.of(0), numbers(1, 10, 3))
                        .get("counter/cell/i")
                        .array()
                        .item())
                .as("made inside the loop, with the value it starts from")
                .isEqualTo(1);
    }

    @Test
    void rematOverALoopGivesTheSameGradients() {
        Array x = numbers(1, 2, 6, 3);
        var rnn = Rnn.of(LstmCell.of(4));
        Variables variables = rnn.init(Key.of(0), x);
        Variables plain = Gradient.grad(
                v -> rnn.call(Scope.inference(v), x).outputs().square().sum(), variables);
        Variables again = Gradient.grad(
                v -> Loop.remat(
                        v,
                        w -> rnn.call(Scope.inference(w), x).outputs().square().sum()),
                variables);
        Golden.assertClose(again, plain, 1e-6, "gradients");
    }

    /// A cell that computes each step anew in the derivative.
    private record Forgetting(LstmCell cell) implements Cell<LstmCarry> {
        @Override
        public Step<LstmCarry> step(Scope scope, LstmCarry carry, Tensor x) {
            var all = Bundle.Pair.of(carry, Bundle.Tensors.of(x));
            LstmCarry next = Loop.remat(
                    all, in -> cell.step(scope, in.first(), in.second().get(0)).carry());
            return new Step<>(next, next.hidden());
        }

        @Override
        public LstmCarry initialCarry(Key key, Shape input) {
            return cell.initialCarry(key, input);
        }
    }

    @Test
    void rematInsideALoopGivesTheSameGradients() {
        Array x = numbers(1, 2, 6, 3);
        var plain = Rnn.of(LstmCell.of(4));
        var again = Rnn.of(new Forgetting(LstmCell.of(4)));
        Variables variables = plain.init(Key.of(0), x);
        Golden.assertClose(again.init(Key.of(0), x), variables, 0, "parameters");
        Golden.assertClose(
                Gradient.grad(
                        v -> again.call(Scope.inference(v), x)
                                .outputs()
                                .square()
                                .sum(),
                        variables),
                Gradient.grad(
                        v -> plain.call(Scope.inference(v), x)
                                .outputs()
                                .square()
                                .sum(),
                        variables),
                1e-6,
                "gradients");
    }

    /// A layer whose own parameter is read by the steps of a loop inside it.
    private record Scaled() implements Module<Tensor, Tensor> {
        @Override
        public Tensor call(Scope scope, Tensor x) {
            Tensor scale = scope.param("scale", Shape.of(3), Init.constant(2));
            return Loop.scan(Tensor.zeros(Type.of(DType.F32, 3)), x, 2, (carry, xt) -> {
                        Tensor next = carry.times(scale).plus(xt);
                        return new Loop.Step<>(next, next);
                    })
                    .carry();
        }
    }

    @Test
    void aLoopReadsParametersMadeAroundIt() {
        Array x = numbers(1, 2, 3);
        var layer = new Scaled();
        Variables variables = layer.init(Key.of(0), x);
        assertThat(variables.paths()).containsExactly("params/scale");
        Tensor expected = x.index(0, 0).times(2).plus(x.index(0, 1));
        Golden.assertClose(layer.apply(variables, x), expected, 1e-6, "outputs");
        Variables gradient =
                Gradient.grad(v -> layer.call(Scope.inference(v), x).sum(), variables);
        Golden.assertClose(gradient.get("params/scale"), x.index(0, 0), 1e-6, "gradient");
    }

    @Test
    void keysAreTheSameInEveryRunCompiledOrNot() {
        Array x = numbers(1, 2, 5, 3);
        var rnn = Rnn.of(GruCell.of(4).withDropout(0.5).withRecurrentDropout(0.5));
        Variables variables = rnn.init(Key.of(0), x);
        Compiled<Bundle.Pair<Variables, Keys>, Tensor> compiled = Compiled.of(
                in -> rnn.call(Scope.training(in.first(), in.second()), x).outputs());
        Keys keys = Keys.dropout(Key.of(7));
        Tensor atOnce = rnn.call(Scope.training(variables, keys), x).outputs();
        for (int run = 0; run < 2; run++) {
            Tensor y = compiled.apply(Bundle.Pair.of(variables, keys));
            Golden.assertClose(y, atOnce, 1e-6, "run " + run);
        }
        Tensor other = compiled.apply(Bundle.Pair.of(variables, Keys.dropout(Key.of(8))));
        assertThat(other.minus(atOnce).abs().max().array().item()).isGreaterThan(0.01);
    }

    private record DenseCell(int features) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            return new Step<>(carry, scope.call("dense", Dense.of(features), x));
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Tensor.zeros(new Type(DType.F32, input));
        }
    }

    @Test
    void parametersOfEachStepAreStacked() {
        Array x = numbers(1, 5, 2, 3);
        var rnn = Rnn.of(new DenseCell(3))
                .timeMajor()
                .withLift(Lift.standard().withAxis(Variables.PARAMS, 0).withSplit(Variables.PARAMS));
        Variables variables = rnn.init(Key.of(0), x);
        Tensor kernel = variables.get("params/cell/dense/kernel");
        assertThat(kernel.shape()).isEqualTo(Shape.of(5, 3, 3));
        assertThat(variables.get("params/cell/dense/bias").shape()).isEqualTo(Shape.of(5, 3));
        Tensor y = rnn.apply(variables, x).outputs();
        for (int t = 0; t < 5; t++) {
            Golden.assertClose(y.index(0, t), x.index(0, t).dot(kernel.index(0, t)), 1e-6, "step " + t);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void stepsOverTheSameInputDifferOnlyWithParametersOfTheirOwn(boolean own) {
        Tensor x = Tensor.stack(0, List.of(numbers(1, 1, 4), numbers(1, 1, 4)));
        Lift lift = own ? Lift.standard().withAxis(Variables.PARAMS, 0).withSplit(Variables.PARAMS) : Lift.standard();
        var rnn = Rnn.of(new DenseCell(1)).timeMajor().withLift(lift);
        Variables variables = rnn.init(Key.of(0), x);
        assertThat(variables.get("params/cell/dense/kernel").shape())
                .isEqualTo(own ? Shape.of(2, 4, 1) : Shape.of(4, 1));
        double[] y = rnn.apply(variables, x).outputs().array().toDoubles();
        assertThat(y[0] == y[1]).isEqualTo(!own);
    }

    private record Traced(GruCell cell, AtomicInteger times) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            times.incrementAndGet();
            return cell.step(scope, carry, x);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return cell.initialCarry(key, input);
        }
    }

    @Test
    void aStepIsRecordedTwiceHoweverOftenAndLongItRuns() {
        var cell = new Traced(GruCell.of(4), new AtomicInteger());
        var rnn = Rnn.of(cell);
        Variables variables = rnn.init(Key.of(0), numbers(1, 2, 5, 3));
        cell.times().set(0);
        for (int run = 0; run < 3; run++) {
            rnn.apply(variables, numbers(run, 2, 50, 3));
        }
        assertThat(cell.times()).hasValue(2);
        rnn.apply(variables, numbers(1, 2, 51, 3));
        assertThat(cell.times()).as("inputs of another type").hasValue(4);
    }

    /// Flax's recurrent dropout test: a layer with its own masks, trained and not, over `[8, 10, 32]`.
    @Test
    void recurrentDropoutOverABatch() {
        Array x = numbers(1, 8, 10, 32);
        Module<Tensor, Tensor> model = (scope, in) -> {
            var out = Rnn.of(LstmCell.of(16).withRecurrentDropout(0.5)).call(scope.child("rnn"), in);
            return scope.call("head", Dense.of(1), out.outputs().index(1, -1));
        };
        Variables variables = model.init(Key.of(0), x);
        Keys keys = Keys.of(Dropout.RECURRENT_STREAM, Key.of(1));
        Tensor trained = model.call(Scope.training(variables, keys), x);
        assertThat(trained.shape()).isEqualTo(Shape.of(8, 1));
        Golden.assertClose(model.call(Scope.training(variables, keys), x), trained, 0, "the same key again");
        Tensor other = model.call(Scope.training(variables, Keys.of(Dropout.RECURRENT_STREAM, Key.of(2))), x);
        assertThat(other.minus(trained).abs().max().array().item()).isGreaterThan(1e-3);
    }

    /// Flax's custom cell: `tanh(Dense([x, h]))`.
    private record Joined(int features) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
            Tensor next = scope.call("dense", Dense.of(features), Tensor.concat(-1, x, h))
                    .tanh();
            return new Step<>(next, next);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Tensor.zeros(new Type(DType.F32, Cell.carryShape(input, features)));
        }
    }

    @Test
    void aCustomCell() {
        Array x = numbers(1, 2, 5, 3);
        var rnn = Rnn.of(new Joined(4));
        Variables variables = rnn.init(Key.of(0), x);
        var out = rnn.apply(variables, RnnInput.<Tensor>of(x).withLengths(5, 2));
        assertThat(out.outputs().shape()).isEqualTo(Shape.of(2, 5, 4));
        var loop = HandLoop.run(rnn.cell(), variables, x);
        Golden.assertClose(out.outputs().index(0, 0), loop.stacked().index(0, 0), 1e-6, "outputs");
        Golden.assertClose(out.carry().index(0, 1), loop.carries().get(2).index(0, 1), 1e-6, "carry");
    }
}
