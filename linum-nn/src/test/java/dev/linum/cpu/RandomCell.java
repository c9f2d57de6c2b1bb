package dev.linum.cpu;

import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import dev.linum.nn.Cell;
import dev.linum.nn.Dense;
import dev.linum.nn.Init;
import dev.linum.nn.LayerNorm;
import dev.linum.nn.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A cell whose step is drawn at random: a list of lines, each a rule applied to values above it.
///
/// Values are numbered: the input, the carries, then what each line makes; all are `[*batch, width]`. Rules are smooth,
/// or at least continuous, so that rounding moves no result far.
///
/// @param carries the shapes of the features of the carries; those of two axes are flattened for the lines
/// @param output the value that is the output
record RandomCell(List<Line> lines, List<Shape> carries, int output, DType dtype) implements Cell<Tensors> {

    /// What not all models can have.
    enum Extra {
        NONE,
        /// A slope that is infinite at 0, for inputs that hardly ever are.
        STEEP,
        /// Rows of the batch that read each other.
        MIXED
    }

    /// @param size the width of what products make; others take it as they like
    record Line(String rule, int a, int b, int size) {}

    /// Where a rule is applied.
    private record Place(Scope scope, String name, int size, DType dtype, Tensor x) {
        Tensor param(String of, int... dims) {
            return scope.param(of, Shape.of(dims), dtype, dims.length == 2 ? Init.lecunNormal() : Init.normal(0.5));
        }

        Tensor weights(Tensor a) {
            return param(name, width(a), size);
        }

        Tensor shared(Tensor a) {
            return param("shared_%d_%d".formatted(width(a), size), width(a), size);
        }

        Tensor row(Tensor a) {
            return param("row_" + width(a), width(a));
        }
    }

    private interface Rule {
        Tensor apply(Place at, Tensor a, Tensor b);
    }

    private static final String NEXT = "next";
    private static final String AGAIN = "again";

    private static final Map<String, Rule> PRODUCTS = new LinkedHashMap<>();
    private static final Map<String, Rule> FUNCTIONS = new LinkedHashMap<>();
    private static final Map<String, Rule> ROWS = new LinkedHashMap<>();
    private static final Map<String, Rule> SHAPES = new LinkedHashMap<>();
    private static final Map<String, Rule> RULES = new LinkedHashMap<>();

    static {
        PRODUCTS.put("dense", (at, a, _) -> {
            var dense = Dense.of(at.size).withDType(at.dtype).withBiasInit(Init.normal(0.3));
            return at.scope.call(at.name, dense, a);
        });
        PRODUCTS.put("product", (at, a, _) -> a.dot(at.weights(a)));
        PRODUCTS.put("ofShared", (at, a, _) -> a.dot(at.shared(a)));
        PRODUCTS.put(
                "thereAndBack",
                (at, a, _) -> a.dot(at.shared(a)).tanh().dot(at.shared(a).transpose()));
        PRODUCTS.put(
                "sumOfTwo",
                (at, a, b) ->
                        a.dot(at.weights(a)).plus(b.dot(at.shared(b))).plus(at.param("bias_" + at.size, at.size)));
        PRODUCTS.put(
                "ofSlice",
                (at, a, _) -> a.dot(at.param(at.name, width(a), at.size + 2).slice(1, 1, at.size + 1)));
        PRODUCTS.put("ofJoined", (at, a, _) -> a.dot(Tensor.concat(1, at.weights(a), at.shared(a))));
        PRODUCTS.put(
                AGAIN,
                (at, a, _) -> Loop.remat(
                                Tensors.of(a, at.weights(a)),
                                in -> Tensors.of(in.get(0).dot(in.get(1)).tanh()))
                        .get(0));

        FUNCTIONS.put("tanh", (_, a, _) -> a.tanh());
        FUNCTIONS.put("sigmoid", (_, a, _) -> a.sigmoid());
        FUNCTIONS.put("relu", (_, a, _) -> a.relu());
        FUNCTIONS.put("leaky", (_, a, _) -> a.lessThan(0).select(a.times(0.1), a));
        FUNCTIONS.put("exp", (_, a, _) -> a.tanh().exp());
        FUNCTIONS.put("log", (_, a, _) -> a.square().plus(0.3).log());
        FUNCTIONS.put("softplus", (_, a, _) -> a.softplus());
        FUNCTIONS.put("norm1", (_, a, _) -> a.square().plus(0.1).sqrt());
        FUNCTIONS.put("abs", (_, a, _) -> a.abs());
        FUNCTIONS.put("sin", (_, a, _) -> a.sin());
        FUNCTIONS.put("reciprocal", (_, a, _) -> a.square().plus(1).reciprocal());
        FUNCTIONS.put("complement", (_, a, _) -> a.negate().plus(1));
        FUNCTIONS.put("scaled", (_, a, _) -> a.times(0.3).plus(0.2));
        FUNCTIONS.put("plus", (_, a, b) -> a.plus(fit(b, a)));
        FUNCTIONS.put("minus", (_, a, b) -> a.minus(fit(b, a)));
        FUNCTIONS.put("times", (_, a, b) -> a.tanh().times(fit(b, a)));
        FUNCTIONS.put("over", (_, a, b) -> a.dividedBy(fit(b, a).square().plus(1)));
        FUNCTIONS.put("power", (_, a, b) -> a.sigmoid().plus(0.5).pow(fit(b, a).tanh()));
        FUNCTIONS.put("max", (_, a, b) -> a.maximum(fit(b, a)));
        FUNCTIONS.put("least", (_, a, b) -> a.lessThan(fit(b, a)).select(a, fit(b, a)));
        FUNCTIONS.put("between", (_, a, b) -> {
            Tensor z = a.sigmoid();
            return z.times(a).plus(z.negate().plus(1).times(fit(b, a)));
        });
        FUNCTIONS.put("bias", (at, a, _) -> a.plus(at.row(a)));
        FUNCTIONS.put("gain", (at, a, _) -> a.times(at.row(a)));
        FUNCTIONS.put("boundedGain", (at, a, _) -> a.times(at.row(a).tanh()));
        FUNCTIONS.put("number", (at, a, _) -> a.times(at.param(at.name).plus(0.5)));

        ROWS.put("layerNorm", (at, a, _) -> at.scope.call(at.name, new LayerNorm(1e-2), a));
        ROWS.put("softmax", (_, a, _) -> a.softmax(axis(a)));
        ROWS.put("sum", (_, a, _) -> a.sum(axis(a)).times(1.0 / width(a)).expand(axis(a)));
        ROWS.put("largest", (_, a, _) -> a.max(axis(a)).expand(axis(a)).plus(a));
        ROWS.put("centred", (_, a, _) -> a.minus(a.mean(axis(a)).expand(axis(a))));
        ROWS.put(
                "unit",
                (_, a, _) ->
                        a.dividedBy(a.square().sum(axis(a)).plus(0.5).sqrt().expand(axis(a))));
        ROWS.put(
                "inner",
                (_, a, b) -> a.times(fit(b, a)).mean(axis(a)).expand(axis(a)).times(a));
        ROWS.put(
                "squeeze",
                (_, a, _) -> a.mean(axis(a)).sigmoid().expand(axis(a)).times(a));

        SHAPES.put("first", (_, a, _) -> a.slice(-1, 0, (width(a) + 1) / 2));
        SHAPES.put("second", (_, a, _) -> a.slice(-1, width(a) / 2, width(a)));
        SHAPES.put("third", (_, a, _) -> a.slice(-1, width(a) / 3, width(a) - width(a) / 3));
        SHAPES.put("odd", (_, a, _) -> a.slice(-1, width(a) / 2 % 2, width(a), 2));
        SHAPES.put("join", (_, a, b) -> width(a) + width(b) > 300 ? a : Tensor.concat(axis(a), a, b));
        SHAPES.put("pad", (at, a, _) -> a.pad(axis(a), at.size % 3, at.size % 2));
        SHAPES.put("reversed", (_, a, _) -> a.reverse(axis(a)));
        SHAPES.put("turned", (_, a, _) -> flat(parts(a).transpose()));
        SHAPES.put("attention", (_, a, _) -> {
            Tensor q = parts(a);
            return flat(q.dot(q.transpose()).times(1.0 / width(a)).tanh().dot(q));
        });
        SHAPES.put("table", (at, _, _) -> at.shared(at.x).gather(at.x.argMax(axis(at.x))));
        SHAPES.put("constant", (at, a, _) -> at.row(a).broadcastTo(a.shape()));

        List.of(PRODUCTS, FUNCTIONS, ROWS, SHAPES).forEach(RULES::putAll);
        RULES.put(Extra.STEEP.name(), (at, a, _) -> {
            Tensor size = a.dot(at.weights(a)).plus(at.x.dot(at.shared(at.x))).abs();
            // Only at zero itself: beside it rounding would be seen.
            return size.plus(size.sign().times(0.3)).sqrt();
        });
        RULES.put(
                Extra.MIXED.name(),
                (_, a, b) -> a.reverse(0).plus(a.minus(a.mean(0))).plus(fit(b, a)));
        RULES.put(NEXT, (at, a, before) -> {
            Tensor u = fit(a, before).tanh();
            return at.size % 2 == 0 ? u : before.plus(u.minus(before).times(0.3));
        });
    }

    private static int axis(Tensor a) {
        return a.shape().rank() - 1;
    }

    private static int width(Tensor a) {
        return a.shape().last();
    }

    /// As wide as another, or of width 1.
    private static Tensor fit(Tensor b, Tensor a) {
        int less = width(a) - width(b);
        return width(b) == 1
                ? b.broadcastTo(a.shape())
                : less <= 0 ? b.slice(-1, -less, width(b)) : b.pad(axis(b), 0, less);
    }

    /// `[*batch, some, rest]`
    private static Tensor parts(Tensor a) {
        int some = width(a) % 3 == 0 ? 3 : width(a) % 2 == 0 ? 2 : 1;
        return a.reshape(a.shape().drop(axis(a)).plus(some, width(a) / some));
    }

    private static Tensor flat(Tensor a) {
        Shape shape = a.shape();
        int features = shape.last() * shape.dim(shape.rank() - 2);
        return a.reshape(shape.sub(0, shape.rank() - 2).plus(features));
    }

    /// @param sizes widths to choose from
    static RandomCell draw(Random random, int[] sizes, Extra extra) {
        int width = pick(random, sizes);
        var carries = new ArrayList<>(List.of(Shape.of(width)));
        while (random.nextInt(3) == 0) {
            carries.add(random.nextBoolean() ? Shape.of(1 + random.nextInt(3), width) : Shape.of(pick(random, sizes)));
        }
        var lines = new ArrayList<Line>();
        int given = 1 + carries.size();
        lines.add(new Line("dense", 0, 0, width * (1 + random.nextInt(3))));
        lines.add(new Line("product", 1, 0, width * (1 + random.nextInt(3))));
        int place = extra == Extra.NONE ? 0 : random.nextInt(4);
        more(random, lines, given, random.nextInt(5), sizes, width);
        if (place == 1) {
            lines.add(new Line(extra.name(), random.nextInt(given), given, width));
        }
        more(random, lines, given, 1 + random.nextInt(6), sizes, width);
        for (int i = 0; i < carries.size(); i++) {
            int from = i == 0 ? given + lines.size() - 1 : random.nextInt(given + lines.size());
            lines.add(new Line(NEXT, from, 1 + i, random.nextInt(2)));
        }
        if (place > 1) {
            int of = place == 2 ? random.nextInt(given) : given + lines.size() - 1;
            lines.add(new Line(extra.name(), of, given, width));
        }
        more(random, lines, given, random.nextInt(3), sizes, width);
        int all = given + lines.size();
        if (extra == Extra.STEEP) {
            // A loop whose body records parts for themselves leaves no rows out, and meets the slope in the padding.
            lines.replaceAll(l -> l.rule.equals(AGAIN) ? new Line("product", l.a, l.b, l.size) : l);
        }
        return new RandomCell(
                List.copyOf(lines),
                List.copyOf(carries),
                random.nextBoolean() ? all - 1 : random.nextInt(all),
                DType.F32);
    }

    private static void more(Random random, List<Line> lines, int given, int count, int[] sizes, int width) {
        for (int i = 0; i < count; i++) {
            int kind = random.nextInt(10);
            var names = List.copyOf((kind < 2 ? PRODUCTS : kind < 7 ? FUNCTIONS : kind < 9 ? ROWS : SHAPES).keySet());
            int size = random.nextInt(3) == 0 ? pick(random, sizes) : width;
            int next = given + lines.size();
            lines.add(
                    new Line(names.get(random.nextInt(names.size())), value(random, next), value(random, next), size));
        }
    }

    /// One that was made just now, or any.
    private static int value(Random random, int count) {
        return random.nextInt(3) == 0 ? random.nextInt(count) : count - 1 - random.nextInt(Math.min(count, 4));
    }

    static int pick(Random random, int[] of) {
        return of[random.nextInt(of.length)];
    }

    RandomCell withDType(DType other) {
        return new RandomCell(lines, carries, output, other);
    }

    @Override
    public Step<Tensors> step(Scope scope, Tensors carry, Tensor x) {
        var values = new ArrayList<>(List.of(x));
        carry.leaves().forEach(h -> values.add(h.shape().rank() > x.shape().rank() ? flat(h) : h));
        var next = new ArrayList<Tensor>();
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            var at = new Place(scope, line.rule + i, line.size, dtype, x);
            Tensor made = RULES.get(line.rule).apply(at, values.get(line.a), values.get(line.b));
            values.add(made);
            if (line.rule.equals(NEXT)) {
                next.add(made.reshape(carry.get(next.size()).shape()));
            }
        }
        return new Step<>(new Tensors(next), values.get(output));
    }

    @Override
    public Tensors initialCarry(Key key, Shape input) {
        Shape batch = input.drop(input.rank() - 1);
        return new Tensors(carries.stream()
                .map(features -> {
                    Shape shape = batch;
                    for (int axis = 0; axis < features.rank(); axis++) {
                        shape = shape.plus(features.dim(axis));
                    }
                    return Tensor.full(new Type(dtype, shape), 0.1);
                })
                .toList());
    }

    private String name(int value) {
        return value == 0 ? "x" : value <= carries.size() ? "h" + (value - 1) : "v" + (value - 1 - carries.size());
    }

    @Override
    public String toString() {
        var text = new StringBuilder("cell with carries ").append(carries);
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            text.append("\n    v%d = %s(%s, %s) %d".formatted(i, line.rule, name(line.a), name(line.b), line.size));
        }
        return text.append("\n    output ").append(name(output)).toString();
    }
}
