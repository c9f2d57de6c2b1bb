package dev.linum.bench.worker;

import dev.linum.bench.Product;
import dev.linum.bench.Product.Kind;
import dev.linum.graph.Array;
import dev.linum.graph.Backend;
import dev.linum.graph.Backends;
import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Infer;
import dev.linum.graph.Op;
import dev.linum.graph.Value;
import java.util.List;

/// A matrix product as it is inside a layer: a graph of one product, whose result stays in the memory of its plan.
///
/// The plan packs a matrix that is a constant once, as it does before a loop in which a matrix does not change.
final class LinumProduct implements Engine.Session {

    private final List<Array> in;
    private final Backend.Executable timed;
    private final Backend.Executable whole;

    LinumProduct(Product what, Array a, Array b) {
        boolean constant = what.kind() == Kind.STEP;
        var left = new Value(a.type());
        var right = new Value(b.type());
        Equation product = equation(new Op.MatMul(what.kind() == Kind.GRADIENT, false), left, right);
        // A result is new memory at each run: of the timed product one row is one.
        Equation row = equation(
                new Op.Slice(List.of(0, 0), List.of(1, what.columns()), List.of(1, 1)),
                product.out().getFirst());
        var given = new Equation(new Op.Constant(b), List.of(), List.of(right), null);
        List<Value> inputs = constant ? List.of(left) : List.of(left, right);
        this.in = constant ? List.of(a) : List.of(a, b);
        this.timed = compile(inputs, constant ? List.of(given, product, row) : List.of(product, row));
        this.whole = compile(inputs, constant ? List.of(given, product) : List.of(product));
    }

    private static Equation equation(Op op, Value... in) {
        List<Value> out = Infer.types(op, List.of(in).stream().map(Value::type).toList()).stream()
                .map(Value::new)
                .toList();
        return new Equation(op, List.of(in), out, null);
    }

    private static Backend.Executable compile(List<Value> in, List<Equation> equations) {
        return Backends.current()
                .compile(new Graph(in, equations, equations.getLast().out()).verify());
    }

    @Override
    public void run() {
        timed.run(in);
    }

    @Override
    public float[] outputs() {
        return whole.run(in).getFirst().toFloats();
    }
}
