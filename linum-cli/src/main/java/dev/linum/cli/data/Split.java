package dev.linum.cli.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.random.RandomGenerator;

/// Sequences in two parts, drawn at random.
public record Split(Sequences most, Sequences rest) {

    /// Draws a part of the sequences, from each class the same part if the target is a class per sequence.
    ///
    /// Each part gets at least one sequence. A class of one sequence stays with the first part, unless all are.
    ///
    /// @param part how much goes into the second, above 0 and below 1
    /// @throws IOException if there are fewer than two sequences
    public static Split draw(Sequences sequences, double part, Per per, Task task, RandomGenerator random)
            throws IOException {
        if (sequences.size() < 2) {
            throw new IOException(sequences.source() + " has too few sequences to split, " + sequences.size()
                    + "; each part needs at least one");
        }
        var groups = new LinkedHashMap<Integer, List<Sequence>>();
        for (Sequence sequence : sequences.all()) {
            boolean stratified = per == Per.SEQUENCE && task == Task.CLASSIFICATION;
            int group = stratified ? sequence.rows().getFirst().target() : 0;
            groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(sequence);
        }
        var drawn = Collections.<Sequence>newSetFromMap(new IdentityHashMap<>());
        double owed = 0;
        for (List<Sequence> group : groups.values()) {
            for (int i = group.size() - 1; i > 0; i--) {
                Collections.swap(group, i, random.nextInt(i + 1));
            }
            // What rounding leaves over is carried on to the next group, so that the sum is right.
            owed += group.size() * part;
            int count = Math.clamp(Math.round(owed), 0, group.size() - 1);
            owed -= count;
            drawn.addAll(group.subList(0, count));
        }
        if (drawn.isEmpty()) {
            groups.values().stream()
                    .max((a, b) -> Integer.compare(a.size(), b.size()))
                    .ifPresent(largest -> drawn.add(largest.getFirst()));
        }
        return new Split(
                sequences.part(sequences.all().stream()
                        .filter(sequence -> !drawn.contains(sequence))
                        .toList()),
                sequences.part(sequences.all().stream().filter(drawn::contains).toList()));
    }
}
