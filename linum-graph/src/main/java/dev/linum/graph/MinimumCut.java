package dev.linum.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The values of least total size through which every way from the sources to the sinks passes.
///
/// Each value is a pipe as wide as its size, and pipes are joined by hoses of any width. When no more can flow from
/// the sources to the sinks, the full pipes nearest to the sinks are the cut. (Ford and Fulkerson, "Maximal flow
/// through a network", 1956, with the shortest paths of Edmonds and Karp.)
final class MinimumCut {

    private static final long ANY = Long.MAX_VALUE / 2;
    private static final int SOURCE = 0;
    private static final int SINK = 1;

    private final Map<Value, Integer> entries = new HashMap<>();
    private final List<List<Integer>> leaving = new ArrayList<>(List.of(new ArrayList<>(), new ArrayList<>()));
    private final List<Integer> ends = new ArrayList<>();
    private final List<Long> room = new ArrayList<>();

    /// Adds a value; it is known before anything is said about it.
    void value(Value v, long size) {
        int entry = leaving.size();
        entries.put(v, entry);
        leaving.add(new ArrayList<>());
        leaving.add(new ArrayList<>());
        edge(entry, entry + 1, size);
    }

    void source(Value v) {
        edge(SOURCE, entries.get(v), ANY);
    }

    void sink(Value v) {
        edge(entries.get(v) + 1, SINK, ANY);
    }

    /// Says that a value is computed from another.
    void leads(Value from, Value to) {
        edge(entries.get(from) + 1, entries.get(to), ANY);
    }

    /// An edge and, under the next number, the way back, which has room for as much as has flown.
    private void edge(int from, int to, long size) {
        leaving.get(from).add(ends.size());
        ends.add(to);
        room.add(size);
        leaving.get(to).add(ends.size());
        ends.add(from);
        room.add(0L);
    }

    /// Returns the cut; of several, the one nearest to the sinks.
    Set<Value> find() {
        int[] path = path();
        while (path[SINK] >= 0) {
            long most = ANY;
            for (int at = SINK; at != SOURCE; at = ends.get(path[at] ^ 1)) {
                most = Math.min(most, room.get(path[at]));
            }
            for (int at = SINK; at != SOURCE; at = ends.get(path[at] ^ 1)) {
                room.set(path[at], room.get(path[at]) - most);
                room.set(path[at] ^ 1, room.get(path[at] ^ 1) + most);
            }
            path = path();
        }
        Set<Integer> behind = reachingSink();
        Set<Value> cut = new HashSet<>();
        entries.forEach((v, entry) -> {
            if (!behind.contains(entry) && behind.contains(entry + 1)) {
                cut.add(v);
            }
        });
        return cut;
    }

    /// For each node the edge that a shortest way from the source takes to it; -1 where none leads.
    private int[] path() {
        int[] by = new int[leaving.size()];
        Arrays.fill(by, -1);
        var next = new ArrayDeque<>(List.of(SOURCE));
        while (!next.isEmpty() && by[SINK] < 0) {
            for (int edge : leaving.get(next.remove())) {
                int to = ends.get(edge);
                if (to != SOURCE && by[to] < 0 && room.get(edge) > 0) {
                    by[to] = edge;
                    next.add(to);
                }
            }
        }
        return by;
    }

    private Set<Integer> reachingSink() {
        Set<Integer> known = new HashSet<>(Set.of(SINK));
        var next = new ArrayDeque<>(known);
        while (!next.isEmpty()) {
            for (int edge : leaving.get(next.remove())) {
                int from = ends.get(edge);
                if (room.get(edge ^ 1) > 0 && known.add(from)) {
                    next.add(from);
                }
            }
        }
        return known;
    }
}
