package dev.linum.cli.model;

import dev.linum.cli.data.Examples;
import dev.linum.cli.data.Schema;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How good predicted classes are.
///
/// @param confusion how often each class (rows) was taken for each class (columns)
/// @param majority the class that the training part has most of
/// @param likelihood mean log-probability of the right class
public record ClassScore(List<String> classes, List<int[]> confusion, int majority, double likelihood)
        implements Score {

    /// Tables of more classes do not fit on a screen.
    private static final int LARGEST_TABLE = 20;

    private static final int MOST_CONFUSED = 10;
    private static final int WIDEST_NAME = 12;

    static ClassScore of(Schema.Target target, Examples examples, List<float[][]> predictions) {
        int classes = target.classes().size();
        var confusion = new int[classes][classes];
        double likelihood = 0;
        int count = 0;
        for (int i = 0; i < examples.size(); i++) {
            float[] goals = examples.all().get(i).goals();
            for (int step = 0; step < goals.length; step++) {
                float[] probabilities = predictions.get(i)[step];
                int right = (int) goals[step];
                confusion[right][largest(probabilities)]++;
                likelihood += Math.log(Math.max(1e-12, probabilities[right]));
                count++;
            }
        }
        return new ClassScore(target.classes(), List.of(confusion), target.majority(), likelihood / Math.max(1, count));
    }

    public static int largest(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    public int count() {
        return confusion.stream().mapToInt(row -> Arrays.stream(row).sum()).sum();
    }

    public int right() {
        int right = 0;
        for (int i = 0; i < confusion.size(); i++) {
            right += confusion.get(i)[i];
        }
        return right;
    }

    public double accuracy() {
        return (double) right() / count();
    }

    /// Returns the accuracy of always predicting the class that the training part has most of.
    public double baseline() {
        return (double) Arrays.stream(confusion.get(majority)).sum() / count();
    }

    @Override
    public String figure() {
        return Score.format("accuracy %.4f", accuracy());
    }

    @Override
    public String brief() {
        return Score.format("accuracy %.4f, loss %.4f", accuracy(), Math.max(0, -likelihood));
    }

    @Override
    public void print(PrintWriter out) {
        out.println(Score.format("  accuracy  %.4f   (%d of %d)", accuracy(), right(), count()));
        out.println(Score.format("  baseline  %.4f   (always \"%s\")", baseline(), classes.get(majority)));
        if (classes.size() <= LARGEST_TABLE) {
            table(out);
        } else {
            pairs(out);
        }
    }

    private void table(PrintWriter out) {
        int widest = 6;
        for (String name : classes) {
            widest = Math.max(widest, Math.min(WIDEST_NAME, name.length()));
        }
        out.println("  what it is (rows) and what it was taken for (columns):");
        var head = new StringBuilder("  " + " ".repeat(widest));
        for (String name : classes) {
            head.append(' ').append(fitted(name, widest, true));
        }
        out.println(head);
        for (int i = 0; i < classes.size(); i++) {
            var line = new StringBuilder("  " + fitted(classes.get(i), widest, false));
            for (int taken : confusion.get(i)) {
                line.append(' ').append(fitted(taken == 0 ? "." : Integer.toString(taken), widest, true));
            }
            out.println(line);
        }
    }

    private record Pair(String is, String taken, int times) {}

    private void pairs(PrintWriter out) {
        var pairs = new ArrayList<Pair>();
        for (int i = 0; i < confusion.size(); i++) {
            for (int j = 0; j < confusion.size(); j++) {
                if (i != j && confusion.get(i)[j] > 0) {
                    pairs.add(new Pair(classes.get(i), classes.get(j), confusion.get(i)[j]));
                }
            }
        }
        pairs.sort((a, b) -> Integer.compare(b.times(), a.times()));
        for (Pair pair : pairs.subList(0, Math.min(MOST_CONFUSED, pairs.size()))) {
            out.println("  " + pair.is() + " taken for " + pair.taken() + ": " + pair.times() + " times");
        }
    }

    private static String fitted(String text, int width, boolean right) {
        String cut = text.length() > width ? text.substring(0, width - 1) + "~" : text;
        String space = " ".repeat(width - cut.length());
        return right ? space + cut : cut + space;
    }
}
