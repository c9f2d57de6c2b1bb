package dev.linum.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The results as Markdown, as a chart and as JSON.
record Report(Results results) {

    /// Writes `report.md`, `results.json` and `chart.svg` into a folder.
    void write(Path folder) throws IOException {
        var json =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        replace(folder.resolve("results.json"), json.writeValueAsString(results) + "\n");
        replace(folder.resolve("chart.svg"), new Chart(results).svg());
        replace(folder.resolve("report.md"), markdown());
    }

    private static void replace(Path file, String text) throws IOException {
        Path beside = file.resolveSibling("." + file.getFileName() + ".part");
        Files.writeString(beside, text);
        Files.move(beside, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    String markdown() {
        var text = new StringBuilder("# Linum beside other libraries\n\n");
        Machine machine = results.machine();
        text.append("%s on %s (%d cores, %s), %s.%n%n"
                .formatted(
                        results.date().toString().substring(0, 16).replace('T', ' ') + " UTC",
                        machine.cpu(),
                        machine.cores(),
                        String.join(" ", machine.isa()),
                        machine.system()));
        text.append("Command: `linum bench %s`\n\n".formatted(String.join(" ", results.command())));
        results.abouts().forEach((peer, about) -> text.append("- %s: %s%n".formatted(peer, about)));
        results.missing().forEach((peer, why) -> text.append("- %s: missing (%s)%n".formatted(peer, why)));
        text.append("\nTimes are medians of %d rounds, in which the libraries take turns; x2.00 means that it takes"
                        .formatted(results.effort().pairs())
                + " twice as long as Linum (median of the ratios of the rounds, in brackets the lowest and highest)."
                + " \"Others\" is the share of the processors' time that other programs took while it was measured.\n");
        if (!results.pinned()) {
            text.append("Workers were not tied to processors: taskset is missing.\n");
        }
        byThreads(results.outcomes()).forEach((threads, rows) -> {
            text.append("%n## %s%n%n".formatted(threads(threads)));
            table(text, "case", rows, (_, seconds) -> milliseconds(seconds));
        });
        byThreads(results.products()).forEach((threads, rows) -> {
            text.append("%n## GFLOP/s of products, %s%n%n".formatted(threads(threads)));
            text.append("Medians; x2.00 means that Linum's rate is twice as high. A `gradient` reads its first matrix"
                    + " transposed. The second one of a `step` is the same at each call: Linum packs it once, as before"
                    + " a loop. All write into memory that is there already.\n\n");
            table(text, "product", rows, Rates::gigaflops);
            text.append(new Rates(results).markdown(threads));
        });
        memory(text);
        startup(text);
        sizes(text);
        return text.toString();
    }

    private static Map<Integer, List<Outcome>> byThreads(List<Outcome> outcomes) {
        return outcomes.stream()
                .collect(Collectors.groupingBy(Outcome::threads, LinkedHashMap::new, Collectors.toList()));
    }

    static String threads(int count) {
        return count == 1 ? "1 thread" : count + " threads";
    }

    static List<String> peers(List<Outcome> rows) {
        return rows.getFirst().entries().stream().map(Outcome.Entry::peer).toList();
    }

    /// @param shown what to show of a median of an outcome, in seconds
    private static void table(
            StringBuilder text, String first, List<Outcome> rows, BiFunction<Outcome, Double, String> shown) {
        List<String> names = peers(rows);
        header(text, first, names, "others");
        var notes = new ArrayList<String>();
        for (Outcome outcome : rows) {
            text.append("| ").append(outcome.what());
            for (Outcome.Entry entry : outcome.entries()) {
                text.append(" | ").append(cell(entry, outcome, notes, shown));
            }
            text.append(" | %.0f %% |%n".formatted(outcome.disturbance() * 100));
        }
        text.append("| **geometric mean**");
        for (String name : names) {
            double[] ratios = rows.stream()
                    .flatMap(o -> o.entries().stream()
                            .filter(e -> e.peer().equals(name))
                            .filter(Outcome.Timed.class::isInstance)
                            .map(e -> Outcome.median(((Outcome.Timed) e).ratios(o.linum()))))
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            text.append(
                    ratios.length == 0
                            ? " | -"
                            : " | **x%.2f** of %d".formatted(Outcome.geometricMean(ratios), ratios.length));
        }
        text.append(" | |\n");
        if (!notes.isEmpty()) {
            text.append('\n');
            for (int i = 0; i < notes.size(); i++) {
                text.append("%d. %s%n".formatted(i + 1, notes.get(i)));
            }
        }
    }

    private static String cell(
            Outcome.Entry entry, Outcome outcome, List<String> notes, BiFunction<Outcome, Double, String> shown) {
        Outcome.Timed linum = outcome.linum();
        return switch (entry) {
            case Outcome.Timed timed when timed == linum -> shown.apply(outcome, timed.median());
            case Outcome.Timed timed -> {
                double[] ratios = timed.ratios(linum);
                double[] sorted = java.util.Arrays.stream(ratios).sorted().toArray();
                yield "%s **x%.2f** (%.2f-%.2f)%s"
                        .formatted(
                                shown.apply(outcome, timed.median()),
                                Outcome.median(ratios),
                                sorted[0],
                                sorted[sorted.length - 1],
                                note(timed.way().isEmpty() ? "" : timed.peer() + ": " + timed.way(), notes));
            }
            case Outcome.Absent absent -> "-" + note(absent.peer() + ": " + absent.why(), notes);
        };
    }

    private static String note(String text, List<String> notes) {
        if (text.isEmpty()) {
            return "";
        }
        if (!notes.contains(text)) {
            notes.add(text);
        }
        return " [" + (notes.indexOf(text) + 1) + "]";
    }

    private static String milliseconds(double seconds) {
        double ms = seconds * 1e3;
        return String.format(Locale.ROOT, ms < 10 ? "%.3f ms" : ms < 100 ? "%.2f ms" : "%.1f ms", ms);
    }

    static void header(StringBuilder text, String first, List<String> names, String last) {
        text.append("| ").append(first);
        names.forEach(name -> text.append(" | ").append(name));
        text.append(last.isEmpty() ? " |\n" : " | " + last + " |\n");
        text.append("|---").append("|---:".repeat(names.size())).append(last.isEmpty() ? "|\n" : "|---:|\n");
    }

    private void memory(StringBuilder text) {
        if (results.memory().isEmpty()) {
            return;
        }
        List<String> names = results.memory().values().stream()
                .flatMap(peaks -> peaks.keySet().stream())
                .distinct()
                .toList();
        text.append("\n## Peak memory of a fresh process, 1 thread, three runs\n\n");
        header(text, "case", names, "");
        results.memory()
                .forEach((title, peaks) -> text.append("| %s | %s |%n"
                        .formatted(
                                title,
                                names.stream()
                                        .map(name -> peaks.containsKey(name)
                                                ? "%d MB".formatted(peaks.get(name) / 1_000_000)
                                                : "-")
                                        .collect(Collectors.joining(" | ")))));
    }

    private void startup(StringBuilder text) {
        if (!results.startup().isEmpty()) {
            text.append(
                    "\n## From starting a process to its first result, LSTM of 64 inputs and units, 100 steps, 1 thread, median of 5\n\n");
            header(text, "", List.copyOf(results.startup().keySet()), "");
            text.append("| seconds | %s |%n"
                    .formatted(results.startup().values().stream()
                            .map(seconds -> "%.2f".formatted(Outcome.median(seconds)))
                            .collect(Collectors.joining(" | "))));
        }
    }

    private void sizes(StringBuilder text) {
        Map<String, Long> sizes = results.sizes();
        if (!sizes.isEmpty()) {
            text.append("\n## What a user downloads, all dependencies included\n\n");
            header(text, "", List.copyOf(sizes.keySet()), "");
            text.append("| MB | %s |%n"
                    .formatted(sizes.values().stream()
                            .map(bytes -> "%.1f".formatted(bytes / 1e6))
                            .collect(Collectors.joining(" | "))));
        }
    }
}
