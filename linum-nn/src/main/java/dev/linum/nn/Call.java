package dev.linum.nn;

import dev.linum.graph.Key;
import dev.linum.graph.Tensor;
import dev.linum.graph.Trace;
import dev.linum.graph.Type;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// What all scopes of one call share: the variables, the roots of the random streams, and how often each was asked.
class Call {

    enum Mode {
        INITIALISING,
        /// As initialising, but parameters are zeros: only their types are asked for.
        SUMMARISING,
        TRAINING,
        INFERENCE;

        boolean makesVariables() {
            return this == INITIALISING || this == SUMMARISING;
        }
    }

    private final Mode mode;
    private final Map<String, Tensor> variables = new LinkedHashMap<>();
    private final Map<String, Tensor> made = new LinkedHashMap<>();
    private final Map<String, String> initialisers = new HashMap<>();
    private final Map<String, Type> asked = new HashMap<>();
    private final Set<String> changed = new LinkedHashSet<>();
    private final Keys keys;
    private final Map<String, Integer> counters;

    Call(Variables variables, Keys keys, Mode mode) {
        this(variables, keys, mode, new HashMap<>());
    }

    Call(Variables variables, Keys keys, Mode mode, Map<String, Integer> counters) {
        this.variables.putAll(variables.asMap());
        this.keys = keys;
        this.mode = mode;
        this.counters = counters;
    }

    Mode mode() {
        return mode;
    }

    Keys keys() {
        return keys;
    }

    Map<String, Integer> counters() {
        return counters;
    }

    /// Returns the collection that a full path starts with, the path itself if it is in none.
    static String collection(String path) {
        int end = path.indexOf('/');
        return end < 0 ? path : path.substring(0, end);
    }

    static String prefix(String collection, List<String> under) {
        return under.isEmpty() ? collection + "/" : collection + "/" + String.join("/", under) + "/";
    }

    /// Returns the full paths of a collection's variables in and below a scope.
    List<String> paths(String collection, List<String> under) {
        String prefix = prefix(collection, under);
        return variables.keySet().stream()
                .filter(path -> path.startsWith(prefix))
                .toList();
    }

    Tensor value(String path) {
        return variables.get(path);
    }

    /// Adds a variable while initialising.
    void make(String path, Tensor value) {
        variables.put(path, value);
        made.put(path, value);
    }

    boolean has(String path) {
        return variables.containsKey(path);
    }

    Tensor read(String path, Supplier<Tensor> initial) {
        Tensor value = variables.get(path);
        if (value != null) {
            return value;
        }
        if (!mode.makesVariables()) {
            return variables().get(path);
        }
        Tensor first = Trace.eagerly(initial::get);
        make(path, first);
        return first;
    }

    /// Notes that a parameter was asked for, and how it starts, for tables.
    void asked(String path, Type type, Init init) {
        initialisers.put(path, init.name());
        Type before = asked.putIfAbsent(path, type);
        if (before != null && !before.equals(type)) {
            throw new IllegalArgumentException("the parameter " + path + " is asked for as " + before + " and as "
                    + type + "; the same name means the same weights, so give each part a name of its own");
        }
    }

    Map<String, String> initialisers() {
        return initialisers;
    }

    void write(String path, Tensor value) {
        variables.put(path, value);
        changed.add(path);
    }

    /// Counts the requests of a stream in one scope, from 1 on.
    int count(String stream, List<String> path) {
        return counters.merge(stream + ":" + String.join("/", path), 1, Integer::sum);
    }

    Key root(String stream, List<String> path) {
        return keys().get(stream)
                .orElseThrow(() -> new IllegalArgumentException(
                        (path.isEmpty() ? "the model" : String.join("/", path)) + " needs the random stream \"" + stream
                                + "\", but this call was given " + given() + "; give it with Keys.of(\"" + stream
                                + "\", key)"));
    }

    private String given() {
        return keys().streams().isEmpty() ? "none" : "only " + keys().streams().keySet();
    }

    Variables variables() {
        return Variables.of(variables);
    }

    /// Returns the variables made in this call as they were made, before the call changed any.
    Variables made() {
        return Variables.of(made);
    }

    Variables updates() {
        var updated = new LinkedHashMap<String, Tensor>();
        changed.forEach(path -> updated.put(path, variables.get(path)));
        return Variables.of(updated);
    }
}
