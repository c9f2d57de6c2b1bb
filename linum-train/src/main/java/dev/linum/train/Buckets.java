package dev.linum.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/// Batches of sequences of similar length, so that little of a batch is padding.
///
/// A batch is the list of its sequences' indices. Every number of rows and steps is compiled once for itself, so
/// batches are best filled up to one size with rows of length 0, and their steps to [#padded(int)].
public final class Buckets {

    /// Each power of two is cut into this many sizes.
    private static final int SIZES_PER_OCTAVE = 8;

    private static final int SMALLEST = 4;

    private Buckets() {}

    /// Cuts all sequences into batches of at most `size`, in random order and with other companions at each call.
    ///
    /// One batch, at random, is smaller than the others where the number of sequences asks for it.
    ///
    /// @throws IllegalArgumentException if the size is below 1
    public static List<int[]> shuffled(int[] lengths, int size, RandomGenerator random) {
        List<Integer> order = indices(lengths);
        shuffle(order, random);
        // Sequences that are padded to the same size mix freely; the sort keeps their random order.
        order.sort(Comparator.comparingInt(i -> padded(lengths[i])));
        int batches = count(order.size(), size);
        int missing = batches * size - order.size();
        List<int[]> cut = cut(order, size, missing == 0 ? batches : random.nextInt(batches), size - missing);
        shuffle(cut, random);
        return cut;
    }

    /// Cuts all sequences into batches of at most `size`, from the shortest to the longest; always the same.
    ///
    /// @throws IllegalArgumentException if the size is below 1
    public static List<int[]> inOrder(int[] lengths, int size) {
        List<Integer> order = indices(lengths);
        order.sort(Comparator.comparingInt(i -> lengths[i]));
        return cut(order, size, count(order.size(), size), size);
    }

    /// Rounds a number of steps up to one of few sizes, at most an eighth (or three steps) more.
    public static int padded(int longest) {
        int grain = Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, longest - 1)) / SIZES_PER_OCTAVE);
        return Math.max(1, (longest + grain - 1) / grain) * grain;
    }

    /// Returns the number of steps a batch is padded to.
    public static int padded(int[] lengths, int[] batch) {
        return padded(Arrays.stream(batch).map(i -> lengths[i]).max().orElse(0));
    }

    private static List<Integer> indices(int[] lengths) {
        return new ArrayList<>(IntStream.range(0, lengths.length).boxed().toList());
    }

    private static int count(int sequences, int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a batch has at least one sequence, found size " + size);
        }
        return Math.ceilDiv(sequences, size);
    }

    private static List<int[]> cut(List<Integer> order, int size, int shortOne, int shortSize) {
        var batches = new ArrayList<int[]>();
        int at = 0;
        while (at < order.size()) {
            int end = Math.min(order.size(), at + (batches.size() == shortOne ? shortSize : size));
            batches.add(
                    order.subList(at, end).stream().mapToInt(Integer::intValue).toArray());
            at = end;
        }
        return batches;
    }

    private static void shuffle(List<?> list, RandomGenerator random) {
        for (int i = list.size() - 1; i > 0; i--) {
            Collections.swap(list, i, random.nextInt(i + 1));
        }
    }
}
