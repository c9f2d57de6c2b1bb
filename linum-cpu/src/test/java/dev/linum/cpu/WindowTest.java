package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Packing;
import dev.linum.graph.Saving;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Products of what comes into a loop are computed for some steps at once. That the numbers stay the same is what
/// [RowsTest] and [SinkTest] say of them.
class WindowTest {

    private static final int STEPS = 7;
    private static final int IN = 5;
    private static final int WIDTH = 12;

    /// Counts the rows of products with inputs, whose inner size is theirs alone.
    private static final class Counting extends ScalarKernels {
        final List<Integer> heights = new ArrayList<>();

        @Override
        public void multiplyPacked(
                int m,
                int n,
                int k,
                float[] a,
                int ao,
                int aRow,
                int aColumn,
                MemorySegment packed,
                boolean add,
                float[] c,
                int co,
                int cRow,
                Workers workers) {
            if (k == IN) {
                synchronized (heights) {
                    heights.add(m);
                }
            }
            super.multiplyPacked(m, n, k, a, ao, aRow, aColumn, packed, add, c, co, cRow, workers);
        }
    }

    private static Tensor random(int seed, int... dims) {
        return Key.of(seed).uniform(Shape.of(dims), -1, 1);
    }

    /// The rows of the products with inputs in a loop over packed sequences.
    ///
    /// @param waits whether they read the carry too
    private static List<Integer> heights(int[] lengths, Loop.Order order, boolean waits) {
        var kernels = new Counting();
        List<Tensor> all = List.of(
                random(1, STEPS, lengths.length, IN),
                random(2, lengths.length, WIDTH),
                random(3, IN, WIDTH),
                random(4, WIDTH, WIDTH));
        Graph graph = Trace.of(all.stream().map(Tensor::type).toList(), given -> {
            var packing = Packing.of(Array.of(lengths), STEPS, true);
            var ran = Loop.scan(
                    given.get(1),
                    Tensors.of(packing.pack(given.get(0))),
                    STEPS,
                    order,
                    Optional.of(packing.sequences()),
                    Saving.everything(),
                    (Tensor h, Tensors x) -> {
                        Tensor in = waits ? x.get(0).plus(h.slice(1, 0, IN)) : x.get(0);
                        Tensor next =
                                in.dot(given.get(2)).plus(h.dot(given.get(3))).tanh();
                        return new Loop.Step<>(next, next);
                    });
            return List.of(packing.unpack(ran.output()));
        });
        Planner.plan(graph, kernels, new Team(1))
                .run(all.stream().map(Tensor::array).toList());
        return kernels.heights;
    }

    private static int[] allSteps(int batch) {
        int[] lengths = new int[batch];
        Arrays.fill(lengths, STEPS);
        return lengths;
    }

    @Test
    void someStepsOfFewRowsAreOneProduct() {
        assertThat(heights(allSteps(16), Loop.Order.FORWARDS, false)).containsExactly(48, 48, 16);
        assertThat(heights(allSteps(32), Loop.Order.FORWARDS, false)).containsExactly(64, 64, 64, 32);
    }

    @Test
    void stepsOfManyRowsAreProductsOfTheirOwn() {
        assertThat(heights(allSteps(48), Loop.Order.FORWARDS, false)).hasSize(STEPS);
    }

    @ParameterizedTest
    @EnumSource(Loop.Order.class)
    void onlyRealStepsAreMultiplied(Loop.Order order) {
        int[] lengths = {7, 7, 5, 4, 4, 3, 3, 2, 2, 1, 1, 1, 7, 6, 2, 1};
        List<Integer> heights = heights(lengths, order, false);
        assertThat(heights).hasSizeLessThan(STEPS);
        assertThat(heights.stream().mapToInt(m -> m).sum())
                .isEqualTo(Arrays.stream(lengths).sum());
    }

    @Test
    void aProductOfWhatAStepComputesWaitsForIt() {
        List<Integer> heights = heights(allSteps(16), Loop.Order.FORWARDS, true);
        assertThat(heights).hasSize(STEPS);
    }

    @Test
    void aSumOfProductsMayBeWhatTheStepReturns() {
        List<Tensor> all =
                List.of(random(1, STEPS, 16, IN), random(2, 16, WIDTH), random(3, IN, WIDTH), random(4, WIDTH, WIDTH));
        Graph graph = Trace.of(all.stream().map(Tensor::type).toList(), given -> {
            var ran = Loop.scan(given.get(1), Tensors.of(given.get(0)), STEPS, (Tensor h, Tensors x) -> {
                Tensor next = x.get(0).dot(given.get(2)).plus(h.dot(given.get(3)));
                return new Loop.Step<>(next, next);
            });
            return List.of(ran.carry(), ran.output());
        });
        List<Array> found = Planner.plan(graph, new ScalarKernels(), new Team(1))
                .run(all.stream().map(Tensor::array).toList());
        Tensor h = all.get(1);
        for (int t = 0; t < STEPS; t++) {
            h = all.get(0).index(0, t).dot(all.get(2)).plus(h.dot(all.get(3)));
            assertThat(found.get(1).index(0, t).array().toFloats())
                    .as("step %d", t)
                    .containsExactly(h.array().toFloats(), offset(1e-4f));
        }
        assertThat(found.get(0).toFloats()).containsExactly(h.array().toFloats(), offset(1e-4f));
    }

    /// A loop over sequences [batch, steps, 48] that are turned for it.
    ///
    /// @param isRead whether they are returned too, [steps, batch, 48]
    private static Graph overSequences(Loop.Order order, boolean isRead) {
        return Trace.of(sequences().stream().map(Tensor::type).toList(), given -> {
            Tensor turned = given.get(0).transpose(1, 0, 2);
            var ran = Loop.scan(given.get(1), Tensors.of(turned), STEPS, order, (Tensor h, Tensors x) -> {
                Tensor next =
                        x.get(0).dot(given.get(2)).plus(h.dot(given.get(3))).tanh();
                return new Loop.Step<>(next, next);
            });
            return isRead ? List.of(ran.output(), ran.carry(), turned) : List.of(ran.output(), ran.carry());
        });
    }

    private static List<Tensor> sequences() {
        return List.of(random(1, 64, STEPS, 48), random(2, 64, 64), random(3, 48, 64), random(4, 64, 64));
    }

    /// Two workers, one after the other, and how often they were called: for a loop, and to turn what is large.
    private static final class Calls implements Workers {
        int count;

        @Override
        public int size() {
            return 2;
        }

        @Override
        public void run(int parts, Part part) {
            count++;
            for (int i = 0; i < parts; i++) {
                part.run(i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Loop.Order.class)
    void sequencesThatWindowsAloneReadAreNotTurned(Loop.Order order) {
        List<Array> in = sequences().stream().map(Tensor::array).toList();
        var without = new Calls();
        var with = new Calls();
        List<Array> found = Planner.plan(overSequences(order, false), new ScalarKernels(), without)
                .run(in);
        List<Array> turned = Planner.plan(overSequences(order, true), new ScalarKernels(), with)
                .run(in);
        for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i).toFloats()).isEqualTo(turned.get(i).toFloats());
        }
        assertThat(without.count).isEqualTo(with.count - 1);
    }

    @Test
    void sequencesThatStepsReadTooAreTurned() {
        Graph graph = Trace.of(sequences().stream().map(Tensor::type).toList(), given -> {
            Tensor turned = given.get(0).transpose(1, 0, 2);
            var ran = Loop.scan(given.get(1), Tensors.of(turned), STEPS, (Tensor h, Tensors x) -> {
                Tensor next =
                        x.get(0).dot(given.get(2)).plus(h.dot(given.get(3))).tanh();
                return new Loop.Step<>(next, x.get(0).plus(1));
            });
            return List.of(ran.output());
        });
        List<Array> in = sequences().stream().map(Tensor::array).toList();
        var calls = new Calls();
        var turning = new Calls();
        List<Array> found = Planner.plan(graph, new ScalarKernels(), calls).run(in);
        Planner.plan(overSequences(Loop.Order.FORWARDS, true), new ScalarKernels(), turning)
                .run(in);
        assertThat(calls.count).isEqualTo(turning.count);
        assertThat(found.getFirst().toFloats())
                .isEqualTo(sequences()
                        .getFirst()
                        .transpose(1, 0, 2)
                        .plus(1)
                        .array()
                        .toFloats());
    }

    @Test
    void sequencesThatNoStepReadsNeedNoWindow() {
        Graph graph = Trace.of(sequences().stream().map(Tensor::type).toList(), given -> {
            Tensor turned = given.get(0).transpose(1, 0, 2);
            var ran = Loop.scan(given.get(1), Tensors.of(turned), STEPS, (Tensor h, Tensors _) -> {
                Tensor next = h.dot(given.get(3)).tanh();
                return new Loop.Step<>(next, next);
            });
            return List.of(ran.carry());
        });
        Tensor h = sequences().get(1);
        for (int t = 0; t < STEPS; t++) {
            h = h.dot(sequences().get(3)).tanh();
        }
        List<Array> in = sequences().stream().map(Tensor::array).toList();
        List<Array> found =
                Planner.plan(graph, new ScalarKernels(), new Team(1)).run(in);
        assertThat(found.getFirst().toFloats()).containsExactly(h.array().toFloats(), offset(1e-5f));
    }
}
