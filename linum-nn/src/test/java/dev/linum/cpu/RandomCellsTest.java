package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Compiled;
import dev.linum.graph.DType;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Saving;
import dev.linum.graph.Tensor;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Cells and models that nobody would think of give the same outputs and gradients in all the ways in which they are
/// computed: step by step in plain Java, and compiled with each kind of kernels, any number of workers, loops written
/// or
/// not, and whatever is kept for the backward pass.
///
/// The property `test.cells` says how many are drawn.
class RandomCellsTest {

    private static final int CELLS = Integer.getInteger("test.cells", 40);

    /// Of the largest number of a result, or of this share of the largest of all and of 1.
    private static final double F64 = 1e-9;

    private static final double F32 = 2e-3;
    private static final double SHARE = 1e-2;

    /// Some cells make much of little: how far arguments are moved to see it, and what that counts.
    private static final double ROUNDING = 1e-6;

    private static final int SLACK = 10;

    private static final List<Saving> SAVINGS =
            List.of(Saving.everything(), Saving.costly(), Saving.checkpoints(), Saving.checkpoints(3));

    static LongStream seeds() {
        return LongStream.rangeClosed(1, CELLS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void allWaysGiveTheSame(long seed) {
        var model = new RandomModel(seed);
        List<Array> in = model.arguments(0);
        List<Array> expected = byHand(model, 0, in);
        List<Array> other = model.arguments(1);
        List<Array> expectedOfOther = byHand(model, 1, other);
        assumeThat(isFinite(expected) && isFinite(expectedOfOther))
                .as("the cell has an infinite slope where it was asked")
                .isTrue();
        List<Array> wide = inF64(in);
        Saving saving = SAVINGS.get((int) seed % SAVINGS.size());
        for (Saving kept : new LinkedHashSet<>(List.of(Saving.everything(), saving))) {
            Plan plan = Planner.plan(graph(model, DType.F64, kept, wide), TwinModelsTest.SCALAR, Workers.ALONE);
            close(model, kept.toString(), plan.run(wide), expected, F64, () -> expected);
        }
        Supplier<List<Array>> moved = () -> byHand(model, 0, moved(in));
        Supplier<List<Array>> movedOfOther = () -> byHand(model, 1, moved(other));
        Graph graph = graph(model, DType.F32, saving, in);
        for (Kernels kernels : List.of(TwinModelsTest.SCALAR, TwinModelsTest.VECTOR)) {
            String name = kernels.name() + ", " + saving;
            Plan plan = with("off", () -> Planner.plan(graph, kernels, Workers.ALONE));
            close(model, name + ", other arguments", plan.run(other), expectedOfOther, F32, movedOfOther);
            List<Array> found = plan.run(in);
            close(model, name, found, expected, F32, moved);
            Plan written = with("first", () -> Planner.plan(graph, kernels, Workers.ALONE));
            same(model, name + ", loops written", written.run(in), found);
            int workers = 2 + (int) seed % 3;
            Plan shared = with("off", () -> Planner.plan(graph, kernels, SameBitsTest.reversed(workers)));
            same(model, name + ", shared by " + workers, shared.run(in), found);
        }
        List<Array> variables = in.subList(0, model.variables());
        List<Array> others = in.subList(model.variables(), in.size());
        Graph bound =
                graph(others, t -> model.call(DType.F32, saving, Bundle.concat(List.copyOf(variables), t.leaves())));
        Plan plan = Planner.plan(bound, TwinModelsTest.SCALAR, Workers.ALONE);
        close(model, "variables bound, " + saving, plan.run(others), expected, F32, moved);
    }

    private static List<Array> byHand(RandomModel model, int number, List<Array> in) {
        return arrays(model.byHand(DType.F64, number, List.copyOf(inF64(in))));
    }

    /// The arguments, but for their last digits.
    private static List<Array> moved(List<Array> in) {
        return in.stream()
                .map(a -> a.dtype().isFloat()
                        ? a.times(Key.of(1).uniform(a.shape(), 1 - ROUNDING, 1 + ROUNDING))
                                .array()
                        : a)
                .toList();
    }

    private static List<Array> inF64(List<Array> in) {
        return in.stream()
                .map(a -> a.dtype().isFloat() ? a.cast(DType.F64).array() : a)
                .toList();
    }

    private static List<Array> arrays(Tensors of) {
        return of.leaves().stream().map(Tensor::array).toList();
    }

    private static boolean isFinite(List<Array> all) {
        return all.stream().allMatch(a -> DoubleStream.of(a.toDoubles()).allMatch(Double::isFinite));
    }

    private static Graph graph(RandomModel model, DType dtype, Saving saving, List<Array> in) {
        return graph(in, t -> model.call(dtype, saving, t.leaves()));
    }

    private static Graph graph(List<Array> in, UnaryOperator<Tensors> function) {
        return Compiled.of(function).graph(new Tensors(List.copyOf(in)));
    }

    /// Plans while loops are written as the property says.
    private static Plan with(String loops, Supplier<Plan> plan) {
        String before = System.getProperty("linum.loops", "");
        System.setProperty("linum.loops", loops);
        try {
            return plan.get();
        } finally {
            System.setProperty("linum.loops", before);
        }
    }

    /// @param moved the results expected for other last digits: if they differ by much, so may those found
    private static void close(
            RandomModel model,
            String how,
            List<Array> found,
            List<Array> expected,
            double bound,
            Supplier<List<Array>> moved) {
        double all = expected.stream().mapToDouble(RandomCellsTest::largest).reduce(1, Math::max);
        List<String> names = model.names();
        for (int i = 0; i < names.size(); i++) {
            Array right = expected.get(i);
            double within = bound * Math.max(largest(right), SHARE * all);
            double apart = largest(found.get(i).minus(right).array());
            if (!(apart <= within)) {
                within += SLACK * largest(moved.get().get(i).minus(right).array());
            }
            assertThat(apart <= within)
                    .as(
                            "%s is off by %s, more than %s%n%s: %s%nfound    %s%nexpected %s",
                            names.get(i), apart, within, how, model, found.get(i), right)
                    .isTrue();
        }
    }

    private static double largest(Array of) {
        return DoubleStream.of(of.toDoubles()).map(Math::abs).reduce(0, Math::max);
    }

    private static void same(RandomModel model, String how, List<Array> found, List<Array> expected) {
        for (int i = 0; i < expected.size(); i++) {
            int at = Arrays.mismatch(found.get(i).toFloats(), expected.get(i).toFloats());
            assertThat(at)
                    .as("first other bits of %s%n%s: %s", model.names().get(i), how, model)
                    .isEqualTo(-1);
        }
    }
}
