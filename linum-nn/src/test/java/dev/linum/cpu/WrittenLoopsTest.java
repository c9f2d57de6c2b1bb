package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Compiled;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Loops that are written give the bits of the functions that they replace, where most of what a program makes is read
/// a little later and then forgotten: what is made next takes its room.
class WrittenLoopsTest {

    private static final int ROWS = 11;

    private static Tensors random(Random random, Tensors in) {
        var pool = new ArrayList<>(in.leaves().subList(0, 3));
        var numbers = new ArrayList<>(List.of(in.get(4)));
        for (int i = 0; i < 30; i++) {
            Tensor a = pool.get(Math.max(0, pool.size() - 1 - random.nextInt(4)));
            Tensor b = pool.get(Math.max(0, pool.size() - 1 - random.nextInt(2)));
            pool.add(
                    switch (random.nextInt(12)) {
                        case 0 -> a.plus(b);
                        case 1 -> a.minus(b).tanh();
                        case 2 -> a.times(in.get(3)).negate();
                        case 3 -> b.maximum(0).times(0.1).plus(a);
                        case 4 -> a.lessThan(b).select(b, a.times(0.5));
                        case 5 -> a.minus(a.mean(1).expand(1));
                        case 6 -> {
                            Tensor c = a.minus(a.mean(1).expand(1));
                            Tensor size = c.square().mean(1).plus(1).sqrt();
                            yield c.times(size.reciprocal().expand(1)).plus(b);
                        }
                        case 7 -> {
                            Tensor number = numbers.getLast();
                            numbers.add(
                                    a.times(b).sum(1).times(0.01).times(number).plus(1));
                            yield a.minus(
                                    number.times(number).negate().expand(1).times(b));
                        }
                        case 9 -> {
                            Tensor scaled = a.times(in.get(3));
                            numbers.add(scaled.times(b).sum(1).times(0.1));
                            yield scaled;
                        }
                        default -> numbers.getLast().expand(1).times(b).plus(a);
                    });
        }
        return Tensors.of(pool.getLast(), pool.get(pool.size() - 4));
    }

    /// The derivative of a layer norm behind a rectifier: numbers of rows go from one loop to the next.
    private static Tensors derivative(Tensors in) {
        Tensor state = in.get(1);
        Tensor kept = in.get(2);
        Tensor scaled = in.get(0).times(in.get(3));
        Tensor by = in.get(4);
        Tensor number = scaled.times(kept)
                .sum(1)
                .times(by.times(by))
                .negate()
                .times(0.5)
                .dividedBy(by)
                .times(0.01);
        Tensor share = number.expand(1).times(kept);
        Tensor from = scaled.times(by.expand(1)).plus(share).plus(share);
        Tensor sum = from.negate().sum(1).times(0.01);
        Tensor whole = state.plus(from).plus(sum.expand(1));
        return Tensors.of(
                whole, Tensor.zeros(state.type()).lessThan(state).select(whole.times(0.1), Tensor.zeros(state.type())));
    }

    static int[] seeds() {
        return IntStream.rangeClosed(1, 200).toArray();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theyChangeNoBit(int seed) {
        int width = new int[] {130, 128, 200, 256, 1000, 37}[seed % 6];
        Key key = Key.of(seed);
        var in = Tensors.of(
                key.foldIn(0).normal(Shape.of(ROWS, width)),
                key.foldIn(1).normal(Shape.of(ROWS, width)),
                key.foldIn(2).normal(Shape.of(ROWS, width)),
                key.foldIn(3).normal(Shape.of(width)),
                key.foldIn(4).normal(Shape.of(ROWS)));
        UnaryOperator<Tensors> f = x -> seed < 7 ? derivative(x) : random(new Random(seed), x);
        Graph graph = Compiled.of(f).graph(in);
        Plan plan = Planner.plan(graph, TwinModelsTest.VECTOR, Workers.ALONE);
        List<Array> arguments = in.leaves().stream().map(Tensor::array).toList();
        List<Array> before = plan.run(arguments);
        for (Step step : plan.steps()) {
            if (step instanceof RowProgram program) {
                program.join((formula, _, _) -> Optional.of(TwinModelsTest.VECTOR.write(formula)));
            }
        }
        List<Array> after = plan.run(arguments);
        for (int i = 0; i < before.size(); i++) {
            assertThat(Arrays.mismatch(after.get(i).toFloats(), before.get(i).toFloats()))
                    .as("result %d, width %d", i, width)
                    .isEqualTo(-1);
        }
    }
}
