package dev.linum.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// How much of the machine's rate layers reach: that of the fastest large product, timed beside them.
record Rates(Results results) {

    static String gigaflops(Outcome outcome, double seconds) {
        return "%.1f".formatted(outcome.what().operations() / seconds / 1e9);
    }

    /// A table of rates and shares, or nothing if no large product was timed.
    String markdown(int threads) {
        List<Outcome> rows = of(results.outcomes(), threads).stream()
                .filter(outcome -> outcome.rates().length > 0)
                .toList();
        if (rows.isEmpty()) {
            return "";
        }
        var text = new StringBuilder("\n## GFLOP/s of layers, %s\n\n".formatted(Report.threads(threads)));
        text.append(("In brackets the share of what the fastest large product reached, multiplied once more beside each"
                        + " round (median of the shares of the rounds; its best round of all: %.1f GFLOP/s). Of layers"
                        + " the multiplications and additions of their products count, of real steps, in training"
                        + " without the gradients of the inputs.\n\n")
                .formatted(best(threads)));
        Report.header(text, "case", Report.peers(rows), "large product");
        for (Outcome outcome : rows) {
            var cells = new ArrayList<String>();
            for (Outcome.Entry entry : outcome.entries()) {
                cells.add(
                        switch (entry) {
                            case Outcome.Timed timed ->
                                "%s (%.2f)".formatted(gigaflops(outcome, timed.median()), share(outcome, timed));
                            case Outcome.Absent _ -> "-";
                        });
            }
            text.append("| %s | %s | %.1f |%n"
                    .formatted(outcome.what(), String.join(" | ", cells), Outcome.median(outcome.rates()) / 1e9));
        }
        return text.toString();
    }

    private static double share(Outcome outcome, Outcome.Timed timed) {
        double[] rates = outcome.rates();
        return Outcome.median(IntStream.range(0, rates.length)
                .mapToDouble(i -> outcome.what().operations() / timed.seconds()[i] / rates[i])
                .toArray());
    }

    /// The highest rate of a large product in a round, in GFLOP/s.
    private double best(int threads) {
        DoubleStream before = of(results.products(), threads).stream()
                .filter(Outcome::isLarge)
                .flatMapToDouble(outcome -> outcome.entries().stream()
                        .filter(Outcome.Timed.class::isInstance)
                        .flatMapToDouble(entry -> DoubleStream.of(((Outcome.Timed) entry).seconds()))
                        .map(seconds -> outcome.what().operations() / seconds));
        DoubleStream beside = of(results.outcomes(), threads).stream().flatMapToDouble(o -> DoubleStream.of(o.rates()));
        return DoubleStream.concat(before, beside).max().orElseThrow() / 1e9;
    }

    private static List<Outcome> of(List<Outcome> outcomes, int threads) {
        return outcomes.stream().filter(o -> o.threads() == threads).toList();
    }
}
