package dev.linum.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Splits a loop into chunks of steps that the backward pass runs again.
///
/// ```
///   forwards    c0 ─▶ [x0 x1 x2] ─▶ c3 ─▶ [x3 x4 x5] ─▶ c6 ─▶ [x6] ─▶ c7       kept: c0, c3, c6 and the inputs
///
///   backwards                                              c6 ─▶ [x6] ─▶        run again, everything kept,
///                                         dc6 ◀────────────────── [x6] ◀─ dc7   pulled back, forgotten
///                       c3 ─▶ [x3 x4 x5] ─▶
///           dc3 ◀──────────── [x3 x4 x5] ◀─ dc6
/// ```
///
/// The chunks are the steps of an outer loop whose body is a single [Op.Remat] of the inner loop. Since it is one
/// operation, forwards and backwards, [Fission] moves nothing from it out of the outer loop, where it would be kept
/// for all steps: the products of the inputs and the gradients of the weights are one product per chunk.
///
/// The last chunk may be shorter: it stands beside the outer loop, behind it if the steps run forwards, else before.
final class Chunks {

    private final Op.Scan scan;
    private final int each;
    private final List<Tensor> shared;
    private final List<Tensor> perStep;

    private Chunks(Op.Scan scan, List<Tensor> in, int each) {
        this.scan = scan;
        this.each = each;
        int names = scan.isRagged() ? 1 : 0;
        this.shared = in.subList(names, scan.consts());
        this.perStep = Bundle.concat(in.subList(0, names), in.subList(scan.consts() + scan.carry(), in.size()));
    }

    /// Adds a loop to the open trace, or runs it, in chunks of so many steps.
    static List<Tensor> emit(Op.Scan scan, List<Tensor> in, int each) {
        var chunks = new Chunks(scan, in, each);
        return chunks.emit(in.subList(scan.consts(), scan.consts() + scan.carry()));
    }

    private List<Tensor> emit(List<Tensor> start) {
        int cut = scan.steps() / each * each;
        if (cut == scan.steps()) {
            return whole(start, cut);
        }
        if (cut == 0) {
            return rest(start, cut);
        }
        int carry = scan.carry();
        List<Tensor> whole;
        List<Tensor> rest;
        if (scan.reverse()) {
            rest = rest(start, cut);
            whole = whole(rest.subList(0, carry), cut);
        } else {
            whole = whole(start, cut);
            rest = rest(whole.subList(0, carry), cut);
        }
        var results = new ArrayList<>((scan.reverse() ? whole : rest).subList(0, carry));
        for (int i = carry; i < whole.size(); i++) {
            results.add(Tensor.concat(0, whole.get(i), rest.get(i)));
        }
        return results;
    }

    /// Runs the first `cut` steps, all chunks of the same size.
    private List<Tensor> whole(List<Tensor> carry, int cut) {
        int count = cut / each;
        List<Tensor> in = arguments(carry, x -> {
            Tensor used = cut == scan.steps() ? x : x.slice(0, 0, cut);
            return used.reshape(Shape.of(count, each).plus(x.shape().drop(0)));
        });
        int xs = shared.size() + carry.size();
        var types = new ArrayList<Type>();
        for (int i = 0; i < in.size(); i++) {
            Type type = in.get(i).type();
            types.add(i < xs ? type : type.withShape(type.shape().drop(0)));
        }
        Op chunk = chunk(types, each);
        var outer = new Op.Scan(
                Trace.of(types, inner -> Trace.apply(chunk, inner)),
                shared.size(),
                carry.size(),
                perStep.size(),
                scan.stacked(),
                0,
                count,
                scan.reverse(),
                Op.Scan.Ragged.NO,
                Saving.everything());
        var results = new ArrayList<>(Trace.apply(outer, in));
        for (int i = carry.size(); i < results.size(); i++) {
            Tensor y = results.get(i);
            results.set(i, y.reshape(Shape.of(cut).plus(y.shape().drop(0).drop(0))));
        }
        return results;
    }

    /// Runs the steps from `cut` on.
    private List<Tensor> rest(List<Tensor> carry, int cut) {
        List<Tensor> in = arguments(carry, x -> x.slice(0, cut, scan.steps()));
        return Trace.apply(chunk(in.stream().map(Tensor::type).toList(), scan.steps() - cut), in);
    }

    private List<Tensor> arguments(List<Tensor> carry, UnaryOperator<Tensor> part) {
        return Bundle.concat(
                Bundle.concat(shared, carry), perStep.stream().map(part).toList());
    }

    /// The loop over the steps of a chunk: `(shared, carry, per step) -> (carry, outputs)`.
    private Op chunk(List<Type> types, int steps) {
        Graph body = scan.body();
        var bodyIn = new ArrayList<>(body.in());
        if (scan.isRagged()) {
            Type names = body.in().getFirst().type();
            bodyIn.set(
                    0,
                    new Value(names.withShape(Shape.of(steps).plus(names.shape().drop(0)))));
        }
        Op.Scan inner = scan.withBody(new Graph(bodyIn, body.equations(), body.out()))
                .withSteps(steps)
                .withSaving(Saving.everything());
        return new Op.Remat(Trace.of(types, in -> {
            var ordered = new ArrayList<>(in);
            if (scan.isRagged()) {
                ordered.addFirst(ordered.remove(shared.size() + scan.carry()));
            }
            return Loop.emit(inner, ordered);
        }));
    }
}
