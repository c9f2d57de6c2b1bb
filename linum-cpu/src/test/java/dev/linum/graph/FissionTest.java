package dev.linum.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Bundle.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// A split loop returns what the whole one returns, and is really split.
class FissionTest {

    private static final Tensors IN = Tensors.of(
            numbers(1, 5, 2, 3),
            numbers(2, 3, 2),
            numbers(3, 3, 2),
            numbers(4, 4, 4),
            numbers(5, 2, 4),
            numbers(6, 4, 3));

    private static Array numbers(int seed, int... dims) {
        var random = new java.util.Random(seed);
        var data = new double[Shape.of(dims).count()];
        for (int i = 0; i < data.length; i++) {
            data[i] = random.nextDouble() * 2 - 1;
        }
        return Array.wrap(Type.of(DType.F64, dims), data);
    }

    /// An input product with a joined weight, a recurrent product and an output product.
    private static List<Tensor> loop(Tensors in) {
        var ran = Loop.scan(in.get(4), in.get(0), 5, (h, x) -> {
            Tensor next = x.plus(1)
                    .dot(Tensor.concat(1, in.get(1), in.get(2)))
                    .plus(h.dot(in.get(3)))
                    .tanh();
            return new Loop.Step<Tensor, Tensor>(next, next.dot(in.get(5)));
        });
        return List.of(ran.carry(), ran.output());
    }

    private static Tensor loss(Tensors in) {
        List<Tensor> out = loop(in);
        return out.get(0).square().sum().plus(out.get(1).sin().sum());
    }

    private static void same(List<Tensor> actual, List<Tensor> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).array().toDoubles())
                    .containsExactly(expected.get(i).array().toDoubles(), Offset.offset(1e-12));
        }
    }

    @Test
    void resultsAndGradientsAreThoseOfTheWholeLoop() {
        same(loop(IN), Fission.off(() -> loop(IN)));
        same(
                Gradient.grad(FissionTest::loss, IN).leaves(),
                Fission.off(() -> Gradient.grad(FissionTest::loss, IN)).leaves());
    }

    @Test
    void onlyTheRecurrentProductStaysInside() {
        Graph graph = Trace.of(Bundle.types(IN), in -> loop(new Tensors(in)));
        Graph body = graph.verify().scans().getFirst().body();
        assertThat(body.count(Op.MatMul.class)).isEqualTo(1);
        assertThat(body.count(Op.Concat.class)).isZero();
        assertThat(graph.count(Op.MatMul.class)).isEqualTo(2);
    }

    @Test
    void noWeightGradientIsSummedInTheBackwardLoop() {
        Graph graph = Trace.of(
                Bundle.types(IN),
                in -> Gradient.grad(FissionTest::loss, new Tensors(in)).leaves());
        Op.Scan backward = graph.verify().scans().getLast();
        assertThat(backward.sums()).isZero();
        assertThat(backward.body().count(Op.MatMul.class)).isEqualTo(1);
    }

    /// The number of each row as long as it is real, then -1.
    private static Tensor names(Tensor real) {
        Shape shape = real.shape();
        return real.select(
                Tensor.iota(shape.dim(1)).expand(0).broadcastTo(shape), Tensor.full(new Type(DType.I32, shape), -1));
    }

    /// A loop over rows of lengths 5, 3, 1 with an output that is infinite for a state of zeros, set to zero
    /// behind the lengths.
    private static Tensor raggedLoss(Tensors in, Function<Tensor, Optional<Tensor>> sequences) {
        Tensor real =
                Tensor.iota(5).expand(1).lessThan(Array.of(new int[] {5, 3, 1}).expand(0));
        var ran = Loop.scan(
                in.get(1),
                Tensors.of(in.get(0), real),
                5,
                Loop.Order.FORWARDS,
                sequences.apply(real),
                Saving.everything(),
                (Tensor h, Tensors x) -> {
                    Tensor now = x.get(1).expand(1);
                    Tensor next = x.get(0).plus(h.dot(in.get(2))).tanh();
                    Tensor out = Tensor.ones(Type.of(DType.F64, 3, 2))
                            .dividedBy(next.dot(in.get(3)))
                            .plus(in.get(4))
                            .tanh();
                    return new Loop.Step<Tensor, Tensor>(
                            now.broadcastTo(h.shape()).select(next, h),
                            now.broadcastTo(out.shape()).select(out, Tensor.zeros(out.type())));
                });
        return ran.output().plus(1).square().sum().plus(ran.carry().sin().sum());
    }

    @Test
    void whatIsComputedOutsideALoopIsZeroWhereRowsAreOver() {
        var in = Tensors.of(numbers(1, 5, 3, 4), numbers(2, 3, 4), numbers(3, 4, 4), numbers(4, 4, 2), numbers(5, 2));
        var gradient = Compiled.of((Tensors all) ->
                Gradient.grad(at -> raggedLoss(at, real -> Optional.of(names(real))), all));
        same(
                gradient.apply(in).leaves(),
                Gradient.grad(at -> raggedLoss(at, _ -> Optional.empty()), in).leaves());
    }

    /// A loop over the same rows, whose inputs pass two layers that are infinite where rows are over.
    private static Tensor divided(Tensors in, Function<Tensor, Optional<Tensor>> sequences) {
        Tensor real =
                Tensor.iota(5).expand(1).lessThan(Array.of(new int[] {5, 3, 1}).expand(0));
        Tensor x = real.expand(2)
                .broadcastTo(in.get(0).shape())
                .select(in.get(0), Tensor.zeros(in.get(0).type()));
        var ran = Loop.scan(
                in.get(1),
                Tensors.of(x, real),
                5,
                Loop.Order.FORWARDS,
                sequences.apply(real),
                Saving.everything(),
                (Tensor h, Tensors now) -> {
                    Tensor seen = now.get(0).dot(in.get(3));
                    Tensor layer = Tensor.ones(seen.type()).dividedBy(seen).dot(in.get(4));
                    Tensor next = layer.plus(h.dot(in.get(2))).tanh();
                    Tensor mask = now.get(1).expand(1).broadcastTo(h.shape());
                    return new Loop.Step<Tensor, Tensor>(
                            mask.select(next, h), mask.select(next, Tensor.zeros(h.type())));
                });
        return ran.output().square().sum().plus(ran.carry().sin().sum());
    }

    @Test
    void whatFollowsALoopIsZeroWhereRowsAreOver() {
        var in =
                Tensors.of(numbers(1, 5, 3, 3), numbers(2, 3, 4), numbers(3, 4, 4), numbers(4, 3, 6), numbers(5, 6, 4));
        var gradient =
                Compiled.of((Tensors all) -> Gradient.grad(at -> divided(at, real -> Optional.of(names(real))), all));
        assertThat(gradient.graph(in).scans()).allMatch(loop -> loop.body().count(Op.MatMul.class) == 1);
        Tensors found = gradient.apply(in);
        var rows = new java.util.ArrayList<Tensors>();
        for (int b = 0; b < 3; b++) {
            int row = b;
            rows.add(Gradient.grad(at -> alone(at, row), in));
        }
        for (int i = 0; i < 5; i++) {
            Tensor sum =
                    rows.get(0).get(i).plus(rows.get(1).get(i)).plus(rows.get(2).get(i));
            same(List.of(found.get(i)), List.of(sum));
        }
    }

    /// The loss of one row of [#divided], its real steps alone.
    private static Tensor alone(Tensors in, int row) {
        int steps = 5 - 2 * row;
        Tensor x = in.get(0).slice(1, row, row + 1).slice(0, 0, steps);
        var ran = Loop.scan(in.get(1).slice(0, row, row + 1), x, steps, (Tensor h, Tensor now) -> {
            Tensor seen = now.dot(in.get(3));
            Tensor layer = Tensor.ones(seen.type()).dividedBy(seen).dot(in.get(4));
            Tensor next = layer.plus(h.dot(in.get(2))).tanh();
            return new Loop.Step<Tensor, Tensor>(next, next);
        });
        return ran.output().square().sum().plus(ran.carry().sin().sum());
    }

    /// Inputs that pass a network of two layers: the gradients of both layers' weights need no product in the
    /// loop.
    @Test
    void gradientsOfNetworksBeforeTheLoopLeaveIt() {
        var in =
                Tensors.of(numbers(1, 5, 2, 3), numbers(2, 2, 4), numbers(3, 4, 4), numbers(4, 3, 6), numbers(5, 6, 4));
        var gradient = Compiled.of((Tensors all) -> Gradient.grad(
                at -> {
                    var ran = Loop.scan(at.get(1), at.get(0), 5, (h, x) -> {
                        Tensor seen = x.dot(at.get(3)).tanh().dot(at.get(4));
                        Tensor next = seen.plus(h.dot(at.get(2))).tanh();
                        return new Loop.Step<Tensor, Tensor>(next, next);
                    });
                    return ran.output().square().sum();
                },
                all));
        assertThat(gradient.graph(in).scans()).allMatch(loop -> loop.body().count(Op.MatMul.class) == 1);
        same(
                gradient.apply(in).leaves(),
                Fission.off(() ->
                                Compiled.of((Tensors at) -> gradient.apply(at)).apply(in))
                        .leaves());
    }

    /// Else each step would add a whole table to a sum of tables.
    @Test
    void gradientsOfTablesAreAddedUpAfterTheLoop() {
        Tensors in = Tensors.of(numbers(1, 3, 4), numbers(2, 5, 3, 6), numbers(3, 6, 4), numbers(4, 6, 4));
        var gradient = Compiled.of((Tensors at) -> Gradient.grad(
                all -> {
                    var ran = Loop.scan(all.get(0), all.get(1), 5, (Tensor h, Tensor x) -> {
                        Tensor ofInput = all.get(2).gather(x.argMax(-1));
                        Tensor ofCarry = all.get(3).gather(h.argMax(-1));
                        Tensor next = h.times(ofInput).plus(ofCarry).tanh();
                        return new Loop.Step<Tensor, Tensor>(next, next);
                    });
                    return ran.output().square().sum();
                },
                at));
        Graph graph = gradient.graph(in);
        assertThat(graph.scans()).allMatch(loop -> loop.body().count(Op.ScatterAdd.class) == 0);
        assertThat(graph.count(Op.ScatterAdd.class)).isEqualTo(2);
        same(
                gradient.apply(in).leaves(),
                Fission.off(() ->
                                Compiled.of((Tensors at) -> gradient.apply(at)).apply(in))
                        .leaves());
    }

    @Test
    void gradientsOfPartsArePutSideBySide() {
        var in = Tensors.of(numbers(1, 4, 12), numbers(2, 4, 4));
        var gradient = Compiled.of((Tensors at) -> Gradient.grad(
                of -> {
                    List<Tensor> gates = of.get(0).split(1, 3);
                    return gates.get(0)
                            .times(gates.get(1))
                            .plus(gates.get(2).tanh().times(of.get(1)))
                            .sum();
                },
                at));
        Graph graph = gradient.graph(in);
        assertThat(graph.count(Op.Pad.class)).isZero();
        assertThat(graph.count(Op.Concat.class)).isEqualTo(1);
        List<Tensor> gates = in.get(0).split(1, 3);
        Tensor slope = gates.get(2).tanh().square().negate().plus(1).times(in.get(1));
        same(
                gradient.apply(in).leaves(),
                List.of(
                        Tensor.concat(1, gates.get(1), gates.get(0), slope),
                        gates.get(2).tanh()));
    }

    @Test
    void numbersDrawnFromKeysOfTheStepsAreDrawnBeforeTheLoop() {
        var in = Tensors.of(Key.of(3).splits(5), numbers(1, 4, 6));
        var drawing = Compiled.of((Tensors at) -> {
            var ran = Loop.scan(at.get(1), at.get(0), 5, (Tensor h, Tensor key) -> {
                Tensor noise = new Key(key).foldIn(7).normal(Shape.of(4, 6)).cast(DType.F64);
                Tensor next = h.times(0.5).plus(noise).tanh();
                return new Loop.Step<Tensor, Tensor>(next, next);
            });
            return Tensors.of(ran.carry(), ran.output());
        });
        Graph body = drawing.graph(in).scans().getFirst().body();
        assertThat(body.count(Op.Random.class) + body.count(Op.Threefry.class)).isZero();
        Tensor h = in.get(1);
        for (Key key : Key.of(3).split(5)) {
            h = h.times(0.5)
                    .plus(key.foldIn(7).normal(Shape.of(4, 6)).cast(DType.F64))
                    .tanh();
        }
        same(drawing.apply(in).leaves().subList(0, 1), List.of(h));
    }

    @Test
    void manyNumbersAreTheSameHoweverTheyAreShared() {
        Tensor keys = Key.of(3).splits(3);
        var shape = Shape.of(7, 5001);
        Tensor all = Trace.apply(new Op.Random(new Op.Distribution.Normal(), shape), List.of(keys))
                .getFirst();
        for (int i = 0; i < 3; i++) {
            same(List.of(all.index(0, i)), List.of(new Key(keys.index(0, i)).normal(shape)));
        }
        float[] alone = Key.of(8).uniform(Shape.of(100), 0, 1).array().toFloats();
        float[] many = Key.of(8).uniform(Shape.of(100_000), 0, 1).array().toFloats();
        assertThat(java.util.Arrays.copyOf(many, 100)).isEqualTo(alone);
    }

    /// A recurrent product that is scaled and shifted by learned numbers.
    private static Tensor scaled(Tensors in) {
        return Loop.scan(in.get(0), in.get(1), 5, (h, x) -> {
                    Tensor next = x.plus(h.dot(in.get(2)))
                            .times(in.get(3))
                            .plus(in.get(4))
                            .tanh();
                    return new Loop.Step<Tensor, Tensor>(next, next);
                })
                .output()
                .square()
                .sum();
    }

    @Test
    void sumsOverRowsOfWhatNoProductReadsAreKeptByRow() {
        Tensors in = Tensors.of(numbers(1, 2, 4), numbers(2, 5, 2, 4), numbers(3, 4, 4), numbers(4, 4), numbers(5, 4));
        Graph graph = Compiled.of((Tensors at) -> Gradient.grad(FissionTest::scaled, at))
                .graph(in)
                .verify();
        Op.Scan backward = graph.scans().getLast();
        assertThat(backward.carry()).as("h, scale, shift").isEqualTo(3);
        assertThat(backward.sums()).isZero();
        // The gradient of the product, which is that of x as well.
        assertThat(backward.stacked()).isEqualTo(1);
        same(
                Gradient.grad(FissionTest::scaled, in).leaves(),
                Fission.off(() -> Gradient.grad(FissionTest::scaled, in)).leaves());
    }
}
