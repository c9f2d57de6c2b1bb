package dev.linum.bench.parts;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/// Runs the benchmarks of the parts and puts their results into the units that one thinks in.
public final class Parts {

    /// How long to take.
    public enum Effort {
        QUICK(3, 3, 300),
        USUAL(5, 7, 1000);

        private final int warm;
        private final int rounds;
        private final int milliseconds;

        Effort(int warm, int rounds, int milliseconds) {
            this.warm = warm;
            this.rounds = rounds;
            this.milliseconds = milliseconds;
        }
    }

    private static final Map<String, Class<?>> PARTS = Map.of(
            "products", ProductBenchmark.class, "functions", FunctionBenchmark.class, "steps", StepBenchmark.class);

    private Parts() {}

    /// Runs some parts, all if none is named, and returns a table in Markdown.
    public static String run(List<String> names, int threads, Effort effort) throws RunnerException {
        var options = new OptionsBuilder()
                .forks(1)
                .warmupIterations(effort.warm)
                .warmupTime(TimeValue.milliseconds(effort.milliseconds))
                .measurementIterations(effort.rounds)
                .measurementTime(TimeValue.milliseconds(effort.milliseconds))
                .jvmArgsAppend("--add-modules=jdk.incubator.vector", "-Dlinum.threads=" + threads);
        List<String> wanted = names.isEmpty() ? List.of("products", "functions", "steps") : names;
        for (String name : wanted) {
            if (!PARTS.containsKey(name)) {
                throw new IllegalArgumentException("there is no part \"" + name + "\"; there are products, functions, steps");
            }
            options.include("\\b" + PARTS.get(name).getSimpleName() + "\\b");
        }
        return table(new Runner(options.build()).run());
    }

    private static String table(Collection<RunResult> results) {
        var lines = new StringBuilder("| part | | time | |\n|---|---|---|---|\n");
        for (RunResult result : results) {
            double nanos = result.getPrimaryResult().getScore();
            double error = result.getPrimaryResult().getScoreError();
            String name = result.getParams().getBenchmark();
            String size = result.getParams().getParam("size");
            String function = result.getParams().getParam("function");
            String hidden = result.getParams().getParam("hidden");
            if (name.contains("Product")) {
                int[] n = ProductBenchmark.sizes(size);
                row(lines, "product", size, nanos, error, 2.0 * n[0] * n[1] * n[2] / nanos, "GFLOP/s");
            } else if (name.contains("Function")) {
                String elements = result.getParams().getParam("elements");
                row(lines, function, elements, nanos, error, nanos / Integer.parseInt(elements), "ns per element");
            } else {
                double flop = 16.0 * Integer.parseInt(hidden) * Integer.parseInt(hidden);
                row(lines, "LSTM step", "H=" + hidden, nanos, error, flop / nanos, "GFLOP/s");
            }
        }
        return lines.toString();
    }

    private static void row(
            StringBuilder lines, String part, String size, double nanos, double error, double figure, String unit) {
        lines.append("| %s | %s | %.2f us ± %.2f | %.2f %s |%n"
                .formatted(part, size, nanos / 1000, error / 1000, figure, unit)
                .toString()
                .formatted(Locale.ROOT));
    }
}
