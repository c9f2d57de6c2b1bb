package dev.linum.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Cuts operands instead of results, where an element-wise result is only read in pieces.
///
/// ```
///   z = x + b + h U       i = sigmoid(z[gate 0])   ==>   i = sigmoid(x[gate 0] + b[gate 0] + (h U)[gate 0])
///                         f = sigmoid(z[gate 1])         f = ...
/// ```
///
/// The wide z need not be stored and read again, and pieces of constants do not depend on the step. A longer
/// chain, such as a normalisation, is left as it is: many operations on pieces take longer than storing its
/// result once.
final class Slices {

    private static final int MOST = 4;

    private final Map<Value, Equation> source = new HashMap<>();
    private final Set<Value> inPieces = new HashSet<>();
    private final Map<Piece, Value> pieces = new HashMap<>();
    private final List<Equation> equations = new ArrayList<>();

    private record Piece(Value of, Op.Slice slice) {}

    private Slices() {}

    /// `graph ==> graph` with the same inputs and outputs.
    static Graph moved(Graph graph) {
        var slices = new Slices();
        slices.find(graph);
        if (slices.inPieces.isEmpty() || slices.inPieces.size() > MOST) {
            return graph;
        }
        for (Equation eq : graph.equations()) {
            if (eq.op() instanceof Op.Slice slice
                    && slices.inPieces.contains(eq.in().getFirst())) {
                slices.cut(eq, slice);
            } else if (!slices.inPieces.contains(eq.out().getFirst())) {
                slices.equations.add(eq);
            }
        }
        return new Graph(graph.in(), slices.equations, graph.out());
    }

    /// Finds the element-wise results that are read in pieces alone, by others of this kind included.
    private void find(Graph graph) {
        Map<Value, Long> cut = new HashMap<>();
        Set<Value> whole = new HashSet<>(graph.out());
        for (Equation eq : graph.equations()) {
            eq.out().forEach(v -> source.put(v, eq));
        }
        for (Equation eq : graph.equations().reversed()) {
            Value out = eq.out().getFirst();
            long size = out.type().shape().count();
            boolean pushed = eq.op() instanceof Op.Elementwise(Fn fn)
                    && !(fn == Fn.ADD && isAddedUp(eq.in()))
                    && !whole.contains(out)
                    && cut.getOrDefault(out, 0L) > 0
                    && cut.get(out) <= size;
            if (pushed) {
                inPieces.add(out);
                eq.in().forEach(v -> cut.merge(v, cut.get(out), Long::sum));
            } else if (eq.op() instanceof Op.Slice) {
                cut.merge(eq.in().getFirst(), size, Long::sum);
            } else {
                whole.addAll(eq.in());
            }
        }
    }

    /// What is added to a product stays whole, unless it is something repeated: a product can be added to it as it is
    /// made.
    private boolean isAddedUp(List<Value> terms) {
        return terms.stream()
                        .anyMatch(v -> source.containsKey(v) && source.get(v).op() instanceof Op.MatMul)
                && terms.stream()
                        .noneMatch(v -> source.containsKey(v) && source.get(v).op() instanceof Op.Broadcast);
    }

    /// Computes a piece that was cut from a result.
    private void cut(Equation eq, Op.Slice slice) {
        Equation made = source.get(eq.in().getFirst());
        List<Value> operands =
                made.in().stream().map(v -> piece(v, slice, made.site())).toList();
        equations.add(new Equation(made.op(), operands, eq.out(), made.site()));
    }

    /// Returns a value that holds a piece of another.
    private Value piece(Value v, Op.Slice slice, Site site) {
        var key = new Piece(v, slice);
        Value known = pieces.get(key);
        if (known != null) {
            return known;
        }
        Equation made = source.get(v);
        Value out;
        if (made != null && made.op() instanceof Op.Broadcast repeat) {
            out = repeated(repeat, made, slice, site);
        } else {
            out = new Value(Infer.types(slice, List.of(v.type())).getFirst());
            var cut = new Equation(slice, List.of(v), List.of(out), site);
            if (inPieces.contains(v)) {
                cut(cut, slice);
            } else {
                equations.add(cut);
            }
        }
        pieces.put(key, out);
        return out;
    }

    /// A piece of something repeated is a repeated piece.
    private Value repeated(Op.Broadcast repeat, Equation made, Op.Slice slice, Site site) {
        Value in = made.in().getFirst();
        Shape from = in.type().shape();
        var starts = new ArrayList<Integer>();
        var stops = new ArrayList<Integer>();
        var steps = new ArrayList<Integer>();
        boolean all = true;
        for (int i = 0; i < from.rank(); i++) {
            int axis = repeat.axes().get(i);
            starts.add(slice.starts().get(axis));
            stops.add(slice.stops().get(axis));
            steps.add(slice.steps().get(axis));
            all &= starts.get(i) == 0 && stops.get(i) == from.dim(i) && steps.get(i) == 1;
        }
        Value part = all ? in : piece(in, new Op.Slice(starts, stops, steps), site);
        Type type = made.out().getFirst().type();
        Shape shape = Infer.types(slice, List.of(type)).getFirst().shape();
        var op = new Op.Broadcast(shape, repeat.axes());
        var out = new Value(type.withShape(shape));
        equations.add(new Equation(op, List.of(part), List.of(out), site));
        return out;
    }
}
