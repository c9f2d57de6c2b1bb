package dev.linum.cpu;

import dev.linum.graph.DType;
import dev.linum.graph.Equation;
import dev.linum.graph.Fn;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Type;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Moves products of inputs back into the loop that reads them, where a step has rows enough.
///
/// ```
///   p = x W   for all steps          for t:  z = x[t] W + h U
///   for t:  z = p[t] + h U
/// ```
///
/// Numbers are the same with either: in the loop such a product is treated as if it came in ([#isOfInputs]).
///
/// On the left `p` is written to memory and read again, four times as many numbers for an LSTM as it has units.
/// On the right a part of it is still in cache when it is read, and [Window] computes it for some steps at once: then
/// `W` need not be read at each. With few rows, or a large `W`, the product stays outside, which is
/// faster then.
final class Sink {

    /// The rows of a tile: with fewer for each worker, the tall product outside is faster.
    private static final int ROWS = 8;

    /// The most numbers of a matrix that is read again at every step.
    private static final int SMALL = 1 << 20;

    private final int least;
    private final Map<Value, Equation> makers = new HashMap<>();
    private final Map<Value, Integer> reads = new HashMap<>();

    private Sink(Graph graph, int workers) {
        this.least = ROWS * workers;
        for (Equation eq : graph.equations()) {
            eq.in().forEach(v -> reads.merge(v, 1, Integer::sum));
            eq.out().forEach(v -> makers.put(v, eq));
        }
        graph.out().forEach(v -> reads.merge(v, 1, Integer::sum));
    }

    /// Returns a graph that computes the same for so many workers.
    static Graph graph(Graph graph, int workers) {
        var sink = new Sink(graph, workers);
        var equations = new ArrayList<Equation>();
        for (Equation eq : graph.equations()) {
            if (eq.op() instanceof Op.Scan scan) {
                sink.loop(scan, eq, equations);
            } else {
                equations.add(eq);
            }
        }
        return new Graph(graph.in(), Inline.live(equations, graph.out()), graph.out());
    }

    private void loop(Op.Scan scan, Equation eq, List<Equation> equations) {
        int firstX = scan.consts() + scan.carry();
        var in = new ArrayList<>(eq.in());
        var bodyIn = new ArrayList<>(scan.body().in());
        var body = new ArrayList<Equation>();
        var weights = new ArrayList<Value>();
        var bodyWeights = new ArrayList<Value>();
        for (int i = firstX; i < in.size(); i++) {
            Equation product = product(in.get(i));
            if (product == null || isAddedToAndKept(scan.body(), bodyIn.get(i))) {
                continue;
            }
            Value left = product.in().get(0);
            Value right = product.in().get(1);
            Shape stacked = in.get(i).type().shape();
            int k = left.type().shape().last();
            var steps = new Value(Type.of(DType.F32, stacked.dim(0), stacked.dim(1), k));
            equations.add(new Equation(new Op.Reshape(steps.type().shape()), List.of(left), List.of(steps), eq.site()));
            var x = new Value(Type.of(DType.F32, stacked.dim(1), k));
            var w = new Value(right.type());
            body.add(new Equation(product.op(), List.of(x, w), List.of(bodyIn.get(i)), product.site()));
            in.set(i, steps);
            bodyIn.set(i, x);
            weights.add(right);
            bodyWeights.add(w);
        }
        if (body.isEmpty()) {
            equations.add(eq);
            return;
        }
        in.addAll(scan.consts(), weights);
        bodyIn.addAll(scan.consts(), bodyWeights);
        body.addAll(scan.body().equations());
        Op.Scan next = scan.with(
                new Graph(bodyIn, body, scan.body().out()),
                scan.consts() + weights.size(),
                scan.carry(),
                scan.xs(),
                scan.stacked(),
                scan.sums());
        equations.add(new Equation(next, in, eq.out(), eq.site()));
    }

    /// Says whether a product of a loop's body could be computed before the loop: how many workers there are decides
    /// where, so it must make no difference to the numbers.
    static boolean isOfInputs(Op.Scan scan, Graph body, Equation eq) {
        int left = body.in().indexOf(eq.in().get(0));
        int right = body.in().indexOf(eq.in().get(1));
        return left >= scan.consts() + scan.carry() && right >= 0 && right < scan.consts();
    }

    /// Says whether another product is added to an input as it is made, and the input read once more: in the loop it
    /// would be no more there.
    private static boolean isAddedToAndKept(Graph body, Value input) {
        Set<Value> products = new HashSet<>();
        body.equations().stream().filter(eq -> eq.op() instanceof Op.MatMul).forEach(eq -> products.addAll(eq.out()));
        List<Equation> readers =
                body.equations().stream().filter(eq -> eq.in().contains(input)).toList();
        return readers.size() > 1
                && readers.stream()
                        .anyMatch(eq -> eq.op() instanceof Op.Elementwise(Fn fn)
                                && fn == Fn.ADD
                                && eq.in().stream().anyMatch(products::contains));
    }

    /// The product that makes a stacked input, if it may move: nobody else reads it; else null.
    private Equation product(Value stacked) {
        Shape shape = stacked.type().shape();
        if (shape.rank() != 3 || shape.dim(1) < least || reads.get(stacked) != 1) {
            return null;
        }
        Equation reshape = makers.get(stacked);
        if (reshape == null
                || !(reshape.op() instanceof Op.Reshape)
                || reads.get(reshape.in().getFirst()) != 1) {
            return null;
        }
        Equation product = makers.get(reshape.in().getFirst());
        if (product == null
                || !(product.op() instanceof Op.MatMul m)
                || m.transposeA()
                || stacked.type().dtype() != DType.F32) {
            return null;
        }
        Shape left = product.in().get(0).type().shape();
        boolean byRows = left.rank() == 2
                && left.dim(0) == shape.dim(0) * shape.dim(1)
                && product.out().getFirst().type().shape().last() == shape.last();
        return byRows && product.in().get(1).type().shape().count() <= SMALL ? product : null;
    }
}
