package dev.linum.cpu;

import dev.linum.graph.Equation;
import dev.linum.graph.Graph;
import dev.linum.graph.Value;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Finds the inputs of a plan that its results may be written over, once their caller gives them up: the state before
/// a training step and that after it.
///
/// ```
///   ... gradients ...                      nothing after the last group of functions reads p, m and v, and this
///   m' = b m + (1 - b) g                   group reads each number before it writes the one at the same place
///   p' = p - r m' / (sqrt v' + e)
/// ```
///
/// A third of the memory is touched that a state of its own would take, and what is written is in cache already.
final class Overwriting {

    private final Planner planner;
    private final Graph graph;
    private final Map<Value, Integer> lastReads;
    private final List<Step> steps;

    /// Of what groups make, the group and what it is made of.
    private final Map<Value, Integer> makers = new HashMap<>();

    private final Map<Value, List<Value>> sources = new HashMap<>();
    private final Set<Integer> taken = new HashSet<>();
    private int first;

    /// @param lastReads the last item that reads a value
    Overwriting(
            Planner planner, Graph graph, List<Fusion.Item> items, Map<Value, Integer> lastReads, List<Step> steps) {
        this.planner = planner;
        this.graph = graph;
        this.lastReads = lastReads;
        this.steps = steps;
        this.first = steps.size();
        for (int i = 0; i < items.size(); i++) {
            int item = i;
            if (items.get(i).isGroup()) {
                for (Equation eq : items.get(i).equations()) {
                    makers.put(eq.out().getFirst(), item);
                    sources.put(eq.out().getFirst(), eq.in());
                }
            }
        }
    }

    /// Returns the input that a result may be written over, -1 if there is none: the one that it is made of most
    /// directly, as the next mean of that before.
    int input(Value result, int slot) {
        int step = step(slot);
        if (step < 0 || !makers.containsKey(result)) {
            return -1;
        }
        var program = (RowProgram) steps.get(step);
        int item = makers.get(result);
        var next = new ArrayDeque<Value>(List.of(result));
        Set<Value> seen = new HashSet<>();
        while (!next.isEmpty()) {
            Value v = next.remove();
            int input = graph.in().indexOf(v);
            if (input >= 0
                    && v.type().equals(result.type())
                    && lastReads.getOrDefault(v, -1) == item
                    && !taken.contains(input)
                    && program.canWriteOver(planner.slot(v, steps), slot)) {
                taken.add(input);
                first = Math.min(first, step);
                return input;
            }
            if (sources.containsKey(v) && seen.add(v)) {
                sources.get(v).forEach(from -> next.add(planner.root(from)));
            }
        }
        return -1;
    }

    private int step(int slot) {
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i) instanceof RowProgram program && program.makes(slot)) {
                return i;
            }
        }
        return -1;
    }

    /// The first step that may write over an input.
    int first() {
        return first;
    }
}
