package dev.linum.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/// How much of the machine's best rate layers reach: that of the fastest large product of any library in the run.
record Rates(Results results) {

    static String gigaflops(Outcome outcome, double seconds) {
        return "%.1f".formatted(outcome.what().operations() / seconds / 1e9);
    }

    /// The highest rate of each peer in a round of a large product, in GFLOP/s.
    Map<String, Double> best(int threads) {
        var all = new LinkedHashMap<String, Double>();
        for (Outcome outcome : of(results.products(), threads)) {
            if (outcome.what() instanceof Product product && product.kind() == Product.Kind.SQUARE) {
                for (Outcome.Entry entry : outcome.entries()) {
                    if (entry instanceof Outcome.Timed timed) {
                        double shortest = DoubleStream.of(timed.seconds()).min().orElseThrow();
                        all.merge(timed.peer(), product.operations() / shortest / 1e9, Math::max);
                    }
                }
            }
        }
        return all;
    }

    /// A table of rates and shares, or nothing if no large product was timed.
    String markdown(int threads) {
        Map<String, Double> best = best(threads);
        List<Outcome> rows = of(results.outcomes(), threads);
        if (best.isEmpty() || rows.isEmpty()) {
            return "";
        }
        double most = best.values().stream().max(Double::compare).orElseThrow();
        var text = new StringBuilder("\n## GFLOP/s of layers, %s\n\n".formatted(Report.threads(threads)));
        text.append("In brackets the share of the best rate of large products, %.1f GFLOP/s (%s; best rounds of the"
                        .formatted(
                                most,
                                best.entrySet().stream()
                                        .map(e -> "%s %.1f".formatted(e.getKey(), e.getValue()))
                                        .collect(Collectors.joining(", ")))
                + " squares). Of layers the multiplications and additions of their products count, of real steps, in"
                + " training without the gradients of the inputs.\n\n");
        Report.header(text, "case", Report.peers(rows), "");
        for (Outcome outcome : rows) {
            var cells = new ArrayList<String>();
            for (Outcome.Entry entry : outcome.entries()) {
                cells.add(
                        switch (entry) {
                            case Outcome.Timed timed ->
                                "%s (%.2f)"
                                        .formatted(
                                                gigaflops(outcome, timed.median()),
                                                outcome.what().operations() / timed.median() / 1e9 / most);
                            case Outcome.Absent _ -> "-";
                        });
            }
            text.append("| %s | %s |%n".formatted(outcome.what(), String.join(" | ", cells)));
        }
        return text.toString();
    }

    private static List<Outcome> of(List<Outcome> outcomes, int threads) {
        return outcomes.stream().filter(o -> o.threads() == threads).toList();
    }
}
