package dev.linum.cpu;

import dev.linum.graph.Array;
import dev.linum.graph.Equation;
import dev.linum.graph.Fn;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Rows;
import dev.linum.graph.Shape;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Takes away the question whether a row is at work where only rows at work are computed or read.
///
/// ```
///   before                                                        after
///
///   real[t, r] = -1 < sequences[t, r]                             real[t, r] = -1 < sequences[t, r]
///   for t, rows at work:                                          for t, rows at work:
///       h' = real[t] ? tanh(x[t] + h U) : h                           h' = tanh(x[t] + h U)
///       y[t] = real[t] ? h' : 0                                       y[t] = h'
/// ```
///
/// In such a loop the condition holds wherever it is asked. It is known by what it is computed from, the
/// sequences of the loop itself; a condition that comes from anywhere else is asked as before. Outside, a choice
/// by it need not be made for a reader that leaves the other rows out, nor between a value that is zero in them and
/// zero.
///
/// All this is only done if every such loop of the graph is run by rows, before and after.
final class AtWork {

    private final Tokens tokens;
    private final Map<Value, Equation> makers = new HashMap<>();
    private final Map<Value, Tokens.Work> real = new HashMap<>();
    private final Set<Value> zeros = new HashSet<>();
    private final Map<Value, Value> same = new HashMap<>();

    private AtWork(Graph graph) {
        this.tokens = Tokens.of(graph);
    }

    /// Returns a graph that computes the same.
    static Graph graph(Graph graph) {
        if (!isRunByRows(graph)) {
            return graph;
        }
        Graph shorter = new AtWork(graph).shorter(graph).simplified();
        return isRunByRows(shorter) ? shorter : graph;
    }

    private static boolean isRunByRows(Graph graph) {
        // With one worker all products go into loops that ever do.
        return Stream.of(graph, Sink.graph(graph, 1))
                .map(either ->
                        either.scans().stream().filter(Op.Scan::leavesRowsOut).toList())
                .allMatch(loops -> !loops.isEmpty() && loops.stream().allMatch(Loops::isRunByRows));
    }

    private Graph shorter(Graph graph) {
        var equations = new ArrayList<Equation>();
        for (Equation eq : graph.equations()) {
            eq.out().forEach(v -> makers.put(v, eq));
            Op op = eq.op() instanceof Op.Scan scan && scan.leavesRowsOut() ? loop(scan, eq) : eq.op();
            look(eq);
            if (!isChosen(eq)) {
                equations.add(new Equation(op, now(eq.in()), eq.out(), eq.site()));
            }
        }
        return new Graph(graph.in(), equations, now(graph.out()));
    }

    private List<Value> now(List<Value> values) {
        return values.stream().map(v -> same.getOrDefault(v, v)).toList();
    }

    // ---- outside the loops

    private void look(Equation eq) {
        if (eq.out().isEmpty()) {
            return;
        }
        Value out = eq.out().getFirst();
        switch (eq.op()) {
            case Op.Constant(Array value) -> {
                if (value.shape().rank() == 0 && value.item() == 0) {
                    zeros.add(out);
                }
            }
            case Op.Elementwise(Fn fn) when fn == Fn.LESS -> condition(eq).ifPresent(work -> real.put(out, work));
            case Op.Reshape _ -> follow(eq);
            case Op.Broadcast op -> {
                Shape from = eq.in().getFirst().type().shape();
                Tokens.Work work = real.get(eq.in().getFirst());
                boolean keeps = work != null
                        && from.rank() > 1
                        && from.sub(0, 2).equals(Shape.of(work.steps(), work.batch()))
                        && op.axes().subList(0, 2).equals(List.of(0, 1));
                if (keeps || zeros.contains(eq.in().getFirst())) {
                    follow(eq);
                }
            }
            case Op _ -> {}
        }
    }

    private void follow(Equation eq) {
        Value from = eq.in().getFirst();
        Value out = eq.out().getFirst();
        if (real.containsKey(from)) {
            real.put(out, real.get(from));
        }
        if (zeros.contains(from)) {
            zeros.add(out);
        }
    }

    /// Returns of what `-1 < sequences[t, r]` over all t and r says which rows are at work.
    private Optional<Tokens.Work> condition(Equation less) {
        Shape shape = less.out().getFirst().type().shape();
        if (shape.rank() != 2) {
            return Optional.empty();
        }
        Value sequences = plain(less.in().get(1));
        return isNone(less.in().get(0)) && sequences.type().shape().equals(shape)
                ? Optional.of(new Tokens.Work(sequences, shape.dim(0), shape.dim(1)))
                : Optional.empty();
    }

    /// Says whether a matrix holds -1 alone.
    private boolean isNone(Value matrix) {
        Value v = plain(matrix);
        if (makers.get(v) instanceof Equation eq && eq.op() instanceof Op.Broadcast) {
            v = plain(eq.in().getFirst());
        }
        return makers.get(v) instanceof Equation eq
                && eq.op() instanceof Op.Constant(Array value)
                && value.shape().rank() == 0
                && value.item() == -1;
    }

    private Value plain(Value v) {
        Value at = v;
        while (makers.get(at) instanceof Equation eq && eq.op() instanceof Op.Reshape) {
            at = eq.in().getFirst();
        }
        return at;
    }

    /// Takes a choice into account; says whether it is what it is for rows at work.
    private boolean isChosen(Equation eq) {
        if (!(eq.op() instanceof Op.Elementwise(Fn fn)) || fn != Fn.SELECT) {
            return false;
        }
        Tokens.Work work = real.get(eq.in().get(0));
        Value out = eq.out().getFirst();
        boolean isAsked = work != null && work.equals(tokens.asked(out).orElse(null));
        boolean isZero = work != null
                && zeros.contains(eq.in().get(2))
                && work.equals(tokens.zero(eq.in().get(1)).orElse(null));
        if (isAsked || isZero) {
            same.put(out, now(eq.in()).get(1));
        }
        return isAsked || isZero;
    }

    // ---- inside

    private Op.Scan loop(Op.Scan scan, Equation eq) {
        Graph body = scan.body();
        int batch = Rows.batch(scan, body);
        var work = new Tokens.Work(eq.in().getFirst(), scan.steps(), batch);
        Set<Value> holds = new HashSet<>();
        for (int i = scan.consts() + scan.carry(); i < eq.in().size(); i++) {
            if (work.equals(real.get(eq.in().get(i)))) {
                holds.add(body.in().get(i));
            }
        }
        Map<Value, Value> chosen = new HashMap<>();
        var left = new ArrayList<Equation>();
        for (Equation inner : body.equations()) {
            List<Value> in =
                    inner.in().stream().map(v -> chosen.getOrDefault(v, v)).toList();
            Value out = inner.out().getFirst();
            switch (inner.op()) {
                case Op.Elementwise(Fn fn)
                when fn == Fn.SELECT && holds.contains(in.get(0)) -> {
                    chosen.put(out, in.get(1));
                    continue;
                }
                // Since the loop is run by rows, a row of these has only what that row of the condition has.
                case Op.Reshape _, Op.Broadcast _ -> {
                    if (holds.contains(in.getFirst())) {
                        holds.add(out);
                    }
                }
                case Op _ -> {}
            }
            left.add(new Equation(inner.op(), in, inner.out(), inner.site()));
        }
        List<Value> out =
                body.out().stream().map(v -> chosen.getOrDefault(v, v)).toList();
        return scan.withBody(new Graph(body.in(), left, out));
    }
}
