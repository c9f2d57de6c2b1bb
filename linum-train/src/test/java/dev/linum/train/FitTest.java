package dev.linum.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.linum.graph.Array;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.nn.Init;
import dev.linum.nn.Scope;
import dev.linum.nn.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/// The model is one number that walks from 0 towards the number in the batch, a tenth of the way (squared
/// error with a rate of 0.05) at each step.
class FitTest {

    private static final List<Tensor> BATCHES = List.of(Array.scalar(8f), Array.scalar(8f));

    private static Trainer<Tensor> trainer() {
        return Trainer.of(
                (scope, batch) ->
                        scope.param("at", Shape.of(), Init.zeros()).minus(batch).square(),
                Sgd.of(0.05));
    }

    private static Trainer.State start(Trainer<Tensor> trainer) {
        Scope scope = Scope.initialising(Key.of(0));
        scope.param("at", Shape.of(), Init.zeros());
        return trainer.start(scope.variables());
    }

    private static double at(Variables variables) {
        return variables.get("params/at").array().item();
    }

    private static Fit.Best run(
            Fit<Tensor> fit, List<Tensor> batches, ToDoubleFunction<Variables> score, Fit.Listener listener) {
        return fit.run(start(fit.trainer()), _ -> batches, Key.of(0), score, listener);
    }

    @Test
    void theBestVariablesAreKeptAndPatienceEndsTraining() {
        var reports = new ArrayList<Fit.Report>();
        var losses = new ArrayList<Double>();
        var listener = new Fit.Listener() {
            @Override
            public void step(int epoch, double loss) {
                losses.add(loss);
            }

            @Override
            public void epoch(Fit.Report report) {
                reports.add(report);
            }
        };
        // The number is 1.52, 2.75, 3.75, 4.56 and 5.21 after the first five epochs, so the third comes nearest to 3.5.
        var fit = Fit.of(trainer()).withEpochs(50).withPatience(2);
        Fit.Best best = run(fit, BATCHES, variables -> -Math.abs(at(variables) - 3.5), listener);
        assertThat(best.epoch()).isEqualTo(3);
        assertThat(best.end()).isEqualTo(Fit.End.PATIENCE);
        assertThat(at(best.variables())).isBetween(3.7, 3.8);
        assertThat(best.score()).isEqualTo(-Math.abs(at(best.variables()) - 3.5));
        assertThat(reports).extracting(Fit.Report::number).containsExactly(1, 2, 3, 4, 5);
        assertThat(reports).extracting(report -> report.best().epoch()).containsExactly(1, 2, 3, 3, 3);
        assertThat(losses).hasSize(10);
        assertThat(reports.getFirst().loss()).isEqualTo((losses.get(0) + losses.get(1)) / 2);
    }

    @Test
    void epochsEndTraining() {
        Fit.Best best = run(Fit.of(trainer()).withEpochs(4), BATCHES, FitTest::at, new Fit.Listener() {});
        assertThat(best.epoch()).isEqualTo(4);
        assertThat(best.end()).isEqualTo(Fit.End.EPOCHS);
    }

    private static final class StopAfter implements Fit.Listener {
        private int left;

        StopAfter(int steps) {
            left = steps;
        }

        @Override
        public void step(int epoch, double loss) {
            left--;
        }

        @Override
        public boolean isStopping() {
            return left <= 0;
        }
    }

    @Test
    void aListenerStopsInTheMiddleOfAnEpoch() {
        Fit.Best third = run(Fit.of(trainer()), BATCHES, FitTest::at, new StopAfter(5));
        assertThat(third.end()).isEqualTo(Fit.End.STOPPED);
        assertThat(third.epoch()).isEqualTo(2);
        Fit.Best first = run(Fit.of(trainer()), BATCHES, FitTest::at, new StopAfter(1));
        assertThat(first.epoch()).isEqualTo(1);
        assertThat(at(first.variables())).isGreaterThan(0);
    }

    @Test
    void aLossThatIsNoNumberEndsTrainingWithTheBestBeforeIt() {
        var fit = Fit.of(trainer());
        var bad = List.<Tensor>of(Array.scalar(8f), Array.scalar(Float.NaN));
        Fit.Best best = fit.run(
                start(fit.trainer()),
                epoch -> epoch < 3 ? BATCHES : bad,
                Key.of(0),
                FitTest::at,
                new Fit.Listener() {});
        assertThat(best.end()).isEqualTo(Fit.End.DIVERGED);
        assertThat(best.epoch()).isEqualTo(2);
    }

    @Test
    void scoresThatAreNoNumbersEndWithNothingToKeep() {
        for (double odd : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
            for (int patience : new int[] {2, 10}) {
                var fit = Fit.of(trainer()).withEpochs(4).withPatience(patience);
                Fit.Best best = run(fit, BATCHES, _ -> odd, new Fit.Listener() {});
                assertThat(best.end()).isEqualTo(Fit.End.DIVERGED);
                assertThat(best.epoch()).isZero();
            }
        }
        // One number suffices.
        Fit.Best best = run(
                Fit.of(trainer()).withEpochs(4),
                BATCHES,
                variables -> at(variables) > 2 && at(variables) < 3 ? 1 : Double.NaN,
                new Fit.Listener() {});
        assertThat(best.end()).isEqualTo(Fit.End.EPOCHS);
        assertThat(best.epoch()).isEqualTo(2);
    }

    @Test
    void wrongSettingsAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> run(Fit.of(trainer()), List.of(), FitTest::at, new Fit.Listener() {}))
                .withMessage("epoch 1 has no batches to train on");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Fit.of(trainer()).withPatience(0))
                .withMessage("training needs at least 1 epoch and a patience of 1, found 100 and 0");
    }
}
