package dev.linum.cli.model;

import dev.linum.cli.data.Examples;
import dev.linum.cli.data.Schema;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/// How good predictions are.
public sealed interface Score permits ClassScore, NumberScore {

    /// Compares predictions with the goals of examples.
    static Score of(Schema schema, Examples examples, List<float[][]> predictions) {
        return switch (schema.target().task()) {
            case CLASSIFICATION -> ClassScore.of(schema.target(), examples, predictions);
            case REGRESSION -> NumberScore.of(schema.target(), examples, predictions);
        };
    }

    /// What decides which epoch is kept: higher is better, and finer than a count of errors.
    double likelihood();

    /// The figure people ask for, named.
    String figure();

    /// The figure people ask for, and what decides which epoch is kept.
    String brief();

    /// Prints all figures.
    void print(PrintWriter out);

    /// Counts things: "1 sequence", "2,000 sequences".
    static String count(long number, String thing) {
        return format("%,d %s%s", number, thing, number == 1 ? "" : "s");
    }

    static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
