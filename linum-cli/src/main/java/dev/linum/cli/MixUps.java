package dev.linum.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Two languages and the names of one that were taken for the other.
///
/// @param first the language with the smaller number
/// @param shared how many of the names have the same text in both languages, so that one of two answers must be wrong
/// @param mistaken the other names, the shortest first
record MixUps(int first, int second, int shared, List<Name> mistaken) {

    private static final int LONGEST_EXAMPLE = 17;

    int count() {
        return shared + mistaken.size();
    }

    /// Counts the wrong answers for each two languages, most first.
    static List<MixUps> of(List<Name> names, int[] answers) {
        Map<String, Set<Integer>> languages = names.stream()
                .collect(Collectors.groupingBy(
                        Name::text, Collectors.mapping(Name::language, Collectors.toCollection(TreeSet::new))));
        var pairs = new HashMap<List<Integer>, MixUps>();
        for (int i = 0; i < answers.length; i++) {
            Name name = names.get(i);
            int answer = answers[i];
            if (answer == name.language()) {
                continue;
            }
            List<Integer> pair = List.of(Math.min(answer, name.language()), Math.max(answer, name.language()));
            MixUps old = pairs.getOrDefault(pair, new MixUps(pair.get(0), pair.get(1), 0, List.of()));
            boolean both = languages.get(name.text()).contains(answer);
            pairs.put(pair, both ? old.withShared() : old.withMistaken(name));
        }
        return pairs.values().stream()
                .sorted(Comparator.comparingInt(MixUps::count)
                        .reversed()
                        .thenComparingInt(MixUps::first)
                        .thenComparingInt(MixUps::second))
                .toList();
    }

    private MixUps withShared() {
        return new MixUps(first, second, shared + 1, mistaken);
    }

    private MixUps withMistaken(Name name) {
        var more = new ArrayList<>(mistaken);
        more.add(name);
        more.sort(Comparator.comparingInt(n -> n.text().length()));
        return new MixUps(first, second, shared, List.copyOf(more));
    }

    /// Returns a name that only one of the two languages has and that was taken for the other's.
    ///
    /// It is the longest that is not too long for a table.
    Optional<Name> example() {
        return mistaken.stream()
                .filter(name -> name.text().length() <= LONGEST_EXAMPLE)
                .reduce((_, later) -> later)
                .or(() -> mistaken.stream().findFirst());
    }
}
