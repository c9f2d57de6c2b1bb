package dev.linum.cli.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/// Turns the sequences of one file into numbers, as a schema says.
public final class Encoder {

    private final Schema schema;
    private final Sequences file;
    private final List<int[]> categories = new ArrayList<>();
    private final float[] goals;

    private Encoder(Schema schema, Sequences file, float[] goals) {
        this.schema = schema;
        this.file = file;
        this.goals = goals;
        for (int i = 0; i < schema.features().size(); i++) {
            categories.add(categories(
                    file.columns().get(i).categories(), schema.features().get(i).categories()));
        }
    }

    /// Encodes features alone.
    public static Encoder of(Schema schema, Sequences file) {
        return new Encoder(schema, file, new float[0]);
    }

    /// Encodes features and targets.
    ///
    /// @throws IOException if a target is no number, or a class that the schema lacks
    public static Encoder withGoals(Schema schema, Sequences file) throws IOException {
        return new Encoder(schema, file, goals(schema.target(), file));
    }

    private static float[] goals(Schema.Target target, Sequences file) throws IOException {
        var goals = new float[file.targets().size()];
        switch (target.task()) {
            case CLASSIFICATION -> {
                for (int i = 0; i < goals.length; i++) {
                    String text = file.targets().get(i);
                    int index = target.classes().indexOf(text);
                    if (index < 0) {
                        throw Goals.place(target.name(), file, i)
                                .error("the class \"" + text + "\" is not among those trained on, "
                                        + DataFile.list(target.classes()));
                    }
                    goals[i] = index;
                }
            }
            case REGRESSION -> {
                double[] numbers = Goals.numbers(target.name(), file);
                for (int i = 0; i < goals.length; i++) {
                    goals[i] = standard(numbers[i], target.mean(), target.deviation());
                    if (!Float.isFinite(goals[i])) {
                        throw tooFar(Goals.place(target.name(), file, i), numbers[i]);
                    }
                }
            }
        }
        return goals;
    }

    private static float standard(double number, double mean, double deviation) {
        return (float) ((number - mean) / deviation);
    }

    private static IOException tooFar(Place place, double number) {
        return place.error(number + " is too far from the numbers trained on; correct it, or leave the row out");
    }

    /// For each of a file's categories its index in the schema, or their number if it is unknown there.
    private static int[] categories(List<String> file, List<String> known) {
        Map<String, Integer> positions = Dictionary.positions(known);
        return file.stream()
                .mapToInt(text -> positions.getOrDefault(text, known.size()))
                .toArray();
    }

    /// Encodes some of the file's sequences.
    ///
    /// @throws IOException if a number lies so far from those trained on that it would become infinite
    public Examples encode(Sequences some) throws IOException {
        var unknown = new LinkedHashMap<String, SequencedSet<String>>();
        var all = new ArrayList<Examples.Example>();
        int numeric = schema.of(Kind.NUMERIC).size();
        int categorical = schema.of(Kind.CATEGORICAL).size();
        for (Sequence sequence : some.all()) {
            var numbers = new float[sequence.length() * numeric];
            var indices = new int[sequence.length() * categorical];
            int number = 0;
            int index = 0;
            for (Sequence.Row row : sequence.rows()) {
                for (int i = 0; i < row.features().length; i++) {
                    Schema.Feature feature = schema.features().get(i);
                    double value = row.features()[i];
                    switch (feature.kind()) {
                        case NUMERIC -> {
                            float standard = standard(value, feature.mean(), feature.deviation());
                            if (!Float.isFinite(standard)) {
                                throw tooFar(new Place(file.source(), row.line(), feature.name()), value);
                            }
                            numbers[number++] = standard;
                        }
                        case CATEGORICAL -> {
                            int known = categories.get(i)[(int) value];
                            indices[index++] = known;
                            if (known == feature.categories().size()) {
                                unknown.computeIfAbsent(feature.name(), _ -> new LinkedHashSet<>())
                                        .add(file.columns().get(i).categories().get((int) value));
                            }
                        }
                    }
                }
            }
            all.add(new Examples.Example(sequence.length(), numbers, indices, goals(sequence)));
        }
        return new Examples(schema, all, unknown);
    }

    private float[] goals(Sequence sequence) {
        if (goals.length == 0) {
            return new float[0];
        }
        List<Sequence.Row> rows = Goals.rows(sequence, schema.target().per());
        var mine = new float[rows.size()];
        for (int i = 0; i < mine.length; i++) {
            mine[i] = goals[rows.get(i).target()];
        }
        return mine;
    }
}
