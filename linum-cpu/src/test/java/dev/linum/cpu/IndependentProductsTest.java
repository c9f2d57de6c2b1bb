package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Products of the same size that do not read each other are done by one worker each, and give the same numbers.
class IndependentProductsTest {

    private static final int ROWS = 90;
    private static final int WIDTH = 64;

    private static final List<Tensor> INPUTS = List.of(
            Key.of(1).uniform(Shape.of(ROWS, WIDTH), -1, 1),
            Key.of(2).uniform(Shape.of(ROWS, WIDTH), -1, 1),
            Key.of(3).uniform(Shape.of(ROWS, WIDTH), -1, 1));

    private static final List<Array> ARRAYS = INPUTS.stream().map(Tensor::array).toList();

    private static Tensor gradient(Tensor in, Tensor out) {
        return in.transpose(1, 0).dot(out);
    }

    /// How many groups a plan for so many workers has, whose results must be those of one worker.
    private static long groups(int workers, Function<List<Tensor>, List<Tensor>> program) {
        Graph graph = Trace.of(INPUTS.stream().map(Tensor::type).toList(), program);
        List<Array> expected =
                Planner.plan(graph, new ScalarKernels(), new Team(1)).run(ARRAYS);
        Plan plan = Planner.plan(graph, new ScalarKernels(), new Team(workers));
        for (int run = 0; run < 3; run++) {
            List<Array> found = plan.run(ARRAYS);
            for (int i = 0; i < expected.size(); i++) {
                assertThat((float[]) found.get(i).data())
                        .containsExactly((float[]) expected.get(i).data());
            }
        }
        return plan.steps().stream().filter(SideBySide.class::isInstance).count();
    }

    private static List<Tensor> two(List<Tensor> in) {
        Tensor first = gradient(in.get(0), in.get(2));
        Tensor sum = in.get(2).sum(0);
        return List.of(first, sum, gradient(in.get(1), in.get(2)));
    }

    @Test
    void eachWorkerHasOne() {
        assertThat(groups(2, IndependentProductsTest::two)).isEqualTo(1);
    }

    @Test
    void fewerThanThereAreWorkersAreShared() {
        assertThat(groups(1, IndependentProductsTest::two)).isZero();
        assertThat(groups(3, IndependentProductsTest::two)).isZero();
    }

    @Test
    void fourAreTwoGroups() {
        assertThat(groups(
                        2,
                        in -> List.of(
                                gradient(in.get(0), in.get(1)),
                                gradient(in.get(0), in.get(2)),
                                gradient(in.get(1), in.get(2)),
                                gradient(in.get(1), in.get(1)))))
                .isEqualTo(2);
    }

    @Test
    void oneThatReadsAnotherComesAfterIt() {
        assertThat(groups(2, in -> {
                    Tensor first = gradient(in.get(0), in.get(1));
                    return List.of(first, first.dot(first));
                }))
                .isZero();
        assertThat(groups(2, in -> {
                    Tensor first = gradient(in.get(0), in.get(1));
                    Tensor between = first.tanh();
                    return List.of(first, gradient(in.get(1), in.get(2)).plus(between), between);
                }))
                .isEqualTo(1);
    }

    @Test
    void whatIsReadBetweenDoesNotWait() {
        assertThat(groups(2, in -> {
                    Tensor first = gradient(in.get(0), in.get(1));
                    Tensor left = in.get(2).dot(first.tanh());
                    return List.of(first, gradient(in.get(0), left));
                }))
                .isZero();
    }

    @Test
    void thoseOfAnotherSizeAreShared() {
        assertThat(groups(
                        2,
                        in -> List.of(
                                gradient(in.get(0), in.get(2)),
                                in.get(1)
                                        .slice(1, 0, 32)
                                        .dot(in.get(1).slice(1, 0, 32).transpose(1, 0)))))
                .isZero();
    }

    @Test
    void thoseWithLargeResultsAreShared() {
        assertThat(groups(
                        2,
                        in -> List.of(
                                gradient(in.get(0).reshape(18, 320), in.get(2).reshape(18, 320)),
                                gradient(in.get(1).reshape(18, 320), in.get(2).reshape(18, 320)))))
                .isZero();
    }

    @Test
    void smallOnesAreNotWorthIt() {
        assertThat(groups(
                        2,
                        in -> List.of(
                                gradient(in.get(0).slice(1, 0, 16), in.get(2).slice(1, 0, 16)),
                                gradient(in.get(1).slice(1, 0, 16), in.get(2).slice(1, 0, 16)))))
                .isZero();
    }

    @Test
    void oneThatIsAddedToAnotherIsNotJoined() {
        assertThat(groups(2, in -> {
                    Tensor sum = gradient(in.get(0), in.get(2)).plus(gradient(in.get(1), in.get(2)));
                    return List.of(sum.tanh());
                }))
                .isZero();
    }
}
