package dev.linum.cpu;

import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Rows;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Brings loops together of which none reads another, so that each can have a worker of its own: the two
/// directions of a bidirectional layer, forwards and in the derivative.
///
/// ```
///   p = x W               p = x W
///   a = loop p            q = x V          what the second loop reads comes before the first
///   s = f(a)              a = loop p  |
///   q = x V               b = loop q  |    both at the same time
///   b = loop q            s = f(a)
///   y = g(s, b)           y = g(s, b)
/// ```
///
/// A loop with rows enough is shared by its rows ([LoopStep]), which keeps all workers busy; with a batch of
/// a few sequences one worker runs it, and the others have nothing to do.
///
/// The equations are walked in order. The first loop that has no company takes the next ones that do not
/// depend on it or on each other, directly or through anything between; loops that are together count as one
/// equation from then on, so that no two such groups can wait for each other. Nothing else changes its place
/// among the others.
///
/// The order depends on the graph alone; whether the loops do run at the same time depends on the workers
/// ([#pays]), and so does whether layers were cut before ([Wavefront]). No order gives other last digits: a product
/// that is added to another has no other reader, so the two never change places.
///
/// @param graph computes the same
/// @param groups for the first result of a loop with company, the first results of all in its group
record IndependentLoops(Graph graph, Map<Value, List<Value>> groups) {

    /// The fewest multiplications of a loop that are worth a hand-over to another worker.
    private static final long LEAST = 1 << 16;

    /// The multiplications of a step from which on workers share its products, about.
    private static final long SHARED = 1 << 17;

    /// The most loops of a group: the memory of all their inputs and results is taken at the same time.
    private static final int MOST = 8;

    static IndependentLoops of(Graph graph) {
        Set<Value> loops = new HashSet<>();
        List<List<Equation>> order = new ArrayList<>();
        for (Equation eq : graph.equations()) {
            if (eq.op() instanceof Op.Scan scan && isForOneWorker(scan)) {
                loops.add(eq.out().getFirst());
            }
            order.add(List.of(eq));
        }
        Map<Value, List<Value>> groups = new HashMap<>();
        for (int i = 0; i < order.size(); i++) {
            List<Equation> group = group(order, i, loops);
            if (group.size() > 1) {
                order = together(order, i, group);
                List<Value> names =
                        group.stream().map(eq -> eq.out().getFirst()).toList();
                names.forEach(name -> groups.put(name, names));
                loops.removeAll(names);
                // What came to this place may hold a loop without company.
                i--;
            }
        }
        List<Equation> equations = order.stream().flatMap(List::stream).toList();
        return new IndependentLoops(new Graph(graph.in(), equations, graph.out()), groups);
    }

    static boolean isForOneWorker(Op.Scan scan) {
        Graph body = Inline.graph(scan.body());
        int batch = Rows.of(scan, body).isEmpty() ? 1 : Rows.batch(scan, body);
        long work = Loops.work(scan, body);
        return work >= LEAST && !LoopStep.isShared(work, batch);
    }

    /// The loops that can run at the same time as the one at a place, itself first; nothing if there is none.
    private static List<Equation> group(List<List<Equation>> order, int place, Set<Value> loops) {
        var group = new ArrayList<Equation>();
        Set<Value> after = new HashSet<>();
        for (int i = place; i < order.size(); i++) {
            List<Equation> node = order.get(i);
            boolean reads = node.stream().flatMap(eq -> eq.in().stream()).anyMatch(after::contains);
            boolean joins = !reads
                    && group.size() < MOST
                    && loops.contains(node.getFirst().out().getFirst());
            if (joins) {
                group.addAll(node);
            }
            if (reads || joins) {
                node.forEach(eq -> after.addAll(eq.out()));
            } else if (i == place) {
                return List.of();
            }
        }
        return group;
    }

    /// Puts a group where its first loop is, behind what the others need.
    private static List<List<Equation>> together(List<List<Equation>> order, int place, List<Equation> group) {
        Set<Value> needed = new HashSet<>();
        group.forEach(eq -> needed.addAll(eq.in()));
        List<List<Equation>> before = new ArrayList<>();
        List<List<Equation>> behind = new ArrayList<>();
        for (List<Equation> node : order.subList(place, order.size()).reversed()) {
            if (group.stream().anyMatch(eq -> eq == node.getFirst())) {
                continue;
            }
            boolean isNeeded = node.stream().flatMap(eq -> eq.out().stream()).anyMatch(needed::contains);
            if (isNeeded) {
                node.forEach(eq -> needed.addAll(eq.in()));
            }
            (isNeeded ? before : behind).add(node);
        }
        List<List<Equation>> all = new ArrayList<>(order.subList(0, place));
        all.addAll(before.reversed());
        all.add(group);
        all.addAll(behind.reversed());
        return all;
    }

    /// Makes one item of the loops of each group, which no item between them reads.
    List<Fusion.Item> join(List<Fusion.Item> items) {
        Map<List<Value>, List<Equation>> open = new HashMap<>();
        var joined = new ArrayList<Fusion.Item>();
        for (Fusion.Item item : items) {
            List<Value> names = groups.get(item.one().out().getFirst());
            if (names == null) {
                joined.add(item);
                continue;
            }
            List<Equation> group = open.computeIfAbsent(names, _ -> new ArrayList<>());
            group.add(item.one());
            if (group.size() == names.size()) {
                joined.add(new Fusion.Item(List.copyOf(group), false, 0, 0));
            }
        }
        return joined;
    }

    /// Says whether a group takes less time with one worker for each loop than one loop after the other,
    /// where workers share the work inside a step if there is much.
    static boolean pays(List<Equation> group, int workers) {
        // A product that went into a loop can have given it work enough to be shared by rows.
        if (!group.stream().allMatch(eq -> isForOneWorker((Op.Scan) eq.op()))) {
            return false;
        }
        int parts = Math.min(group.size(), workers);
        var sums = new double[parts];
        double inTurn = 0;
        for (int i = 0; i < group.size(); i++) {
            var scan = (Op.Scan) group.get(i).op();
            double work = Loops.work(scan, Inline.graph(scan.body()));
            sums[i % parts] += work;
            // Half of what more workers could do is lost by waiting for each other at each step.
            inTurn += work / scan.steps() < SHARED ? work : work / ((workers + 1) / 2.0);
        }
        double longest = 0;
        for (double sum : sums) {
            longest = Math.max(longest, sum);
        }
        return longest < inTurn;
    }
}
