package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.graph.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// The named random streams of a call: `dropout`, `recurrent_dropout` and whatever a model asks for.
public record Keys(SequencedMap<String, Key> streams) implements Bundle<Keys> {

    public Keys {
        streams = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(streams));
    }

    public static Keys none() {
        return new Keys(new LinkedHashMap<>());
    }

    public static Keys of(String stream, Key key) {
        return none().with(stream, key);
    }

    public static Keys of(Map<String, Key> streams) {
        return new Keys(new LinkedHashMap<>(streams));
    }

    /// Makes both streams of dropout from one key.
    public static Keys dropout(Key key) {
        List<Key> two = key.split(2);
        return of(Dropout.STREAM, two.get(0)).with(Dropout.RECURRENT_STREAM, two.get(1));
    }

    public Keys with(String stream, Key key) {
        var next = new LinkedHashMap<>(streams);
        next.put(stream, key);
        return new Keys(next);
    }

    public Optional<Key> get(String stream) {
        return Optional.ofNullable(streams.get(stream));
    }

    @Override
    public List<Tensor> leaves() {
        return streams.values().stream().map(Key::words).toList();
    }

    @Override
    public Keys rebuild(List<Tensor> leaves) {
        var next = new LinkedHashMap<String, Key>();
        int at = 0;
        for (String name : streams.keySet()) {
            next.put(name, new Key(leaves.get(at++)));
        }
        return new Keys(next);
    }

    @Override
    public Object structure() {
        return List.copyOf(streams.keySet());
    }
}
