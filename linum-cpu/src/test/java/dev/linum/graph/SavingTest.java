package dev.linum.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Bundle.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A loop keeps what its [Saving] promises, and not more.
class SavingTest {

    private static final int STEPS = 12;
    private static final int BATCH = 2;
    private static final int UNITS = 3;
    private static final int FEATURES = 5;

    private static Tensors in() {
        return Tensors.of(
                zeros(STEPS, BATCH, FEATURES),
                zeros(FEATURES, 4 * UNITS),
                zeros(UNITS, 4 * UNITS),
                zeros(BATCH, UNITS),
                zeros(BATCH, UNITS));
    }

    private static Array zeros(int... dims) {
        return Tensor.zeros(Type.of(DType.F64, dims)).array();
    }

    /// A loop over inputs, input weights, recurrent weights, c and h.
    private interface Layer {
        Tensor outputs(Tensors in, Saving saving);
    }

    private static Tensor lstm(Tensors in, Saving saving) {
        return lstm(in, saving, z -> z);
    }

    /// An LSTM with something done to the recurrent product.
    private static Tensor lstm(Tensors in, Saving saving, Function<Tensor, Tensor> product) {
        return Loop.scan(
                        Tensors.of(in.get(3), in.get(4)),
                        in.get(0),
                        STEPS,
                        Loop.Order.FORWARDS,
                        Optional.empty(),
                        saving,
                        (carry, x) -> {
                            Tensor h = product.apply(carry.get(1).dot(in.get(2)));
                            List<Tensor> gates = x.dot(in.get(1)).plus(h).split(-1, 4);
                            Tensor c = gates.get(0)
                                    .sigmoid()
                                    .times(carry.get(0))
                                    .plus(gates.get(1)
                                            .sigmoid()
                                            .times(gates.get(2).tanh()));
                            Tensor next = gates.get(3).sigmoid().times(c.tanh());
                            return new Loop.Step<Tensors, Tensor>(Tensors.of(c, next), next);
                        })
                .output();
    }

    private static Tensor normalised(Tensors in, Saving saving) {
        return lstm(in, saving, z -> {
            Tensor centred = z.minus(z.mean(1).expand(1));
            return centred.times(
                    centred.square().mean(1).plus(1e-6).sqrt().reciprocal().expand(1));
        });
    }

    /// With a scale that is learned, so that derivatives read the normalised numbers too.
    private static Tensor scaled(Tensors in, Saving saving) {
        return lstm(in, saving, z -> {
            Tensor centred = z.minus(z.mean(1).expand(1));
            Tensor number = centred.square().mean(1).plus(1e-6).sqrt().reciprocal();
            return centred.times(number.expand(1)).times(in.get(5));
        });
    }

    private static Tensors random(int batch, int units) {
        int[][] shapes = {
            {STEPS, batch, FEATURES},
            {FEATURES, 4 * units},
            {units, 4 * units},
            {batch, units},
            {batch, units},
            {4 * units}
        };
        return new Tensors(IntStream.range(0, shapes.length)
                .mapToObj(i -> Key.of(i).normal(Shape.of(shapes[i])).cast(DType.F64))
                .toList());
    }

    private static Compiled<Tensors, Tensors> gradients(Layer layer, Saving saving) {
        return Compiled.of((Tensors at) ->
                Gradient.grad(of -> layer.outputs(of, saving).square().sum(), at));
    }

    private static Graph gradient(Layer layer, Saving saving) {
        return gradients(layer, saving).graph(in()).verify();
    }

    /// The numbers that a loop stacks, in units of one carried tensor at one step.
    private static int stacked(Op.Scan scan) {
        int each = scan.body().out().subList(scan.carry(), scan.carry() + scan.stacked()).stream()
                .mapToInt(v -> v.type().shape().count())
                .sum();
        return scan.steps() * each / (BATCH * UNITS);
    }

    /// What the forward loop stacks besides its outputs.
    private static int kept(Layer layer, Saving saving) {
        return stacked(gradient(layer, saving).scans().getFirst()) - STEPS;
    }

    private static Stream<Graph> bodies(Graph graph) {
        return Stream.concat(Stream.of(graph), graph.equations().stream().flatMap(eq -> switch (eq.op()) {
            case Op.Scan scan -> bodies(scan.body());
            case Op.Remat(Graph body) -> bodies(body);
            case Op _ -> Stream.empty();
        }));
    }

    private static long products(Graph graph) {
        return bodies(graph).mapToLong(body -> body.count(Op.MatMul.class)).sum();
    }

    @Test
    void everythingKeepsGatesCellsAndStates() {
        // i, f, g, o, c, tanh(c') and h as they come in
        assertThat(kept(SavingTest::lstm, Saving.everything())).isEqualTo(7 * STEPS);
    }

    @Test
    void ofAnLstmOnlyTheActivationOfTheCellIsCheaplyComputedAgain() {
        assertThat(kept(SavingTest::lstm, Saving.costly())).isEqualTo(6 * STEPS);
    }

    @Test
    void normalisationIsComputedAgainButNoProductIs() {
        // of the two numbers of each row that are repeated, only one each
        assertThat(kept(SavingTest::normalised, Saving.everything())).isEqualTo(11 * STEPS + 2 * STEPS / UNITS);
        // the recurrent product, c and h; the product of inputs is there before the loop
        assertThat(kept(SavingTest::normalised, Saving.costly())).isEqualTo(6 * STEPS);
        assertThat(products(gradient(SavingTest::normalised, Saving.costly())))
                .isEqualTo(products(gradient(SavingTest::normalised, Saving.everything())));
    }

    /// How many values of the size of a recurrent product the forward loop stacks.
    private static long normalisations(Tensors in) {
        Op.Scan forward = gradients(SavingTest::scaled, Saving.everything())
                .graph(in)
                .verify()
                .scans()
                .getFirst();
        Shape product = in.get(3).shape().with(1, in.get(2).shape().dim(1));
        return forward.body().out().stream()
                .filter(v -> v.type().shape().equals(product))
                .count();
    }

    @Test
    void manyNumbersThatAMultiplicationGivesBackAreNotKept() {
        // z - mean, and that times a number: 7 x 128 numbers, 8 x 128
        assertThat(normalisations(random(7, 32))).isEqualTo(2);
        assertThat(normalisations(random(8, 32))).isEqualTo(1);
    }

    @Test
    void gradientsAreTheSameWhetherNumbersAreKeptOrMadeAgain() {
        Tensors many = random(9, 32);
        Tensors few = new Tensors(IntStream.range(0, 6)
                .mapToObj(i -> switch (i) {
                    case 0 -> many.get(0).slice(1, 2, 5);
                    case 3, 4 -> many.get(i).slice(0, 2, 5);
                    default -> many.get(i);
                })
                .toList());
        Layer layer = SavingTest::scaled;
        Tensors all = gradients(layer, Saving.everything()).apply(many);
        Tensors some = gradients(layer, Saving.everything()).apply(few);
        assertThat(all.get(0).slice(1, 2, 5).array().toDoubles())
                .isEqualTo(some.get(0).array().toDoubles());
        assertThat(all.get(3).slice(0, 2, 5).array().toDoubles())
                .isEqualTo(some.get(3).array().toDoubles());
        Tensors costly = gradients(layer, Saving.costly()).apply(many);
        for (int i = 0; i < 6; i++) {
            assertThat(all.get(i).array().toDoubles())
                    .isEqualTo(costly.get(i).array().toDoubles());
        }
    }

    @Test
    void checkpointsKeepTheCarryOfEveryChunk() {
        assertThat(kept(SavingTest::lstm, Saving.checkpoints(3))).isEqualTo(2 * 4);
        assertThat(kept(SavingTest::lstm, Saving.checkpoints())).isEqualTo(2 * 3);
        assertThat(kept(SavingTest::lstm, Saving.checkpoints(1))).isEqualTo(2 * STEPS);
    }

    @Test
    void withARestTheCarryBeforeItIsNotKeptTwice() {
        Graph graph = gradient(SavingTest::lstm, Saving.checkpoints(5));
        assertThat(stacked(graph.scans().getFirst())).isEqualTo(10 + 2 * 2);
        assertThat(graph.scans()).hasSize(2);
        assertThat(graph.count(Op.Remat.class)).isEqualTo(2);
    }

    /// The largest stack of any chunk is the memory that the backward pass needs while it runs.
    @Test
    void aChunkIsRunAgainInsideTheBackwardLoopAndItsStacksStayThere() {
        Graph graph = gradient(SavingTest::lstm, Saving.checkpoints(3));
        assertThat(graph.count(Op.MatMul.class)).isZero();
        Op.Scan backward = graph.scans().getLast();
        assertThat(backward.body().count(Op.MatMul.class)).isZero();
        assertThat(backward.body().count(Op.Remat.class)).isEqualTo(1);
        Graph chunk = bodies(backward.body()).skip(1).findFirst().orElseThrow();
        List<Op.Scan> loops = chunk.scans();
        assertThat(loops).hasSize(2);
        // run again with everything kept, but without the outputs
        assertThat(loops.getFirst().steps()).isEqualTo(3);
        assertThat(stacked(loops.getFirst())).isEqualTo(7 * 3);
        // one recurrent product per step, the gradients of the weights one product per chunk
        assertThat(loops.getLast().body().count(Op.MatMul.class)).isEqualTo(1);
        assertThat(loops.getLast().sums()).isZero();
        assertThat(chunk.count(Op.MatMul.class)).isEqualTo(4);
        // the gradients of both weights are added up from chunk to chunk
        assertThat(backward.sums()).isEqualTo(2);
    }

    @Test
    void theSmallestCutIsFoundNearestToTheSinks() {
        List<Value> v =
                Stream.generate(() -> new Value(Type.of(DType.F64))).limit(5).toList();
        // 0 and 1 make 2, which makes 3 and 4
        var cut = new MinimumCut();
        int[] sizes = {2, 3, 5, 1, 4};
        for (int i = 0; i < sizes.length; i++) {
            cut.value(v.get(i), sizes[i]);
        }
        cut.source(v.get(0));
        cut.source(v.get(1));
        cut.leads(v.get(0), v.get(2));
        cut.leads(v.get(1), v.get(2));
        cut.leads(v.get(2), v.get(3));
        cut.leads(v.get(2), v.get(4));
        cut.sink(v.get(3));
        assertThat(cut.find()).containsExactly(v.get(3));
        cut.sink(v.get(4));
        assertThat(cut.find()).containsExactlyInAnyOrder(v.get(3), v.get(4));
        cut.sink(v.get(0));
        assertThat(cut.find()).containsExactlyInAnyOrder(v.get(0), v.get(1));
    }

    @Test
    void checkpointsLieAtLeastOneStepApart() {
        assertThatThrownBy(() -> Saving.checkpoints(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a checkpoint is kept every k steps with k at least 1, but k is 0; "
                        + "checkpoints() chooses one");
    }
}
