package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Loop;
import dev.linum.graph.Saving;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every derivative against finite differences in double precision.
class DerivativesTest {

    record Case(String name, List<Array> in, Function<Tensors, Tensor> function) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Array numbers(int seed, double low, double high, int... dims) {
        var random = new java.util.Random(seed);
        int count = 1;
        for (int d : dims) {
            count *= d;
        }
        var data = new double[count];
        for (int i = 0; i < count; i++) {
            data[i] = low + (high - low) * random.nextDouble();
        }
        return Array.wrap(Type.of(DType.F64, dims), data);
    }

    private static Case unary(String name, double low, double high, UnaryOperator<Tensor> f) {
        return new Case(name, List.of(numbers(1, low, high, 3, 4)), in -> f.apply(in.get(0)));
    }

    private static Case binary(String name, Function<Tensors, Tensor> f) {
        return new Case(name, List.of(numbers(1, 0.5, 2, 3, 4), numbers(2, 0.5, 2, 4)), f);
    }

    static List<Case> cases() {
        var all = new ArrayList<Case>();
        all.add(unary("neg", -1, 1, Tensor::negate));
        all.add(unary("exp", -1, 1, Tensor::exp));
        all.add(unary("log", 0.5, 2, Tensor::log));
        all.add(unary("log1p", -0.5, 2, Tensor::log1p));
        all.add(unary("tanh", -2, 2, Tensor::tanh));
        all.add(unary("sigmoid", -2, 2, Tensor::sigmoid));
        all.add(unary("sqrt", 0.5, 2, Tensor::sqrt));
        all.add(unary("abs", 0.5, 2, x -> x.minus(1.2).abs()));
        all.add(unary("sin", -2, 2, Tensor::sin));
        all.add(unary("cos", -2, 2, Tensor::cos));
        all.add(unary("reciprocal", 0.5, 2, Tensor::reciprocal));
        all.add(unary("pow", 0.5, 2, x -> x.pow(2.5)));
        all.add(unary("relu", -2, 2, Tensor::relu));
        all.add(binary("plus", in -> in.get(0).plus(in.get(1))));
        all.add(binary("minus", in -> in.get(0).minus(in.get(1))));
        all.add(binary("times", in -> in.get(0).times(in.get(1))));
        all.add(binary("divide", in -> in.get(0).dividedBy(in.get(1))));
        all.add(binary("pow of tensors", in -> in.get(0).pow(in.get(1))));
        all.add(binary("maximum", in -> in.get(0).maximum(in.get(1))));
        all.add(binary("minimum", in -> in.get(0).minimum(in.get(1))));
        all.add(binary(
                "select",
                in -> in.get(0)
                        .lessThan(1.2)
                        .select(in.get(0).square(), in.get(0).times(in.get(1)))));
        all.add(unary("sum of an axis", -1, 1, x -> x.square().sum(0)));
        all.add(unary("mean", -1, 1, x -> x.square().mean(1)));
        all.add(unary("max", -1, 1, x -> x.max(1)));
        all.add(unary("log softmax", -1, 1, x -> x.logSoftmax(-1)));
        all.add(unary("transpose", -1, 1, x -> x.transpose().square().slice(0, 1, 3)));
        all.add(unary("slice with a step", -1, 1, x -> x.slice(1, 0, 4, 2).square()));
        all.add(unary("pad", -1, 1, x -> x.pad(0, 1, 2).plus(1).square()));
        all.add(unary("reverse", -1, 1, x -> x.reverse(1).times(x)));
        all.add(unary("concat", -1, 1, x -> Tensor.concat(1, x, x.square())));
        all.add(unary("reshape", -1, 1, x -> x.reshape(2, 6).square().sum(1)));
        all.add(unary(
                "gather", -1, 1, x -> x.gather(Array.of(new int[] {2, 0, 2})).square()));
        all.add(new Case(
                "dot",
                List.of(numbers(1, -1, 1, 3, 4), numbers(2, -1, 1, 4, 2)),
                in -> in.get(0).dot(in.get(1)).square()));
        all.add(new Case(
                "dot of batches",
                List.of(numbers(1, -1, 1, 2, 3, 4), numbers(2, -1, 1, 2, 4, 2)),
                in -> in.get(0).dot(in.get(1)).square()));
        all.add(new Case(
                "dot of transposed",
                List.of(numbers(1, -1, 1, 4, 3), numbers(2, -1, 1, 2, 4)),
                in -> in.get(0).transpose().dot(in.get(1).transpose())));
        for (Loop.Order order : Loop.Order.values()) {
            for (Saving saving : savings()) {
                all.add(new Case(
                        "loop " + order + " " + saving,
                        List.of(
                                numbers(1, -1, 1, 5, 2, 3),
                                numbers(2, -1, 1, 3, 4),
                                numbers(3, -1, 1, 4, 4),
                                numbers(4, -1, 1, 2, 4),
                                numbers(5, -1, 1, 4)),
                        in -> loop(in, order, saving)));
            }
        }
        all.add(new Case(
                "remat",
                List.of(numbers(1, -1, 1, 3, 4)),
                in -> Loop.remat(in.get(0), x -> x.tanh().times(x).sigmoid())));
        all.add(new Case(
                "loop in a loop",
                List.of(numbers(1, -1, 1, 3, 2, 2), numbers(2, -1, 1, 2)),
                in -> Loop.scan(in.get(1), in.get(0), 3, (h, x) -> {
                            var inner = Loop.scan(h, x, 2, (g, y) -> {
                                Tensor next = g.times(y).plus(in.get(1)).tanh();
                                return new Loop.Step<Tensor, Tensor>(next, next.square());
                            });
                            return new Loop.Step<Tensor, Tensor>(inner.carry(), inner.output());
                        })
                        .output()));
        return all;
    }

    static List<Saving> savings() {
        return List.of(
                Saving.everything(),
                Saving.costly(),
                Saving.checkpoints(),
                Saving.checkpoints(1),
                Saving.checkpoints(2),
                Saving.checkpoints(9));
    }

    private static Tensor loop(Tensors in, Loop.Order order, Saving saving) {
        var ran = Loop.scan(in.get(3), in.get(0), 5, order, Optional.empty(), saving, (h, x) -> {
            Tensor next =
                    x.dot(in.get(1)).plus(h.dot(in.get(2))).plus(in.get(4)).tanh();
            return new Loop.Step<Tensor, Tensor>(next, next.dot(in.get(2)));
        });
        return Tensor.concat(0, ran.output().reshape(10, 4), ran.carry());
    }

    private static Tensor loss(Case c, Tensors in) {
        Tensor out = c.function().apply(in);
        Array weights = numbers(77, -1, 1, out.shape().toArray());
        return out.times(weights).sum();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void derivativesAreThoseOfFiniteDifferences(Case c) {
        var in = new Tensors(List.copyOf(c.in()));
        Tensors gradient = Gradient.grad(x -> loss(c, x), in);
        for (int i = 0; i < c.in().size(); i++) {
            for (int j = 0; j < c.in().get(i).shape().count(); j++) {
                double expected = difference(x -> ((Array) loss(c, x)).item(), c.in(), i, j);
                assertThat(((Array) gradient.get(i)).get(j))
                        .as("input %d element %d", i, j)
                        .isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-6 * (1 + Math.abs(expected))));
            }
        }
    }

    private static double difference(Function<Tensors, Double> f, List<Array> in, int which, int at) {
        double h = 1e-5;
        return (f.apply(moved(in, which, at, h)) - f.apply(moved(in, which, at, -h))) / (2 * h);
    }

    private static Tensors moved(List<Array> in, int which, int at, double by) {
        var next = new ArrayList<Tensor>(in);
        double[] data = in.get(which).toDoubles();
        data[at] += by;
        next.set(which, Array.wrap(in.get(which).type(), data));
        return new Tensors(next);
    }

    /// The derivative of `grad f . v` is the Hessian times v; through a whole LSTM.
    @ParameterizedTest
    @MethodSource("savings")
    void hessianVectorProductThroughAnLstm(Saving saving) {
        List<Array> in = List.of(
                numbers(1, -1, 1, 4, 2, 3), numbers(2, -1, 1, 3, 8), numbers(3, -1, 1, 2, 8), numbers(4, -1, 1, 2, 2));
        List<Array> v = List.of(
                numbers(5, -1, 1, 4, 2, 3), numbers(6, -1, 1, 3, 8), numbers(7, -1, 1, 2, 8), numbers(8, -1, 1, 2, 2));
        Function<Tensors, Tensors> gradient = x -> Gradient.grad(at -> lstm(at, saving), x);
        Tensors product = Gradient.grad(
                x -> {
                    Tensors g = gradient.apply(x);
                    Tensor sum = g.get(0).times(v.get(0)).sum();
                    for (int i = 1; i < v.size(); i++) {
                        sum = sum.plus(g.get(i).times(v.get(i)).sum());
                    }
                    return sum;
                },
                new Tensors(List.copyOf(in)));
        double h = 1e-5;
        Tensors up = gradient.apply(along(in, v, h));
        Tensors down = gradient.apply(along(in, v, -h));
        for (int i = 0; i < in.size(); i++) {
            for (int j = 0; j < in.get(i).shape().count(); j++) {
                double expected = (((Array) up.get(i)).get(j) - ((Array) down.get(i)).get(j)) / (2 * h);
                assertThat(((Array) product.get(i)).get(j))
                        .isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-7));
            }
        }
    }

    private static Tensors along(List<Array> in, List<Array> v, double h) {
        var next = new ArrayList<Tensor>();
        for (int i = 0; i < in.size(); i++) {
            double[] data = in.get(i).toDoubles();
            double[] step = v.get(i).toDoubles();
            for (int j = 0; j < data.length; j++) {
                data[j] += h * step[j];
            }
            next.add(Array.wrap(in.get(i).type(), data));
        }
        return new Tensors(next);
    }

    private static Tensor lstm(Tensors in, Saving saving) {
        var initial = Tensors.of(in.get(3), in.get(3).times(0.5));
        var ran = Loop.scan(initial, in.get(0), 4, Loop.Order.FORWARDS, Optional.empty(), saving, (carry, x) -> {
            List<Tensor> gates =
                    x.dot(in.get(1)).plus(carry.get(1).dot(in.get(2))).split(-1, 4);
            Tensor c = gates.get(1)
                    .sigmoid()
                    .times(carry.get(0))
                    .plus(gates.get(0).sigmoid().times(gates.get(2).tanh()));
            Tensor h = gates.get(3).sigmoid().times(c.tanh());
            return new Loop.Step<Tensors, Tensor>(Tensors.of(c, h), h);
        });
        return ran.output().square().sum().plus(ran.carry().get(0).sum());
    }
}
