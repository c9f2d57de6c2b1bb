package dev.linum.cli;

import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/// The characters a model knows, numbered from 1; all others are 0.
///
/// @param characters each once, in the order of their numbers
record Alphabet(String characters) {

    private static final int UNKNOWN = 0;

    /// Collects the characters that occur at least twice; rarer ones teach the model what to do about unknown ones.
    static Alphabet of(List<Name> names) {
        var counts = new TreeMap<Integer, Integer>();
        names.forEach(name -> name.text().codePoints().forEach(c -> counts.merge(c, 1, Integer::sum)));
        var characters = new StringBuilder();
        counts.forEach((c, count) -> {
            if (count > 1) {
                characters.appendCodePoint(c);
            }
        });
        return new Alphabet(characters.toString());
    }

    /// Returns how many numbers there are, that of unknown characters included.
    int size() {
        return characters.codePointCount(0, characters.length()) + 1;
    }

    /// Turns texts into the numbers of their characters.
    List<int[]> numbers(List<String> texts) {
        int[] known = characters.codePoints().toArray();
        return texts.stream()
                .map(text -> text.codePoints()
                        .map(c -> {
                            int found = Arrays.binarySearch(known, c);
                            return found < 0 ? UNKNOWN : found + 1;
                        })
                        .toArray())
                .toList();
    }
}
