package dev.linum.cpu;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;

/// Finds what hangs together: operations of which one reads what another makes.
///
/// ```
///   as traced:   m1 = ... g1   m2 = ... g2   p1 = ... m1   p2 = ... m2
///   in strands:  m1 = ... g1   p1 = ... m1 | m2 = ... g2   p2 = ... m2
/// ```
///
/// An optimizer does the same with each of many parameters. As it is traced the means of all come first, which are read
/// again when all of them have been written; one strand after another, they are still in registers.
final class Strands {

    private Strands() {}

    /// Returns the strand of each of n operations, named by its first one.
    ///
    /// @param makes what an operation makes, or a part of
    /// @param reads what it reads, made by one of them or not
    static <V> int[] of(int n, IntFunction<V> makes, IntFunction<? extends Collection<V>> reads) {
        int[] strand = new int[n];
        Map<V, Integer> maker = new HashMap<>();
        for (int i = 0; i < n; i++) {
            strand[i] = i;
            for (V v : reads.apply(i)) {
                join(strand, maker.getOrDefault(v, i), i);
            }
            V made = makes.apply(i);
            join(strand, maker.getOrDefault(made, i), i);
            maker.put(made, i);
        }
        for (int i = 0; i < n; i++) {
            strand[i] = strand[strand[i]];
        }
        return strand;
    }

    private static void join(int[] strand, int a, int b) {
        int first = first(strand, a);
        int second = first(strand, b);
        strand[Math.max(first, second)] = Math.min(first, second);
    }

    private static int first(int[] strand, int i) {
        int at = i;
        while (strand[at] != at) {
            at = strand[at];
        }
        return at;
    }
}
