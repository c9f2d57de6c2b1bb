package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Compiled;
import dev.linum.graph.Gradient;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.nn.Cell;
import dev.linum.nn.LstmCarry;
import dev.linum.nn.LstmCell;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.RnnOptions;
import dev.linum.nn.Scope;
import dev.linum.nn.Stepper;
import dev.linum.nn.Variables;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What runs allocate when they are warm: the results, and nothing for a step of a loop.
class AllocationTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int BATCH = 4;
    private static final int IN = 16;
    private static final int WIDTH = 32;
    private static final int STEPS = 200;

    /// Lists of results and the like: less than one small object for each of the steps.
    private static final long LISTS = 600;

    /// Calls until a call allocates no more than `allowed` bytes in this thread, or for long enough to be warm;
    /// returns the fewest bytes that one call allocated.
    private static long bytes(long allowed, int most, Runnable call) {
        long fewest = Long.MAX_VALUE;
        for (int i = 0; i < most && fewest > allowed; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            call.run();
            fewest = Math.min(fewest, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return fewest;
    }

    /// The bytes of tensors of four-byte numbers: the numbers, and two headers.
    private static long size(Bundle<?> results) {
        return results.leaves().stream()
                .mapToLong(t -> 48 + 4L * t.shape().count())
                .sum();
    }

    private static Kernels kernels(String twin) {
        return twin.equals("scalar") ? TwinModelsTest.SCALAR : TwinModelsTest.VECTOR;
    }

    private record Run(Plan plan, List<Array> in) {
        static Run of(Graph graph, Bundle<?> point, Kernels kernels) {
            return new Run(
                    Planner.plan(graph, kernels, new Team(1)),
                    point.leaves().stream().map(Tensor::array).toList());
        }
    }

    private static final Rnn<LstmCarry> RNN = Rnn.of(LstmCell.of(WIDTH));

    private static Pair<Variables, Tensors> point(int steps) {
        Tensor x = Key.of(2).normal(Shape.of(BATCH, steps, IN));
        return Pair.of(RNN.init(Key.of(1), x), Tensors.of(x));
    }

    private static LstmCarry last(Pair<Variables, Tensors> at, RnnOptions<LstmCarry> options) {
        return RNN.call(Scope.inference(at.first()), new RnnInput<>(at.second().get(0), options))
                .carry();
    }

    private static Run inference(RnnOptions<LstmCarry> options, Kernels kernels) {
        Compiled<Pair<Variables, Tensors>, LstmCarry> compiled = Compiled.of(at -> last(at, options));
        return Run.of(compiled.graph(point(STEPS)), point(STEPS), kernels);
    }

    private static Run training(RnnOptions<LstmCarry> options, Kernels kernels) {
        Tensor x = point(STEPS).second().get(0);
        Compiled<Variables, Variables> compiled = Compiled.of(variables -> Gradient.grad(
                of -> RNN.call(Scope.inference(of), new RnnInput<>(x, options))
                        .outputs()
                        .square()
                        .sum(),
                variables));
        return Run.of(compiled.graph(point(STEPS).first()), point(STEPS).first(), kernels);
    }

    static List<RnnOptions<LstmCarry>> options() {
        RnnOptions<LstmCarry> none = RnnOptions.none();
        return List.of(none, none.withLengths(Array.of(new int[] {STEPS, STEPS / 2, 0, 3})));
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void stepsOfInferenceAllocateNothing(String twin) {
        for (RnnOptions<LstmCarry> options : options()) {
            assertOnlyResults(inference(options, kernels(twin)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void stepsOfTrainingAllocateNothing(String twin) {
        for (RnnOptions<LstmCarry> options : options()) {
            assertOnlyResults(training(options, kernels(twin)));
        }
    }

    private static void assertOnlyResults(Run run) {
        long allowed = size(new Tensors(List.copyOf(run.plan().run(run.in())))) + LISTS;
        assertThat(bytes(allowed, 3000, () -> run.plan().run(run.in()))).isLessThanOrEqualTo(allowed);
    }

    @Test
    void aStepOfAStreamAllocatesLittleMoreThanItsResults() {
        var rnn = Rnn.of(LstmCell.of(64));
        Array x = Key.of(2).normal(Shape.of(IN)).array();
        Stepper<LstmCarry> stepper =
                Stepper.of(rnn, rnn.init(Key.of(1), Key.of(2).normal(Shape.of(3, IN))));
        LstmCarry carry = stepper.start(Shape.of(IN));
        Cell.Step<LstmCarry> step = stepper.step(carry, x);
        long allowed = size(Pair.of(step.carry(), Tensors.of(step.output()))) + LISTS;
        assertThat(bytes(allowed, 60_000, () -> stepper.step(carry, x))).isLessThanOrEqualTo(allowed);
    }
}
