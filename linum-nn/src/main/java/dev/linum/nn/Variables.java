package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;

/// The parameters and the state of a model: an immutable map from path to tensor.
///
/// A path starts with its collection: `params/forward_rnn/cell/hi/kernel`, `batch_stats/norm/mean`. Names and
/// paths are those of Flax linen, so checkpoints move both ways.
public final class Variables implements Bundle<Variables> {

    /// The collection that optimizers change.
    public static final String PARAMS = "params";

    private final SequencedMap<String, Tensor> tensors;

    private Variables(SequencedMap<String, Tensor> tensors) {
        this.tensors = Collections.unmodifiableSequencedMap(tensors);
    }

    public static Variables empty() {
        return new Variables(new LinkedHashMap<>());
    }

    /// Makes variables of tensors by path, in the order given.
    public static Variables of(Map<String, ? extends Tensor> tensors) {
        return new Variables(new LinkedHashMap<>(tensors));
    }

    /// Returns all paths in order.
    public List<String> paths() {
        return List.copyOf(tensors.keySet());
    }

    /// Returns the tensor at a path.
    ///
    /// @throws IllegalArgumentException if there is none; the message names the paths that come nearest
    public Tensor get(String path) {
        Tensor tensor = tensors.get(path);
        if (tensor == null) {
            throw new IllegalArgumentException("there is no variable at " + path + "; " + nearest(path));
        }
        return tensor;
    }

    public boolean contains(String path) {
        return tensors.containsKey(path);
    }

    /// Returns the variables of one collection, paths unchanged.
    public Variables collection(String name) {
        return filter(path -> path.startsWith(name + "/"));
    }

    /// Returns the trainable parameters alone.
    public Variables params() {
        return collection(PARAMS);
    }

    /// Returns all but one collection.
    public Variables without(String collection) {
        return filter(path -> !path.startsWith(collection + "/"));
    }

    private Variables filter(Predicate<String> keep) {
        var kept = new LinkedHashMap<String, Tensor>();
        tensors.forEach((path, tensor) -> {
            if (keep.test(path)) {
                kept.put(path, tensor);
            }
        });
        return new Variables(kept);
    }

    /// Returns these variables with one added or replaced.
    public Variables with(String path, Tensor tensor) {
        var next = new LinkedHashMap<>(tensors);
        next.put(path, tensor);
        return new Variables(next);
    }

    /// Returns these variables with others added or replaced.
    public Variables with(Variables others) {
        var next = new LinkedHashMap<>(tensors);
        next.putAll(others.tensors);
        return new Variables(next);
    }

    /// Returns the tensors by path, in order.
    public SequencedMap<String, Tensor> asMap() {
        return tensors;
    }

    /// Returns the number of trainable numbers.
    public long parameterCount() {
        return params().leaves().stream().mapToLong(t -> t.shape().count()).sum();
    }

    @Override
    public List<Tensor> leaves() {
        return List.copyOf(tensors.values());
    }

    @Override
    public Variables rebuild(List<Tensor> leaves) {
        var next = new LinkedHashMap<String, Tensor>();
        int at = 0;
        for (String path : tensors.keySet()) {
            next.put(path, leaves.get(at++));
        }
        return new Variables(next);
    }

    @Override
    public Object structure() {
        return paths();
    }

    private String nearest(String path) {
        List<String> near = tensors.keySet().stream()
                .sorted(Comparator.comparingInt(other -> edits(path, other)))
                .limit(5)
                .toList();
        return near.isEmpty() ? "there are no variables at all; call init(...) first" : "nearest are " + near;
    }

    /// Counts the characters to put in, take out or replace to make one text of another. (Levenshtein 1966.)
    private static int edits(String from, String to) {
        var row = new int[to.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }

    /// Returns a table of paths, types and sizes; [Module#summary] also knows how each variable starts.
    public Summary summary() {
        return Summary.of(this, Map.of());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Variables that && that.tensors.equals(tensors);
    }

    @Override
    public int hashCode() {
        return tensors.hashCode();
    }

    @Override
    public String toString() {
        return summary().toString();
    }
}
