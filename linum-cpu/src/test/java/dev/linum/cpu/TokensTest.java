package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Equation;
import dev.linum.graph.Gradient;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Op;
import dev.linum.graph.Saving;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Products around loops over packed sequences leave the padding out and give the same numbers.
class TokensTest {

    private static final int STEPS = 9;
    private static final int BATCH = 6;
    private static final int IN = 5;
    private static final int WIDTH = 7;
    private static final int[] LENGTHS = {9, 8, 8, 4, 1, 0};

    /// Inputs with a value in the padding, two weights, the first carry.
    private static Tensors inputs(float padding) {
        float[] x = Key.of(1).uniform(Shape.of(STEPS, BATCH, IN), -1, 1).array().toFloats();
        for (int t = 0; t < STEPS; t++) {
            for (int b = 0; b < BATCH; b++) {
                if (t >= LENGTHS[b]) {
                    java.util.Arrays.fill(x, (t * BATCH + b) * IN, (t * BATCH + b + 1) * IN, padding);
                }
            }
        }
        return Tensors.of(
                Array.of(x, STEPS, BATCH, IN),
                Key.of(2).uniform(Shape.of(IN, WIDTH), -1, 1),
                Key.of(3).uniform(Shape.of(WIDTH, WIDTH), -1, 1),
                Key.of(4).uniform(Shape.of(BATCH, WIDTH), -1, 1));
    }

    /// A loop that leaves rows out, whose body says nothing of lengths; or one that masks and runs all rows.
    private static List<Tensor> gradients(List<Tensor> in, boolean masked) {
        return Gradient.grad(
                        at -> {
                            Tensor valid = Tensor.iota(STEPS)
                                    .expand(1)
                                    .lessThan(Array.of(LENGTHS).expand(0));
                            int[] names = IntStream.range(0, STEPS * BATCH)
                                    .map(i -> i / BATCH < LENGTHS[i % BATCH] ? i % BATCH : -1)
                                    .toArray();
                            Array sequences = Array.of(names, STEPS, BATCH);
                            var ran = Loop.scan(
                                    at.get(3),
                                    Tensors.of(at.get(0), valid),
                                    STEPS,
                                    Loop.Order.FORWARDS,
                                    masked ? Optional.empty() : Optional.of(sequences),
                                    Saving.everything(),
                                    (Tensor h, Tensors x) -> {
                                        Tensor next = x.get(0)
                                                .dot(at.get(1))
                                                .plus(h.dot(at.get(2)))
                                                .tanh();
                                        Tensor real = x.get(1).expand(1).broadcastTo(h.shape());
                                        return masked
                                                ? new Loop.Step<>(
                                                        real.select(next, h), real.select(next, Tensor.zeros(h.type())))
                                                : new Loop.Step<>(next, next);
                                    });
                            return ran.output()
                                    .times(ran.output().plus(1))
                                    .sum()
                                    .plus(ran.carry().sin().sum());
                        },
                        new Tensors(in))
                .leaves();
    }

    private static Graph graph(boolean masked) {
        return Trace.of(Bundle.types(inputs(0)), in -> gradients(in, masked)).verify();
    }

    private static List<Array> run(Graph graph, Tensors in, int workers) {
        return Planner.plan(graph, new ScalarKernels(), new Team(workers))
                .run(in.leaves().stream().map(Tensor::array).toList());
    }

    @Test
    void gradientsAreThoseOfTheMaskedLoopWhateverThePaddingHolds() {
        List<Array> expected = run(graph(true), inputs(0), 1);
        for (float padding : new float[] {0, 3, Float.NaN}) {
            for (int workers = 1; workers <= 3; workers++) {
                List<Array> found = run(graph(false), inputs(padding), workers);
                for (int i = 0; i < expected.size(); i++) {
                    assertThat(found.get(i).toFloats())
                            .as("gradient %d", i)
                            .containsExactly(expected.get(i).toFloats(), org.assertj.core.data.Offset.offset(1e-6f));
                }
            }
        }
    }

    private static List<Equation> products(Graph graph) {
        return graph.equations().stream()
                .filter(eq -> eq.op() instanceof Op.MatMul)
                .toList();
    }

    private static boolean leavesPaddingOut(Tokens tokens, Equation product) {
        return product.op() instanceof Op.MatMul(boolean transposed, boolean _) && transposed
                ? tokens.summed(product).isPresent()
                : tokens.rows(product).isPresent();
    }

    @Test
    void allProductsOutsideTheLoopsLeaveThePaddingOut() {
        Graph packed = graph(false);
        Tokens tokens = Tokens.of(packed);
        // x W before; the gradients of x, W and the recurrent weights after.
        assertThat(products(packed)).hasSize(4).allMatch(eq -> leavesPaddingOut(tokens, eq));
        Graph masked = graph(true);
        Tokens none = Tokens.of(masked);
        assertThat(products(masked)).hasSize(4).noneMatch(eq -> leavesPaddingOut(none, eq));
    }
}
