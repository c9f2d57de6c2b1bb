package dev.linum.cli.data;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Numbers texts in the order of their first appearance.
final class Dictionary {

    private final LinkedHashMap<String, Integer> indices = new LinkedHashMap<>();

    Dictionary() {}

    int index(String text) {
        return indices.computeIfAbsent(text, _ -> indices.size());
    }

    List<String> texts() {
        return List.copyOf(indices.keySet());
    }

    /// Returns the position of each text of a list.
    static Map<String, Integer> positions(List<String> texts) {
        var positions = new HashMap<String, Integer>();
        for (int i = 0; i < texts.size(); i++) {
            positions.put(texts.get(i), i);
        }
        return positions;
    }
}
