package dev.linum.bench;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// What one task on so many threads gave.
///
/// @param entries one per peer, Linum first
/// @param disturbance the share of the time that others had the processors
/// @param rates the operations per second of the [Yardstick] in each round, none if there was none
record Outcome(Task what, int threads, List<Entry> entries, double disturbance, double[] rates) {

    /// Whether it is the measure of the machine.
    @JsonIgnore
    boolean isLarge() {
        return what instanceof Product product && product.kind() == Product.Kind.SQUARE;
    }

    /// What Linum itself gave.
    Timed linum() {
        return (Timed) entries.getFirst();
    }

    /// What a peer gave, or why it gave nothing.
    sealed interface Entry {
        String peer();
    }

    /// Seconds of one run, one number per round.
    ///
    /// @param way which of several ways of the library was taken
    /// @param agreement with Linum
    /// @param warm how often it ran before
    record Timed(String peer, double[] seconds, String way, Agreement agreement, int warm) implements Entry {

        double median() {
            return Outcome.median(seconds);
        }

        /// How many times longer this peer takes than another, round by round.
        double[] ratios(Timed other) {
            return IntStream.range(0, seconds.length)
                    .mapToDouble(i -> seconds[i] / other.seconds[i])
                    .toArray();
        }
    }

    /// It took no part.
    record Absent(String peer, String why) implements Entry {}

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    static double geometricMean(double[] values) {
        return Math.exp(Arrays.stream(values).map(Math::log).average().orElse(Double.NaN));
    }
}
