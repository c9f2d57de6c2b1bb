package dev.linum.cpu;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Graph;
import dev.linum.graph.Key;
import dev.linum.graph.Saving;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import dev.linum.graph.Type;
import dev.linum.graph.Value;
import dev.linum.nn.Bidirectional;
import dev.linum.nn.Merge;
import dev.linum.nn.Recurrent;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.RnnOptions;
import dev.linum.nn.RnnOutput;
import dev.linum.nn.Scope;
import dev.linum.nn.Stacked;
import dev.linum.nn.Variables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Random cells in layers around each other, the sequences that they run over, and a loss: all drawn from one seed.
///
/// Its function is from variables, inputs and, where they are drawn, first carries and lengths to the loss, outputs,
/// last carries and gradients by all that is no length.
final class RandomModel {

    private static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 33, 40, 130};
    private static final int[] WIDE = {37, 64, 128, 130, 200};
    private static final int[] BATCHES = {1, 1, 2, 3, 4, 5, 8, 24};
    private static final int[] STEPS = {1, 2, 3, 4, 5, 6, 7, 9, 12};

    private final long seed;
    private final int[] sizes;
    private final Shape batch;
    private final int steps;
    private final Type inputs;
    private final boolean isRagged;
    private final RnnOptions<?> options;
    private final boolean isCarryGiven;
    private final int loss;
    private final Variables variables;
    private final List<Type> carries;
    private final Shape outputs;

    RandomModel(long seed) {
        this.seed = seed;
        Random random = random(0);
        boolean isWide = random.nextInt(6) == 0;
        sizes = random.ints(3, 0, isWide ? WIDE.length : SIZES.length)
                .map(i -> isWide ? WIDE[i] : SIZES[i])
                .toArray();
        int rows = random.nextInt(12) == 0 && !isWide ? 130 : RandomCell.pick(random, BATCHES);
        batch = switch (random.nextInt(8)) {
            case 0 -> Shape.of();
            case 1 -> Shape.of(2, 1 + random.nextInt(3));
            default -> Shape.of(rows);
        };
        int few = 1 + random.nextInt(4);
        int many = RandomCell.pick(random, STEPS);
        steps = rows > 100 || isWide && random.nextInt(3) > 0 ? few : isWide ? 12 : many;
        isRagged = random.nextInt(2) == 0;
        RnnOptions<Tensor> some = RnnOptions.none();
        boolean isTimeMajor = random.nextInt(4) == 0;
        some = isTimeMajor ? some.withLayout(RnnOptions.Layout.TIME_MAJOR) : some;
        some = random.nextInt(4) == 0 ? some.withDirection(RnnOptions.Direction.REVERSE) : some;
        options = random.nextInt(2) == 0 ? some.withOrder(RnnOptions.Order.OF_INPUTS) : some;
        isCarryGiven = random.nextInt(3) == 0;
        loss = random.nextInt(4);
        int features = RandomCell.pick(random, sizes);
        inputs = new Type(
                DType.F32, isTimeMajor ? Shape.of(steps).plus(batch).plus(features) : batch.plus(steps, features));
        Tensor x = Tensor.zeros(inputs);
        Variables first = init(layer(DType.F32), x);
        for (String path : first.paths()) {
            Tensor start = first.get(path);
            first = first.with(
                    path, start.plus(normal(random, start.type(), 0.1)).array());
        }
        variables = first;
        Graph graph = Trace.of(
                List.of(inputs),
                in -> run(
                                layer(DType.F32),
                                variables.leaves(),
                                in.getFirst(),
                                List.of(),
                                List.of(),
                                Saving.everything())
                        .leaves());
        List<Type> types = graph.out().stream().map(Value::type).toList();
        outputs = types.getFirst().shape();
        carries = types.subList(1, types.size());
    }

    /// The first numbers of [Random] are alike for seeds that follow each other.
    private Random random(int what) {
        return new Random(new SplittableRandom(seed << 8 ^ what).nextLong());
    }

    private <C extends Bundle<C>> Variables init(Recurrent<C> layer, Tensor x) {
        return layer.init(Key.of(seed), new RnnInput<C>(x, chosen(List.of(), layer, List.of(), Saving.everything())));
    }

    private static Array normal(Random random, Type type, double size) {
        var numbers = new float[type.shape().count()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (random.nextGaussian() * size);
        }
        return Array.wrap(type, numbers);
    }

    // ---- the layer

    private Recurrent<?> layer(DType dtype) {
        return layer(random(1), dtype, 0, extra());
    }

    private Recurrent<?> layer(Random random, DType dtype, int depth, RandomCell.Extra extra) {
        int kind = depth == 2 ? 0 : random.nextInt(6);
        return switch (kind) {
            case 4 -> {
                var merge = random.nextBoolean() ? Merge.CONCAT : (Merge) RandomModel::sum;
                Recurrent<?> forward = layer(random, dtype, depth + 1, extra);
                Recurrent<?> backward = layer(random, dtype, depth + 1, extra);
                yield random.nextInt(4) == 0
                        ? shared(forward)
                        : both(forward, backward).withMerge(merge);
            }
            case 5 -> {
                // What comes out of a layer may well be zero.
                var above = extra == RandomCell.Extra.STEEP ? RandomCell.Extra.NONE : extra;
                Stacked stack = Stacked.of(IntStream.range(0, 2 + random.nextInt(2))
                        .mapToObj(i -> layer(random, dtype, depth + 1, i == 0 ? extra : above))
                        .toArray(Recurrent<?>[]::new));
                yield random.nextBoolean() ? stack.withResiduals() : stack;
            }
            default -> {
                var rnn = Rnn.of(RandomCell.draw(random, sizes, extra).withDType(dtype));
                yield random.nextInt(4) == 0 ? rnn.reverse() : rnn;
            }
        };
    }

    /// With more batch axes than one, or none, steps meet slopes in the padding too. And only without padding are all
    /// rows at the same step.
    private RandomCell.Extra extra() {
        if (batch.rank() != 1) {
            return isRagged ? RandomCell.Extra.NONE : RandomCell.Extra.STEEP;
        }
        return isRagged || seed % 2 != 0 ? RandomCell.Extra.STEEP : RandomCell.Extra.MIXED;
    }

    private static <A extends Bundle<A>, B extends Bundle<B>> Bidirectional<A, B> both(
            Recurrent<A> forward, Recurrent<B> backward) {
        return Bidirectional.of(forward, backward);
    }

    private static <A extends Bundle<A>> Bidirectional<A, A> shared(Recurrent<A> layer) {
        return Bidirectional.shared(layer);
    }

    /// The sum of what both have.
    private static Tensor sum(Tensor a, Tensor b) {
        int width = Math.min(a.shape().last(), b.shape().last());
        return a.slice(-1, 0, width).plus(b.slice(-1, 0, width));
    }

    // ---- arguments

    /// Arguments of the function, drawn anew for each number; the padding of inputs is NaN.
    List<Array> arguments(int number) {
        Random random = random(2 + number);
        var all = new ArrayList<Array>();
        variables.leaves().forEach(v -> all.add(v.array()));
        Array x = normal(random, inputs, 1);
        int[] lengths = lengths(number);
        all.add(isRagged ? padded(x, lengths) : x);
        if (isCarryGiven) {
            carries.forEach(type -> all.add(normal(random, type, 0.5)));
        }
        if (isRagged) {
            all.add(Array.wrap(new Type(DType.I32, batch), lengths));
        }
        return all;
    }

    private int[] lengths(int number) {
        Random random = random(-1 - number);
        int[] lengths = new int[batch.count()];
        int most = random.nextInt(5) == 0 ? Math.min(2, steps) : steps;
        Arrays.setAll(lengths, _ -> isRagged ? random.nextInt(5) == 0 ? most : random.nextInt(most + 1) : steps);
        return lengths;
    }

    private Array padded(Array x, int[] lengths) {
        var numbers = (float[]) x.data();
        int features = inputs.shape().last();
        boolean isTimeMajor = options.layout().isPresent();
        for (int i = 0; i < numbers.length; i++) {
            int row = i / features;
            int step = isTimeMajor ? row / lengths.length : row % steps;
            if (step >= lengths[isTimeMajor ? row % lengths.length : row / steps]) {
                numbers[i] = Float.NaN;
            }
        }
        return x;
    }

    /// The name of each result.
    List<String> names() {
        var names = new ArrayList<>(List.of("loss", "outputs"));
        IntStream.range(0, carries.size()).forEach(i -> names.add("carry " + i));
        variables.paths().forEach(path -> names.add("gradient of " + path));
        names.add("gradient of inputs");
        if (isCarryGiven) {
            IntStream.range(0, carries.size()).forEach(i -> names.add("gradient of carry " + i));
        }
        return names;
    }

    // ---- the function

    private interface Run {
        RnnOutput<?> of(List<Tensor> variables, Tensor x, List<Tensor> carry);
    }

    /// How many of the arguments are variables.
    int variables() {
        return variables.leaves().size();
    }

    /// The function as the library runs it.
    Tensors call(DType dtype, Saving saving, List<Tensor> in) {
        List<Tensor> lengths = isRagged ? List.of(in.getLast()) : List.of();
        return function(in, (v, x, carry) -> run(layer(dtype), v, x, carry, lengths, saving));
    }

    /// The function step by step: sequences of each length for themselves, without padding.
    Tensors byHand(DType dtype, int number, List<Tensor> in) {
        return function(in, (v, x, carry) -> byHand(layer(dtype), v, x, carry, lengths(number)));
    }

    private Tensors function(List<Tensor> in, Run run) {
        int count = variables.leaves().size();
        var at = new Tensors(in.subList(0, in.size() - (isRagged ? 1 : 0)));
        var result = Gradient.valueAndGradWithAux(
                p -> {
                    List<Tensor> all = p.leaves();
                    var out = run.of(all.subList(0, count), all.get(count), all.subList(count + 1, all.size()));
                    return new Gradient.WithAux<>(loss(out), new Tensors(out.leaves()));
                },
                at);
        return new Tensors(Bundle.concat(
                Bundle.concat(List.of(result.value()), result.aux().leaves()),
                result.gradient().leaves()));
    }

    private Tensor loss(RnnOutput<?> out) {
        Tensor sum = Array.scalar(out.outputs().dtype(), 0);
        int time = options.layout().isPresent() ? 0 : batch.rank();
        if (loss < 2) {
            sum = sum.plus(weighted(out.outputs().sin()));
        } else if (loss == 2) {
            sum = sum.plus(weighted(out.outputs().index(time, steps / 2)));
        }
        if (loss > 0) {
            for (Tensor carry : out.carry().leaves()) {
                sum = sum.plus(weighted(carry.square()));
            }
        }
        return sum;
    }

    private static Tensor weighted(Tensor t) {
        Tensor by = Tensor.iota(t.shape().count()).cast(t.dtype()).sin();
        return t.times(by.reshape(t.shape())).sum();
    }

    private <C extends Bundle<C>> RnnOutput<C> run(
            Recurrent<C> layer, List<Tensor> v, Tensor x, List<Tensor> carry, List<Tensor> lengths, Saving saving) {
        return layer.call(
                Scope.inference(variables.rebuild(v)), new RnnInput<>(x, chosen(carry, layer, lengths, saving)));
    }

    private <C extends Bundle<C>> RnnOptions<C> chosen(
            List<Tensor> carry, Recurrent<C> layer, List<Tensor> lengths, Saving saving) {
        return new RnnOptions<C>(
                carry.isEmpty()
                        ? Optional.empty()
                        : Optional.of(first(layer, batch).rebuild(carry)),
                options.initKey(),
                lengths.stream().findFirst(),
                options.layout(),
                options.direction(),
                options.order(),
                Optional.of(saving));
    }

    private <C extends Bundle<C>> C first(Recurrent<C> layer, Shape rows) {
        return layer.initialCarry(Key.of(0), rows.plus(inputs.shape().last()));
    }

    private RnnOutput<Tensors> byHand(Recurrent<?> layer, List<Tensor> v, Tensor x, List<Tensor> carry, int[] lengths) {
        int rows = batch.count();
        int axes = batch.rank();
        boolean isTimeMajor = options.layout().isPresent();
        Tensor flat = (isTimeMajor ? x.moveAxis(0, axes) : x)
                .reshape(rows, steps, inputs.shape().last());
        var hand = new StepByStep(
                layer,
                Scope.inference(variables.rebuild(v)),
                options.direction(),
                options.order().isPresent());
        List<Tensor> ran = hand.run(
                flat,
                lengths,
                carry.stream()
                        .map(c -> c.reshape(Shape.of(rows)
                                .plus(c.shape().sub(axes, c.shape().rank()))))
                        .toList(),
                outputs.last());
        Tensor out = ran.getFirst().reshape(batch.plus(steps, outputs.last()));
        return new RnnOutput<>(
                new Tensors(IntStream.range(0, carries.size())
                        .mapToObj(i -> ran.get(1 + i).reshape(carries.get(i).shape()))
                        .toList()),
                isTimeMajor ? out.moveAxis(axes, 0) : out);
    }

    @Override
    public String toString() {
        return "seed %d: %s, %s%s, loss %d%s%s"
                .formatted(
                        seed,
                        inputs,
                        isRagged ? "lengths " + Arrays.toString(lengths(0)) + ", " : "",
                        options.structure(),
                        loss,
                        isCarryGiven ? ", first carry given" : "",
                        text(layer(DType.F32), "\n  "));
    }

    private static String text(Recurrent<?> layer, String indent) {
        String next = indent + "  ";
        return switch (layer) {
            case Rnn<?> rnn ->
                indent
                        + rnn.options().direction().map(d -> d + " ").orElse("")
                        + rnn.cell().toString().replace("\n", indent);
            case Bidirectional<?, ?> both ->
                indent + "both directions, " + both.sharing() + text(both.forwardLayer(), next)
                        + text(both.backwardLayer(), next);
            case Stacked stack ->
                indent + "stacked, residuals " + stack.residuals()
                        + String.join(
                                "",
                                stack.layers().stream().map(l -> text(l, next)).toList());
            default -> layer.toString();
        };
    }
}
