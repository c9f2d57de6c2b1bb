package dev.linum.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.cli.data.Examples;
import dev.linum.cli.data.Per;
import dev.linum.cli.data.Schema;
import dev.linum.cli.data.Task;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ScoreTest {

    private static Score score(Schema.Target target, List<float[]> goals, List<float[][]> predictions) {
        var schema = new Schema("id", Optional.empty(), List.of(), target);
        var examples = goals.stream()
                .map(mine -> new Examples.Example(mine.length, new float[0], new int[0], mine))
                .toList();
        return Score.of(schema, new Examples(schema, examples, Map.of()), predictions);
    }

    private static String printed(Score score) {
        var text = new StringWriter();
        score.print(new PrintWriter(text, true));
        return text.toString();
    }

    @Test
    void classesAreCountedStepByStep() {
        var target = new Schema.Target("y", Per.STEP, Task.CLASSIFICATION, List.of("no", "yes"), 1, 0, 1);
        Score score = score(
                target,
                List.of(new float[] {0, 1}, new float[] {1}),
                List.of(new float[][] {{0.5f, 0.25f}, {0.5f, 0.25f}}, new float[][] {{0.25f, 0.5f}}));
        assertThat(score.figure()).isEqualTo("accuracy 0.6667");
        assertThat(score.likelihood()).isCloseTo((2 * Math.log(0.5) + Math.log(0.25)) / 3, Offset.offset(1e-6));
        assertThat(printed(score).lines())
                .containsExactly(
                        "  accuracy  0.6667   (2 of 3)",
                        "  baseline  0.6667   (always \"yes\")",
                        "  what it is (rows) and what it was taken for (columns):",
                        "             no    yes",
                        "  no          1      .",
                        "  yes         1      1");
    }

    @Test
    void noLossIsNoNegativeNumber() {
        var target = new Schema.Target("y", Per.SEQUENCE, Task.CLASSIFICATION, List.of("no", "yes"), 1, 0, 1);
        for (float right : new float[] {1, 1.0000001f}) {
            Score score = score(target, List.of(new float[] {1}), List.<float[][]>of(new float[][] {{0, right}}));
            assertThat(score.brief()).isEqualTo("accuracy 1.0000, loss 0.0000");
        }
    }

    @Test
    void ofManyClassesTheMostConfusedAreNamed() {
        List<String> names = IntStream.range(0, 30).mapToObj(i -> "c" + i).toList();
        var target = new Schema.Target("y", Per.SEQUENCE, Task.CLASSIFICATION, names, 0, 0, 1);
        var goals = new ArrayList<float[]>();
        var predictions = new ArrayList<float[][]>();
        for (int i : new int[] {3, 3, 4}) {
            goals.add(new float[] {i});
            var seven = new float[30];
            seven[7] = 1;
            predictions.add(new float[][] {seven});
        }
        assertThat(printed(score(target, goals, predictions)).lines())
                .containsExactly(
                        "  accuracy  0.0000   (0 of 3)",
                        "  baseline  0.0000   (always \"c0\")",
                        "  c3 taken for c7: 2 times",
                        "  c4 taken for c7: 1 times");
    }

    @Test
    void errorsAreInTheUnitsOfTheFile() {
        var target = new Schema.Target("y", Per.SEQUENCE, Task.REGRESSION, List.of(), 0, 100, 10);
        // The goals are 90 and 120; predicted are 93 and 116.
        Score score = score(
                target, List.of(new float[] {-1}, new float[] {2}), List.of(new float[][] {{93}}, new float[][] {{116}
                }));
        assertThat(printed(score).lines())
                .containsExactly(
                        "  MAE        3.500   (always the mean: 15.00)",
                        "  RMSE       3.536   (always the mean: 15.81)");
        assertThat(score.likelihood()).isCloseTo(-Math.sqrt(12.5), Offset.offset(1e-4));
    }
}
