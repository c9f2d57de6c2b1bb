package dev.linum.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.io.Safetensors;
import dev.linum.nn.Dense;
import dev.linum.nn.Embed;
import dev.linum.nn.Init;
import dev.linum.nn.LstmCarry;
import dev.linum.nn.LstmCell;
import dev.linum.nn.Module;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.Scope;
import dev.linum.nn.SimpleCell;
import dev.linum.nn.Stepper;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BinaryOperator;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingTest {

    private record Regressor(int width) implements Module<Tensor, Tensor> {
        @Override
        public Tensor call(Scope scope, Tensor in) {
            Tensor last = Rnn.of(LstmCell.of(width))
                    .call(scope.child("rnn"), in)
                    .outputs()
                    .index(1, -1);
            return scope.call("head", Dense.of(1), last).squeeze(1);
        }
    }

    @Test
    void fiftyStepsFollowFlaxsLosses() throws IOException, URISyntaxException {
        Variables golden = Safetensors.load(Path.of(TrainingTest.class
                        .getResource("/golden/training.safetensors")
                        .toURI()))
                .variables();
        Variables variables = Variables.empty();
        for (String path : golden.paths()) {
            if (path.startsWith("variables/")) {
                variables = variables.with(path.substring(10), golden.get(path));
            }
        }
        var model = new Regressor(8);
        var trainer = Trainer.<Bundle.Tensors>of(
                (scope, batch) -> Losses.squaredError(model.call(scope, batch.get(0)), batch.get(1))
                        .mean(),
                Adam.of(0.01));
        var batch = Bundle.Tensors.of(golden.get("x"), golden.get("target"));
        var state = trainer.start(variables);
        for (int i = 0; i < 50; i++) {
            var step = trainer.step(state, batch, Key.of(0));
            double expected = golden.get("losses").array().get(i);
            assertThat(step.loss().array().item()).as("step %d", i).isCloseTo(expected, Offset.offset(1e-4));
            state = step.state();
        }
        for (String path : variables.paths()) {
            double[] after = golden.get("after/" + path).array().toDoubles();
            double[] ours = state.variables().get(path).array().toDoubles();
            for (int i = 0; i < after.length; i++) {
                assertThat(ours[i]).as(path).isCloseTo(after[i], Offset.offset(1e-3));
            }
        }
    }

    private static Trainer<RnnInput<LstmCarry>> trainer(Rnn<LstmCarry> layer) {
        return Trainer.of(
                (scope, in) -> layer.call(scope, in).outputs().square().mean(), Adam.of(0.01));
    }

    @Test
    void advancingGivesTheNumbersOfSteps() {
        var layer = Rnn.of(LstmCell.of(9));
        Tensor x = Key.of(1).uniform(Shape.of(6, 7, 5), -1, 1);
        var in = RnnInput.<LstmCarry>of(x).withLengths(7, 3, 0, 5, 1, 7);
        var trainer = trainer(layer);
        var other = trainer(layer);
        Trainer.State state = trainer.start(layer.init(Key.of(0), in).params());
        Trainer.State advanced = state;
        for (int i = 0; i < 8; i++) {
            var step = trainer.step(state, in, Key.of(i));
            var next = other.advance(advanced, in, Key.of(i));
            assertThat(next.loss().array().item()).isEqualTo(step.loss().array().item());
            state = step.state();
            advanced = next.state();
        }
        for (String path : state.variables().paths()) {
            assertThat(advanced.variables().get(path).array().toFloats())
                    .isEqualTo(state.variables().get(path).array().toFloats());
        }
    }

    @Test
    void onlyTheStateThatATrainerReturnedLastIsGivenUp() {
        var layer = Rnn.of(LstmCell.of(3));
        var in = RnnInput.<LstmCarry>of(Key.of(1).uniform(Shape.of(2, 4, 3), -1, 1));
        var trainer = trainer(layer);
        Trainer.State start = trainer.start(layer.init(Key.of(0), in).params());
        Trainer.State first = trainer.advance(start, in, Key.of(0)).state();
        Trainer.State second = trainer.step(first, in, Key.of(1)).state();
        float[] kept = bias(first);
        Trainer.State third = trainer.advance(second, in, Key.of(2)).state();
        Trainer.State fourth = trainer.advance(third, in, Key.of(3)).state();
        assertThat(bias(start)).containsOnly(0);
        assertThat(bias(first)).isEqualTo(kept);
        assertThat(bias(fourth)).isNotEqualTo(kept);
        for (Trainer.State gone : List.of(second, third)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> bias(gone))
                    .withMessage("this f32[3] tensor belongs to a state that was given up for the next one; read the"
                            + " state that Trainer.advance returned, or take steps with Trainer.step");
            assertThatIllegalStateException().isThrownBy(() -> trainer.step(gone, in, Key.of(4)));
        }
    }

    @Test
    void theNextStateIsWrittenOverTheOneThatIsGivenUp() {
        var layer = Rnn.of(LstmCell.of(3));
        var in = RnnInput.<LstmCarry>of(Key.of(1).uniform(Shape.of(2, 4, 3), -1, 1));
        var trainer = trainer(layer);
        Trainer.State first = trainer.step(
                        trainer.start(layer.init(Key.of(0), in).params()), in, Key.of(0))
                .state();
        List<Object> memory =
                first.leaves().stream().map(leaf -> leaf.array().data()).toList();
        Trainer.State second = trainer.advance(first, in, Key.of(1)).state();
        List<Tensor> leaves = second.leaves();
        for (int i = 0; i < leaves.size(); i++) {
            if (leaves.get(i).shape().rank() == 2) {
                assertThat(leaves.get(i).array().data()).isSameAs(memory.get(i));
            }
        }
    }

    @Test
    void aStepThatFailsLeavesTheStateAsItWas() {
        var table = Embed.of(5, 3);
        var trainer = Trainer.<Bundle.Tensors>of(
                (scope, batch) -> table.call(scope, batch.get(0)).square().mean(), Adam.of(0.01));
        var good = Bundle.Tensors.of(Array.of(new int[] {1, 4}));
        var bad = Bundle.Tensors.of(Array.of(new int[] {1, 5}));
        Trainer.State state = trainer.start(table.init(Key.of(0), good.get(0)).params());
        state = trainer.step(state, good, Key.of(0)).state();
        Trainer.State kept = state;
        assertThatIllegalArgumentException().isThrownBy(() -> trainer.advance(kept, bad, Key.of(1)));
        double loss = trainer.advance(kept, good, Key.of(1)).loss().array().item();
        assertThat(loss).isPositive();
    }

    @Test
    void trainingGoesOnFromAFileAsIfItHadNotEnded(@TempDir Path folder) throws IOException {
        var layer = Rnn.of(LstmCell.of(3));
        var in = RnnInput.<LstmCarry>of(Key.of(1).uniform(Shape.of(2, 4, 3), -1, 1));
        var trainer = trainer(layer);
        Trainer.State state = trainer.start(layer.init(Key.of(0), in));
        for (int i = 0; i < 3; i++) {
            state = trainer.step(state, in, Key.of(i)).state();
        }
        Path file = folder.resolve("training.safetensors");
        Safetensors.save(file, state.toVariables());
        Variables saved = Safetensors.load(file).variables();
        Trainer.State resumed = trainer(layer).resume(saved);
        assertThat(resumed.structure()).isEqualTo(state.structure());
        for (int i = 3; i < 6; i++) {
            state = trainer.step(state, in, Key.of(i)).state();
            resumed = trainer.step(resumed, in, Key.of(i)).state();
        }
        for (int i = 0; i < state.leaves().size(); i++) {
            assertThat(resumed.leaves().get(i).array().data())
                    .isEqualTo(state.leaves().get(i).array().data());
        }
        assertThat(layer.apply(saved, in).outputs().array().toFloats())
                .isEqualTo(layer.apply(saved.params(), in).outputs().array().toFloats());
        var other = Trainer.<RnnInput<LstmCarry>>of(
                (scope, batch) -> layer.call(scope, batch).outputs().mean(), RmsProp.of(0.1));
        assertThatThrownBy(() -> other.resume(saved))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("resume with the optimizer it was begun with");
        assertThatThrownBy(() -> trainer.resume(saved.params())).hasMessageContaining("has 0 tensors of an optimizer");
    }

    /// Its bias is a constant as it is, where those of gates are joined first.
    @Test
    void aStepperKeepsTheVariablesOfAStateThatIsGivenUp() {
        var layer = Rnn.of(SimpleCell.of(3));
        Tensor x = Key.of(1).uniform(Shape.of(2, 4, 3), -1, 1);
        var in = RnnInput.<Tensor>of(x);
        var trainer = Trainer.<RnnInput<Tensor>>of(
                (scope, batch) -> layer.call(scope, batch).outputs().square().mean(), Adam.of(0.01));
        Trainer.State state = trainer.start(layer.init(Key.of(0), in).params());
        state = trainer.step(state, in, Key.of(0)).state();
        var stepper = Stepper.of(layer, state.variables());
        Tensor start = stepper.start(Shape.of(2, 3));
        Tensor now = x.index(1, 0);
        float[] before = stepper.step(start, now).output().array().toFloats();
        for (int i = 1; i < 4; i++) {
            state = trainer.advance(state, in, Key.of(i)).state();
        }
        assertThat(stepper.step(start, now).output().array().toFloats()).isEqualTo(before);
    }

    private static float[] bias(Trainer.State state) {
        return state.variables().get("params/cell/hf/bias").array().toFloats();
    }

    static List<Optimizer> optimizers() {
        return List.of(
                Adam.of(0.1),
                Adam.of(0.1).withDecay(0.001),
                Sgd.of(0.1),
                Sgd.of(0.02).withMomentum(0.9),
                Sgd.of(0.02).withNesterov(0.9),
                RmsProp.of(0.02),
                Sgd.of(Schedule.warmupCosine(0.2, 10, 400)),
                Adam.of(0.1).clippedBy(0.5));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void everyOptimizerFindsTheBottomOfABowl(Optimizer optimizer) {
        Array target = Array.of(new float[] {1, -2, 0.5f});
        var trainer = Trainer.<Bundle.Tensors>of(
                (scope, batch) -> scope.param("p", target.shape(), Init.zeros())
                        .minus(batch.get(0))
                        .square()
                        .sum(),
                optimizer);
        var state = trainer.start(Variables.empty().with("params/p", Array.of(new float[3])));
        for (int i = 0; i < 400; i++) {
            state = trainer.step(state, Bundle.Tensors.of(target), Key.of(0)).state();
        }
        double[] found = state.variables().get("params/p").array().toDoubles();
        for (int i = 0; i < 3; i++) {
            assertThat(found[i]).isCloseTo(target.get(i), Offset.offset(0.03));
        }
    }

    static List<Arguments> steps() {
        double first = 1 - 0.1 * (2 / 2.5 + 0.25);
        double mean = (0.8 * 0.2 * 2 + 0.2 * 2 * first) / (1 - 0.8 * 0.8);
        double square = (0.9 * 0.1 * 4 + 0.1 * 4 * first * first) / (1 - 0.9 * 0.9);
        double adam = first - 0.1 * (mean / (Math.sqrt(square) + 0.5) + 0.25 * first);
        double root = 1 - 0.1 * 2 / Math.sqrt(2);
        double rms = root - 0.1 * 2 * root / Math.sqrt(0.5 * 2 + 0.5 * 4 * root * root);
        return List.of(
                Arguments.of(Adam.of(0.1).withBetas(0.8, 0.9).withEpsilon(0.5).withDecay(0.25), adam),
                Arguments.of(Sgd.of(0.1), 0.64),
                Arguments.of(Sgd.of(0.1).withMomentum(0.9), 0.46),
                Arguments.of(Sgd.of(0.1).withNesterov(0.9), 0.2224),
                Arguments.of(Sgd.of(Schedule.linear(0.1, 0.2, 1)), 0.48),
                Arguments.of(Sgd.of(0.1).clippedBy(0.5), 0.9),
                Arguments.of(RmsProp.of(0.1).withDecay(0.5), rms));
    }

    /// Two steps down the square of a number that starts at 1.
    @ParameterizedTest
    @MethodSource("steps")
    void twoStepsAreTheFormula(Optimizer optimizer, double expected) {
        var trainer = Trainer.<Bundle.Tensors>of(
                (scope, batch) -> scope.param("p", batch.get(0).shape(), Init.zeros())
                        .square()
                        .sum(),
                optimizer);
        var state = trainer.start(Variables.empty().with("params/p", Array.of(new float[] {1})));
        var batch = Bundle.Tensors.of(Array.of(new float[1]));
        for (int i = 0; i < 2; i++) {
            state = trainer.step(state, batch, Key.of(0)).state();
        }
        assertThat(state.variables().get("params/p").array().item()).isCloseTo(expected, Offset.offset(1e-6));
    }

    @Test
    void schedulesGoUpAndDown() {
        Schedule schedule = Schedule.warmupCosine(2, 10, 30);
        assertThat(at(schedule, 0)).isEqualTo(0);
        assertThat(at(schedule, 5)).isCloseTo(1, Offset.offset(1e-6));
        assertThat(at(schedule, 10)).isCloseTo(2, Offset.offset(1e-6));
        assertThat(at(schedule, 20)).isCloseTo(1, Offset.offset(1e-6));
        assertThat(at(schedule, 30)).isCloseTo(0, Offset.offset(1e-6));
        assertThat(at(schedule, 50)).isCloseTo(0, Offset.offset(1e-6));
        assertThat(at(Schedule.constant(0.25), 7)).isEqualTo(0.25);
    }

    private static double at(Schedule schedule, int step) {
        return schedule.rate(Array.scalar(step)).array().item();
    }

    @Test
    void lossesAreTheirFormulas() {
        Array logits = Array.of(new double[] {1, 2, 3, -1, 0, 1}, 2, 3);
        double norm = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));
        Tensor entropy = Losses.softmaxCrossEntropy(logits, Array.of(new int[] {2, 0}));
        assertThat(entropy.array().get(0)).isCloseTo(norm - 3, Offset.offset(1e-12));
        assertThat(entropy.array().get(1)).isCloseTo(norm - 1, Offset.offset(1e-12));
        Tensor binary =
                Losses.sigmoidCrossEntropy(Array.of(new double[] {-2, 3, 800}), Array.of(new double[] {0, 1, 0}));
        assertThat(binary.array().get(0)).isCloseTo(Math.log1p(Math.exp(-2)), Offset.offset(1e-12));
        assertThat(binary.array().get(1)).isCloseTo(Math.log1p(Math.exp(-3)), Offset.offset(1e-12));
        assertThat(binary.array().get(2)).isEqualTo(800);
        Tensor huber = Losses.huber(Array.of(new double[] {0.5, -3}), Array.of(new double[] {0, 0}), 1);
        assertThat(huber.array().toDoubles()).containsExactly(0.125, 2.5);
        assertThat(Losses.absoluteError(Array.of(new double[] {0.5, -3}), Array.of(new double[] {2, 1}))
                        .array()
                        .toDoubles())
                .containsExactly(1.5, 4);
        assertThat(Losses.correct(logits, Array.of(new int[] {2, 0})).array().toDoubles())
                .containsExactly(1, 0);
    }

    @Test
    void aMaskKeepsNaNOutOfLossAndGradient() {
        Array values = Array.of(new double[] {2, Double.NaN, 4});
        Array mask = Array.of(new boolean[] {true, false, true});
        assertThat(Losses.mean(values, mask).array().item()).isEqualTo(3);
        Tensor gradient = Gradient.grad(v -> Losses.mean(v.square(), mask), (Tensor) values);
        assertThat(gradient.array().get(0)).isEqualTo(2);
        assertThat(gradient.array().get(2)).isEqualTo(4);
        Array none = Array.of(new boolean[3]);
        assertThat(Losses.mean(values, none).array().item()).isEqualTo(0);
    }

    @Test
    void logitsOfZeroHaveTheirGradient() {
        Array labels = Array.of(new double[] {0, 1, 1, 0});
        Tensor gradient = Gradient.grad(
                x -> Losses.sigmoidCrossEntropy(x, labels).sum(), (Tensor) Array.of(new double[] {0, 0, -800, 800}));
        assertThat(gradient.array().toDoubles()).containsExactly(0.5, -0.5, -1, 1);
    }

    @Test
    void aClassMayBeRuledOutAndALabelBeNone() {
        Array logits = Array.of(new double[] {1, 2, Double.NEGATIVE_INFINITY, -1, 0, 1}, 2, 3);
        Array labels = Array.of(new int[] {0, -1});
        Tensor entropy = Losses.softmaxCrossEntropy(logits, labels);
        assertThat(entropy.array().get(0)).isCloseTo(Math.log1p(Math.E), Offset.offset(1e-12));
        assertThat(entropy.array().get(1)).isEqualTo(0);
        Tensor gradient =
                Gradient.grad(l -> Losses.softmaxCrossEntropy(l, labels).sum(), (Tensor) logits);
        double chance = 1 / (1 + Math.E);
        assertThat(gradient.array().toDoubles())
                .containsExactly(new double[] {chance - 1, 1 - chance, 0, 0, 0, 0}, Offset.offset(1e-12));
    }

    @Test
    void targetsOfAnotherShapeAreNotRepeated() {
        Array four = Array.of(new float[4], 4, 1);
        Array flat = Array.of(new float[4], 4);
        for (BinaryOperator<Tensor> loss : List.<BinaryOperator<Tensor>>of(
                Losses::squaredError,
                Losses::absoluteError,
                Losses::sigmoidCrossEntropy,
                (a, b) -> Losses.huber(a, b, 1))) {
            assertThatThrownBy(() -> loss.apply(four, flat))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("one target for each prediction, [4,1], but found targets [4]");
        }
        Array logits = Array.of(new float[12], 4, 3);
        for (BinaryOperator<Tensor> loss :
                List.<BinaryOperator<Tensor>>of(Losses::softmaxCrossEntropy, Losses::correct)) {
            assertThatThrownBy(() -> loss.apply(logits, Array.of(new int[4], 4, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("takes logits [*n, classes] and labels i32[*n], found f32[4,3] and i32[4,1]");
            assertThatThrownBy(() -> loss.apply(logits, flat)).hasMessageContaining("and f32[4]");
        }
    }

    @Test
    void whatNoScheduleOrLimitCanBeIsRefusedAtOnce() {
        assertThatThrownBy(() -> Schedule.linear(0, 1, 0)).hasMessageContaining("at least one step, found 0");
        assertThatThrownBy(() -> Schedule.cosine(1, -1, 0)).hasMessageContaining("at least one step, found -1");
        assertThatThrownBy(() -> Schedule.warmupCosine(1, 5, 5)).hasMessageContaining("found 5 of 5");
        assertThat(at(Schedule.warmupCosine(2, 0, 10), 0)).isEqualTo(2);
        assertThatThrownBy(() -> Adam.of(0.1).clippedBy(0)).hasMessageContaining("a length above 0, found 0");
        assertThatThrownBy(() -> Adam.of(-1)).hasMessageContaining("a learning rate is at least 0.0, found -1.0");
        assertThatThrownBy(() -> Sgd.of(Double.NaN)).hasMessageContaining("found NaN");
        assertThatThrownBy(() -> Adam.of(0.1).withBetas(0.9, 1)).hasMessageContaining("and below 1.0, found 1.0");
        assertThatThrownBy(() -> Sgd.of(0.1).withMomentum(-0.5)).hasMessageContaining("the momentum is at least 0.0");
        assertThatThrownBy(() -> RmsProp.of(0.1).withDecay(2)).hasMessageContaining("found 2.0");
    }
}
