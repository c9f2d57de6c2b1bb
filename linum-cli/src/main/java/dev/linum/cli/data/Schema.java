package dev.linum.cli.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// What the columns of a file mean to a model, learned from its training part and saved with it.
public record Schema(String id, Optional<String> time, List<Feature> features, Target target) {

    /// A column of features.
    ///
    /// @param mean of the training part, if numeric
    /// @param deviation of the training part, if numeric; 1 where all numbers are the same
    /// @param categories those of the training part, if categorical
    public record Feature(String name, Kind kind, double mean, double deviation, List<String> categories) {
        public Feature {
            categories = List.copyOf(categories);
        }
    }

    /// What is predicted.
    ///
    /// @param classes of the whole file, in order; empty for a number
    /// @param majority the class that the training part has most of
    /// @param mean of the training part, for a number
    /// @param deviation of the training part, for a number
    public record Target(
            String name, Per per, Task task, List<String> classes, int majority, double mean, double deviation) {
        public Target {
            classes = List.copyOf(classes);
        }

        /// Returns how many numbers a model gives for a target: one per class, or the number itself.
        public int outputs() {
            return switch (task) {
                case CLASSIFICATION -> classes.size();
                case REGRESSION -> 1;
            };
        }
    }

    public Schema {
        features = List.copyOf(features);
    }

    /// Returns what to read from a file to predict for it.
    public Wanted wanted() {
        return new Wanted(
                id,
                time,
                Optional.of(target.name()),
                features.stream()
                        .map(feature -> new Wanted.Field(feature.name(), feature.kind()))
                        .toList());
    }

    public List<Feature> of(Kind kind) {
        return features.stream().filter(feature -> feature.kind() == kind).toList();
    }

    /// Learns means, deviations and categories.
    ///
    /// @param whole where classes are taken from
    /// @param training a part of it, where everything else is taken from
    /// @throws IOException if the target is to be a number and is not, if there is only one class, or if a
    /// number is too large
    public static Schema learn(Wanted wanted, Sequences whole, Sequences training, Per per, Task task)
            throws IOException {
        var features = new ArrayList<Feature>();
        for (int i = 0; i < whole.columns().size(); i++) {
            features.add(feature(training, i));
        }
        String name = wanted.target().orElseThrow();
        return new Schema(wanted.id(), wanted.time(), features, target(name, whole, training, per, task));
    }

    private static Feature feature(Sequences training, int column) throws IOException {
        Column from = training.columns().get(column);
        var moments = new Moments();
        var seen = new boolean[from.categories().size()];
        for (Sequence sequence : training.all()) {
            for (Sequence.Row row : sequence.rows()) {
                switch (from.kind()) {
                    case NUMERIC -> moments.add(row.features()[column]);
                    case CATEGORICAL -> seen[(int) row.features()[column]] = true;
                }
            }
        }
        checkFinite(moments, training, Per.STEP, from.name(), row -> row.features()[column]);
        var categories = new ArrayList<String>();
        for (int i = 0; i < seen.length; i++) {
            if (seen[i]) {
                categories.add(from.categories().get(i));
            }
        }
        return new Feature(from.name(), from.kind(), moments.mean(), moments.deviation(), categories);
    }

    private static Target target(String name, Sequences whole, Sequences training, Per per, Task task)
            throws IOException {
        return switch (task) {
            case CLASSIFICATION -> {
                if (whole.targets().size() < 2) {
                    throw new IOException(whole.source() + ": the target \"" + name + "\" is always \""
                            + whole.targets().getFirst() + "\"; there is nothing to tell apart");
                }
                List<String> classes = sorted(whole.targets());
                yield new Target(name, per, task, classes, classes.indexOf(majority(training, per)), 0, 1);
            }
            case REGRESSION -> {
                double[] numbers = Goals.numbers(name, whole);
                var moments = new Moments();
                for (Sequence sequence : training.all()) {
                    for (Sequence.Row row : Goals.rows(sequence, per)) {
                        moments.add(numbers[row.target()]);
                    }
                }
                checkFinite(moments, training, per, name, row -> numbers[row.target()]);
                yield new Target(name, per, task, List.of(), 0, moments.mean(), moments.deviation());
            }
        };
    }

    private static void checkFinite(
            Moments moments, Sequences training, Per per, String column, ToDoubleFunction<Sequence.Row> number)
            throws IOException {
        if (moments.areFinite()) {
            return;
        }
        Sequence.Row farthest = training.all().stream()
                .flatMap(sequence -> Goals.rows(sequence, per).stream())
                .max(Comparator.comparingDouble(row -> Math.abs(number.applyAsDouble(row))))
                .orElseThrow();
        throw new Place(training.source(), farthest.line(), column)
                .error(number.applyAsDouble(farthest)
                        + " is so large that the column has no finite deviation; correct it, or leave the row out");
    }

    private static String majority(Sequences training, Per per) {
        var counts = new int[training.targets().size()];
        for (Sequence sequence : training.all()) {
            for (Sequence.Row row : Goals.rows(sequence, per)) {
                counts[row.target()]++;
            }
        }
        int most = 0;
        for (int i = 1; i < counts.length; i++) {
            most = counts[i] > counts[most] ? i : most;
        }
        return training.targets().get(most);
    }

    /// Numbers by size, texts by the alphabet.
    private static List<String> sorted(List<String> texts) {
        boolean numbers = texts.stream().allMatch(Numbers::isNumber);
        return texts.stream()
                .sorted(
                        numbers
                                ? Comparator.<String>comparingDouble(
                                                text -> Numbers.parse(text).getAsDouble())
                                        .thenComparing(Comparator.naturalOrder())
                                : Comparator.naturalOrder())
                .toList();
    }
}
