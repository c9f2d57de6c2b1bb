package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Array;
import dev.linum.graph.DType;
import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Type;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Rows added to rows of zeros, whether each has a row of its own or several share one.
class ScatterTest {

    private static final int ROWS = 300;
    private static final int WIDTH = 70;

    static List<int[]> indices() {
        var shuffled = new ArrayList<>(IntStream.range(0, ROWS).boxed().toList());
        Collections.shuffle(shuffled, new Random(1));
        int[] permutation = shuffled.stream().mapToInt(Integer::intValue).toArray();
        int[] twice = permutation.clone();
        twice[ROWS - 1] = twice[0];
        return List.of(
                permutation,
                Arrays.copyOf(permutation, ROWS - 20),
                twice,
                new Random(2).ints(2 * ROWS, 0, ROWS).toArray(),
                new int[] {4, 2},
                new int[0]);
    }

    private static Plan plan(int n, Workers workers) {
        var index = new Value(Type.of(DType.I32, n));
        var updates = new Value(Type.of(DType.F32, n, WIDTH));
        var out = new Value(Type.of(DType.F32, ROWS, WIDTH));
        var eq = new Equation(new Op.ScatterAdd(ROWS), List.of(index, updates), List.of(out), null);
        return Planner.plan(new Graph(eq.in(), List.of(eq), eq.out()), new ScalarKernels(), workers);
    }

    @ParameterizedTest
    @MethodSource("indices")
    void eachRowIsTheSumOfWhatIsAddedToIt(int[] index) {
        Array updates = Key.of(3).uniform(Shape.of(index.length, WIDTH), -1, 1).array();
        float[] added = updates.toFloats();
        var expected = new float[ROWS * WIDTH];
        for (int i = 0; i < index.length; i++) {
            for (int j = 0; j < WIDTH; j++) {
                expected[index[i] * WIDTH + j] += added[i * WIDTH + j];
            }
        }
        for (int workers = 1; workers <= 3; workers++) {
            Plan plan = plan(index.length, new Team(workers));
            for (int run = 0; run < 2; run++) {
                float[] found =
                        plan.run(List.of(Array.of(index), updates)).getFirst().toFloats();
                assertThat(found).isEqualTo(expected);
            }
        }
    }

    @Test
    void anIndexOfNoRowIsRefused() {
        for (int wrong : new int[] {-1, ROWS}) {
            List<Array> in = List.of(Array.of(new int[] {7, wrong}), Array.zeros(DType.F32, 2, WIDTH));
            assertThatThrownBy(() -> plan(2, new Team(2)).run(in))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("scatter: index " + wrong + " at position 1 lies outside 300 rows");
        }
    }
}
