package dev.linum.cpu;

import dev.linum.graph.DType;
import dev.linum.graph.Equation;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.List;

/// Brings products together of which none reads another, of the same size and as many as there are workers, so that
/// each worker has one to itself: the gradients of recurrent and of input weights.
///
/// ```
///   g = h' d              s = sum d
///   s = sum d             g = h' d  |
///   k = x' d              k = x' d  |    one by each worker
/// ```
///
/// Workers that share a product each lay out all of A, a part of which another one has in its cache. Of large
/// products that is little beside the multiplications, and of a large result each worker had better make the part
/// that it reads afterwards: those are still shared.
final class IndependentProducts {

    /// The multiplications of a product that is worth a hand-over, and of one that is better shared.
    private static final long LEAST = 1 << 17;

    private static final long MOST = 1 << 26;

    /// The most elements of a result.
    private static final int LARGEST = 1 << 16;

    private IndependentProducts() {}

    /// Joins items that are products, where the last of them stands.
    static List<Fusion.Item> join(List<Fusion.Item> items, Planner planner) {
        int workers = planner.workers.size();
        if (workers == 1) {
            return items;
        }
        var joined = new ArrayList<Fusion.Item>();
        var waiting = new ArrayList<Equation>();
        for (Fusion.Item item : items) {
            boolean isOne = isForOneWorker(item, planner);
            boolean isOther = isOne && !waiting.isEmpty() && work(item.one()) != work(waiting.getFirst());
            boolean isReader = item.equations().stream()
                    .flatMap(eq -> planner.reads(eq).stream())
                    .anyMatch(v -> waiting.stream().anyMatch(eq -> eq.out().contains(v)));
            if (isOther || isReader) {
                waiting.forEach(eq -> joined.add(item(List.of(eq))));
                waiting.clear();
            }
            if (!isOne) {
                joined.add(item);
                continue;
            }
            waiting.add(item.one());
            if (waiting.size() == workers) {
                joined.add(item(List.copyOf(waiting)));
                waiting.clear();
            }
        }
        waiting.forEach(eq -> joined.add(item(List.of(eq))));
        return joined;
    }

    private static Fusion.Item item(List<Equation> products) {
        return new Fusion.Item(products, false, 0, 0);
    }

    private static boolean isForOneWorker(Fusion.Item item, Planner planner) {
        if (item.isGroup() || item.equations().size() > 1 || !(item.one().op() instanceof Op.MatMul)) {
            return false;
        }
        Equation eq = item.one();
        Value out = eq.out().getFirst();
        return out.type().dtype() == DType.F32
                && out.type().shape().count() <= LARGEST
                && work(eq) >= LEAST
                && work(eq) <= MOST
                && !planner.isPartOfSum(out);
    }

    /// The multiplications of a product.
    static long work(Equation eq) {
        var op = (Op.MatMul) eq.op();
        Shape a = eq.in().getFirst().type().shape();
        return (long) eq.out().getFirst().type().shape().count() * a.dim(op.transposeA() ? -2 : -1);
    }
}
