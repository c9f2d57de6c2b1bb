package dev.linum.cli.data;

import java.io.IOException;
import java.util.List;

/// The targets of sequences: what they are, and whether they are what they should be.
public final class Goals {

    /// Whole numbers of more different values than this are taken as numbers, not as classes.
    private static final int MOST_CLASSES = 20;

    private Goals() {}

    /// Guesses the task: texts are classes, and so are whole numbers of few different values.
    ///
    /// @throws IOException if all of them are numbers with decimal commas
    public static Task guess(String name, Sequences sequences) throws IOException {
        List<String> targets = sequences.targets();
        if (targets.stream().allMatch(Numbers::hasDecimalComma)) {
            throw place(name, sequences, 0)
                    .error("\"" + targets.getFirst() + "\" has a decimal comma; write numbers with a point, or give"
                            + " --task classification");
        }
        boolean numbers = targets.stream().allMatch(Numbers::isNumber);
        boolean whole = numbers
                && targets.stream()
                        .mapToDouble(text -> Numbers.parse(text).getAsDouble())
                        .allMatch(number -> number == Math.rint(number));
        return !numbers || whole && targets.size() <= MOST_CLASSES ? Task.CLASSIFICATION : Task.REGRESSION;
    }

    /// Checks that a target does not change within a sequence.
    ///
    /// @throws IOException that names the sequence and both rows
    public static void checkConstant(Sequences sequences, String name) throws IOException {
        for (Sequence sequence : sequences.all()) {
            Sequence.Row first = sequence.rows().getFirst();
            for (Sequence.Row row : sequence.rows()) {
                if (row.target() != first.target()) {
                    throw new Place(sequences.source(), row.line(), name)
                            .error("the target of sequence \"" + sequence.id() + "\" is \""
                                    + sequences.targets().get(row.target()) + "\" here, but \""
                                    + sequences.targets().get(first.target()) + "\" in line " + first.line()
                                    + "; give --per-step if each step has a target of its own");
                }
            }
        }
    }

    /// Returns the rows whose targets count: one for a sequence, or all.
    static List<Sequence.Row> rows(Sequence sequence, Per per) {
        return switch (per) {
            case SEQUENCE -> sequence.rows().subList(0, 1);
            case STEP -> sequence.rows();
        };
    }

    /// Returns the numbers that the target's texts stand for.
    static double[] numbers(String name, Sequences sequences) throws IOException {
        var numbers = new double[sequences.targets().size()];
        for (int i = 0; i < numbers.length; i++) {
            String text = sequences.targets().get(i);
            var number = Numbers.parse(text);
            if (number.isEmpty()) {
                throw place(name, sequences, i)
                        .error("\"" + text + "\" is no number; correct it, or give --task classification");
            }
            numbers[i] = number.getAsDouble();
        }
        return numbers;
    }

    /// Returns where a target's text is found first.
    static Place place(String name, Sequences sequences, int target) {
        long line = sequences.all().stream()
                .flatMap(sequence -> sequence.rows().stream())
                .filter(row -> row.target() == target)
                .mapToLong(Sequence.Row::line)
                .min()
                .orElseThrow();
        return new Place(sequences.source(), line, name);
    }
}
