package dev.linum.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Bundle.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
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

    private static Graph gradient(Layer layer, Saving saving) {
        return Compiled.of((Tensors at) ->
                        Gradient.grad(of -> layer.outputs(of, saving).square().sum(), at))
                .graph(in())
                .verify();
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
