package dev.linum.bench.parts;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/// Runs the benchmarks of the parts and puts their results into the units that one thinks in.
public final class Parts {

    /// How long to take.
    public enum Effort {
        QUICK(4, 5, 500),
        USUAL(5, 9, 1000);

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
                throw new IllegalArgumentException(
                        "there is no part \"" + name + "\"; there are products, functions, steps");
            }
            options.include("\\b" + PARTS.get(name).getSimpleName() + "\\b");
        }
        return table(new Runner(options.build()).run());
    }

    /// Medians of the rounds, and the shortest: on a shared machine means are worth little.
    private static String table(Collection<RunResult> results) {
        var lines = new StringBuilder("| part | size | median | shortest | |\n|---|---|---:|---:|---:|\n");
        for (RunResult result : results) {
            var statistics = result.getPrimaryResult().getStatistics();
            double nanos = statistics.getPercentile(50);
            String[] name = name(result.getParams());
            lines.append("| %s | %s | %.2f us | %.2f us | %s |%n"
                    .formatted(
                            name[0],
                            name[1],
                            nanos / 1000,
                            statistics.getMin() / 1000,
                            figure(result.getParams(), nanos)));
        }
        return lines.toString();
    }

    private static String[] name(BenchmarkParams params) {
        return switch (part(params)) {
            case "products" -> new String[] {"product", params.getParam("size")};
            case "functions" -> new String[] {params.getParam("function"), params.getParam("elements")};
            default -> new String[] {"LSTM step", "H=" + params.getParam("hidden")};
        };
    }

    private static String figure(BenchmarkParams params, double nanos) {
        return switch (part(params)) {
            case "products" -> {
                int[] n = ProductBenchmark.sizes(params.getParam("size"));
                yield "%.1f GFLOP/s".formatted(2.0 * n[0] * n[1] * n[2] / nanos);
            }
            case "functions" -> "%.2f ns per element".formatted(nanos / Integer.parseInt(params.getParam("elements")));
            default -> {
                double hidden = Integer.parseInt(params.getParam("hidden"));
                yield "%.1f GFLOP/s".formatted(16 * hidden * hidden / nanos);
            }
        };
    }

    private static String part(BenchmarkParams params) {
        return PARTS.entrySet().stream()
                .filter(part -> params.getBenchmark().contains(part.getValue().getSimpleName()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }
}
