package dev.linum.cli;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.train.Buckets;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// Names as numbers, cut into batches.
///
/// @param letters the number of each character
/// @param lengths how many characters each name has
/// @param languages the answers
record SpelledNames(List<int[]> letters, int[] lengths, int[] languages) {

    static SpelledNames of(List<Name> names, Alphabet alphabet) {
        List<int[]> letters = alphabet.numbers(names.stream().map(Name::text).toList());
        return new SpelledNames(
                letters,
                letters.stream().mapToInt(word -> word.length).toArray(),
                names.stream().mapToInt(Name::language).toArray());
    }

    /// Returns batches of all names in random order.
    List<Bundle.Tensors> shuffled(int size, RandomGenerator random) {
        return Buckets.shuffled(lengths, size, random).stream()
                .map(rows -> batch(rows, size))
                .toList();
    }

    /// Makes one batch of characters i32 [size, steps], lengths i32 [size] and languages i32 [size]; rows
    /// that are not needed have length 0.
    Bundle.Tensors batch(int[] rows, int size) {
        int steps = Buckets.padded(lengths, rows);
        var characters = new int[size * steps];
        var length = new int[size];
        var language = new int[size];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(letters.get(rows[i]), 0, characters, i * steps, lengths[rows[i]]);
            length[i] = lengths[rows[i]];
            language[i] = languages[rows[i]];
        }
        return Bundle.Tensors.of(Array.of(characters, size, steps), Array.of(length), Array.of(language));
    }

    /// Returns the part of the names whose language was told right.
    static double accuracy(int[] answers, SpelledNames names) {
        return (double) IntStream.range(0, answers.length)
                        .filter(i -> answers[i] == names.languages[i])
                        .count()
                / answers.length;
    }
}
