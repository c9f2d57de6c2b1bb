package dev.linum.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.cli.model.ModelFile;
import dev.linum.graph.Array;
import dev.linum.io.Safetensors;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainPredictTest extends Commands {

    private static double figure(Ran ran, String name) {
        String line = ran.lines().stream()
                .filter(text -> text.strip().startsWith(name + " "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " in\n" + ran.out() + ran.err()));
        return Double.parseDouble(line.strip().split("\\s+")[1]);
    }

    @Test
    void aClassPerSequence() throws IOException {
        Path walks = walks("walks.csv", 1);
        Ran ran = train(walks, "--target", "way", "--time", "at", "--ignore", "sum,above");
        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains("80 sequences of 3 to 6 steps; 1 numeric column, categorical \"wind\"")
                .contains("target \"way\": one of 2 classes of each sequence (guessed; --task decides)")
                .contains("51 sequences to train with, 13 to choose the epoch, 16 held out")
                .contains("1 bidirectional lstm layer of width 8")
                .contains("epoch 1: loss ")
                .contains("held out (16 sequences):")
                .contains("saved to " + model());
        assertThat(figure(ran, "accuracy")).isEqualTo(1);
        assertThat(figure(ran, "baseline")).isEqualTo(0.5);
        assertThat(ran.lines())
                .anyMatch(line -> line.matches("  down +8 +\\."))
                .anyMatch(line -> line.matches("  up +\\. +8"));

        List<String[]> rows = predict(walks("new.csv", 2));
        assertThat(rows.getFirst()).containsExactly("id", "prediction", "p_down", "p_up");
        assertThat(rows).hasSize(81);
        for (int i = 0; i < 80; i++) {
            String[] row = rows.get(i + 1);
            assertThat(row[0]).isEqualTo("s" + i);
            assertThat(row[1]).isEqualTo(i % 2 == 0 ? "up" : "down");
            assertThat(Double.parseDouble(row[2]) + Double.parseDouble(row[3])).isCloseTo(1, Offset.offset(1e-5));
        }
    }

    @Test
    void aNumberPerSequence() throws IOException {
        Ran ran = train(
                walks("walks.csv", 1),
                "--target",
                "sum",
                "--ignore",
                "way,above,at",
                "--cell",
                "gru",
                "--recurrent-dropout",
                "0.05",
                "--clip",
                "0");
        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("target \"sum\": a number of each sequence (guessed; --task decides)");
        assertThat(ran.out()).contains("1 bidirectional gru layer");
        assertThat(ran.lines()).anyMatch(line -> line.matches("  MAE .*\\(always the mean: .*\\)"));
        double rmse = figure(ran, "RMSE");
        assertThat(rmse).isLessThan(0.8);

        Path fresh = walks("new.csv", 2);
        List<String[]> rows = predict(fresh);
        assertThat(rows.getFirst()).containsExactly("id", "prediction");
        double squares = 0;
        for (String line : Files.readAllLines(fresh)) {
            String[] cells = line.split(",");
            if (cells[1].equals("0")) {
                int i = Integer.parseInt(cells[0].substring(1));
                double error = Double.parseDouble(rows.get(i + 1)[1]) - Double.parseDouble(cells[5]);
                squares += error * error / 80;
            }
        }
        assertThat(Math.sqrt(squares)).isLessThan(0.8);
    }

    @Test
    void aClassPerStep() throws IOException {
        Ran ran = train(
                walks("walks.csv", 1),
                "--target",
                "above",
                "--time",
                "at",
                "--ignore",
                "way,sum",
                "--per-step",
                "--layers",
                "2",
                "--dropout",
                "0.1");
        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("one of 2 classes of each step").contains("2 lstm layers of width 8");
        assertThat(figure(ran, "accuracy")).isGreaterThan(0.95);

        Path fresh = walks("new.csv", 2);
        List<String[]> rows = predict(fresh);
        List<String> lines = Files.readAllLines(fresh);
        assertThat(rows.getFirst()).containsExactly("id", "at", "prediction", "p_no", "p_yes");
        assertThat(rows).hasSameSizeAs(lines);
        int right = 0;
        for (int i = 1; i < rows.size(); i++) {
            String[] cells = lines.get(i).split(",");
            assertThat(List.of(rows.get(i)[0], rows.get(i)[1])).isEqualTo(List.of(cells[0], cells[1]));
            right += rows.get(i)[2].equals(cells[6]) ? 1 : 0;
        }
        assertThat(right).isGreaterThan((int) (0.95 * (lines.size() - 1)));
    }

    @Test
    void aNumberPerStep() throws IOException {
        Ran ran = train(
                walks("walks.csv", 1), "--target", "height", "--ignore", "way,sum,at", "--per-step", "--epochs", "2");
        assertThat(ran.status()).as(ran.err()).isZero();
        List<String[]> rows = predict(walks("new.csv", 2));
        assertThat(rows.getFirst()).containsExactly("id", "step", "prediction");
        assertThat(rows.get(1)[1]).isEqualTo("1");
        assertThat(rows.get(2)[1]).isEqualTo("2");
    }

    @Test
    void theTsFormatWithATestFile() throws IOException {
        Path data = file("data.ts", waves(1));
        Path test = file("test.ts", waves(2));
        Ran ran = train(data, "--test", test, "--seed", "3");
        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains("48 sequences to train with, 12 to choose the epoch, 60 held out")
                .contains(test + " (60 sequences):");
        assertThat(figure(ran, "accuracy")).isGreaterThan(0.9);
        List<String[]> rows = predict(test);
        assertThat(rows.getFirst()).containsExactly("id", "prediction", "p_1", "p_2", "p_10");
        assertThat(rows.getLast()[0]).isEqualTo("60");
    }

    private static List<String> waves(int seed) {
        var random = new SplittableRandom(seed);
        var lines = new ArrayList<String>(List.of("@dimensions 2", "@classLabel true 1 2 10", "@data"));
        for (int i = 0; i < 60; i++) {
            int steps = random.nextInt(5, 9);
            var first = new ArrayList<String>();
            var second = new ArrayList<String>();
            for (int t = 0; t < 9; t++) {
                first.add(t < steps ? "%.3f".formatted(Math.sin(t * (1 + i % 3)) + random.nextDouble() / 10) : "NaN");
                second.add(t < steps ? "%.3f".formatted(random.nextDouble()) : "NaN");
            }
            lines.add(String.join(",", first) + ":" + String.join(",", second) + ":"
                    + List.of("1", "2", "10").get(i % 3));
        }
        return lines;
    }

    @Test
    void theSameSeedGivesTheSameModel() throws IOException {
        Path walks = walks("walks.csv", 1);
        var runs = new ArrayList<Variables>();
        for (int seed : new int[] {7, 7, 8}) {
            train(walks, "--target", "way", "--ignore", "sum,above", "--epochs", "2", "--seed", seed);
            runs.add(Safetensors.load(model()).variables());
        }
        for (String path : runs.getFirst().paths()) {
            float[] first = runs.getFirst().get(path).array().toFloats();
            assertThat(runs.get(1).get(path).array().toFloats()).as(path).isEqualTo(first);
            assertThat(runs.get(2).get(path).array().toFloats()).as(path).isNotEqualTo(first);
        }
    }

    @Test
    void theModelFileSaysWhatItsColumnsMean() throws IOException {
        train(walks("walks.csv", 1), "--target", "way", "--time", "at", "--ignore", "sum,above", "--epochs", "1");
        var schema = ModelFile.load(model()).schema();
        assertThat(schema.id()).isEqualTo("id");
        assertThat(schema.time()).contains("at");
        assertThat(schema.target().classes()).containsExactly("down", "up");
        assertThat(schema.features()).extracting(feature -> feature.name()).containsExactly("height", "wind");
        assertThat(schema.features().get(1).categories()).containsExactlyInAnyOrder("east", "west");
        assertThat(schema.features().get(0).deviation()).isBetween(0.5, 2.5);
    }

    @Test
    void whatTrainCannotUseIsOneSentence() throws IOException {
        Path data = file("data.csv", List.of("id,speed,label", "a,1,x", "a,fast,x", "b,2,y"));
        Path missing = folder.resolve("missing.csv");
        Map<String, Ran> sentences = Map.of(
                "linum: there is no file " + missing, train(missing, "--target", "label"),
                "linum: " + data
                                + " has no column \"lable\", which --target names; there are \"id\", \"speed\", \"label\"",
                        train(data, "--target", "lable"),
                "linum: " + data
                                + ", line 3, column \"speed\": \"fast\" is no number; correct it, or give --categorical"
                                + " speed if the column holds categories",
                        train(data, "--target", "label"),
                "linum: --save " + folder.resolve("no/model") + ": there is no folder " + folder.resolve("no"),
                        run("train", data, "--target", "label", "--save", folder.resolve("no/model")),
                "linum: --save " + folder + ": this is a folder; give a file",
                        run("train", data, "--target", "label", "--save", folder));
        sentences.forEach((sentence, ran) -> {
            assertThat(ran.err()).isEqualTo(sentence + System.lineSeparator());
            assertThat(ran.status()).isEqualTo(1);
        });
        assertThat(model()).doesNotExist();
        Map<String, Ran> wrong = Map.of(
                "--hold-out is a part from 0 to below 1", train(data, "--target", "label", "--hold-out", "1.5"),
                "--rate is above 0 and --clip not below 0", train(data, "--target", "label", "--rate", "0"),
                "Invalid value for option '--width': 'wide' is not an int",
                        run("train", data, "--target", "label", "--width", "wide"),
                "Unknown option: '--colour'", run("train", data, "--target", "label", "--colour"));
        wrong.forEach((sentence, ran) -> {
            assertThat(ran.err())
                    .isEqualTo("linum: " + sentence + "; see ./linum train --help" + System.lineSeparator());
            assertThat(ran.status()).isEqualTo(2);
        });
    }

    @Test
    void whoNamesNoCommandSeesThemAll() {
        assertThat(run().err()).startsWith("linum: Missing required subcommand").contains("train", "predict", "demo");
        assertThat(run("demo").err()).contains("languages", "addition");
        assertThat(run("trian").err()).contains("Unmatched argument", "Did you mean", "linum train");
        assertThat(run("trian").status()).isEqualTo(2);
    }

    @Test
    void helpIsACommandToo() {
        assertThat(run("help").out()).isEqualTo(run("--help").out()).contains("predict");
        assertThat(run("help", "train").out())
                .isEqualTo(run("train", "--help").out())
                .contains("--target");
        assertThat(run("demo", "help").out()).contains("languages");
    }

    @Test
    void oneSequenceIsNoSequences() throws IOException {
        Path data = file("data.csv", List.of("id,x,y", "a,1,u", "b,2,v", "c,3,u"));
        assertThat(train(data, "--target", "y", "--epochs", "1").out())
                .contains(": 3 sequences of 1 step; ", "\n1 sequence to train with,", "held out (1 sequence):");
    }

    @Test
    void aStackTraceComesOnlyWithDebug() {
        Path missing = folder.resolve("missing.csv");
        assertThat(run("train", missing, "--target", "label").err().lines()).hasSize(1);
        assertThat(run("train", missing, "--target", "label", "--debug").err())
                .contains("NoSuchFileException", "at dev.linum.cli");
    }

    @Test
    void aLossWithoutBoundIsOneSentence() throws IOException {
        Ran ran = train(walks("walks.csv", 1), "--target", "sum", "--ignore", "way,above,at", "--rate", "1e30");
        assertThat(ran.err())
                .isEqualTo("linum: the loss grew without bound in the first epoch, so there is no model to keep; try a"
                        + " lower --rate" + System.lineSeparator());
        assertThat(ran.status()).isEqualTo(1);
        assertThat(model()).doesNotExist();
    }

    /// One step in the only epoch: its loss comes before the step, and the score after it.
    @Test
    void predictionsWithoutBoundAreOneSentence() throws IOException {
        String[] options = "--target sum --ignore way,above,at --rate 1e38 --batch 1000 --epochs 1".split(" ");
        var arguments = new ArrayList<Object>(List.of("train", walks("walks.csv", 1), "--save", model()));
        arguments.addAll(List.of(options));
        Ran ran = run(arguments.toArray());
        assertThat(ran.err())
                .isEqualTo("linum: no epoch led to finite predictions for the validation part, so there is no model to"
                        + " keep; try a lower --rate" + System.lineSeparator());
        assertThat(ran.status()).isEqualTo(1);
        assertThat(model()).doesNotExist();
    }

    @Test
    void whatPredictCannotUseIsOneSentence() throws IOException {
        train(walks("walks.csv", 1), "--target", "way", "--ignore", "sum,above,at", "--epochs", "1");
        Path other = file("other.csv", List.of("id,wind", "a,east"));
        Ran ran = run("predict", model(), other);
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.err())
                .isEqualTo("linum: " + other + " has no column \"height\", which the model was trained with; there are"
                        + " \"id\", \"wind\"" + System.lineSeparator());
        assertThat(run("predict", folder.resolve("none"), other).err())
                .isEqualTo("linum: there is no file " + folder.resolve("none") + System.lineSeparator());
        assertThat(run("predict", folder, other).err())
                .isEqualTo("linum: " + folder + " is a folder; give a file" + System.lineSeparator());
        assertThat(run("predict", model(), other, "--out", folder).err())
                .isEqualTo("linum: --out " + folder + ": this is a folder; give a file" + System.lineSeparator());
        assertThat(run("predict", model(), folder.resolve("none")).err())
                .isEqualTo("linum: there is no file " + folder.resolve("none") + System.lineSeparator());
    }

    @Test
    void adviceForPredictionsNamesNoOptionsOfTraining() throws IOException {
        train(walks("walks.csv", 1), "--target", "way", "--ignore", "sum,above,at", "--epochs", "1");
        Path other = file("other.csv", List.of("id,height,wind", "a,high,east"));
        assertThat(run("predict", model(), other).err())
                .isEqualTo("linum: " + other + ", line 2, column \"height\": \"high\" is no number, but the model was"
                        + " trained with numbers; correct it" + System.lineSeparator());
        file("other.csv", List.of("id,height,wind", "a,,east"));
        assertThat(run("predict", model(), other).err())
                .isEqualTo(
                        "linum: " + other + ", line 2, column \"height\": the cell is empty; fill it in, or leave the"
                                + " row out" + System.lineSeparator());
    }

    @Test
    void numbersThatAreNotFiniteAreOneSentence() throws IOException {
        Path walks = walks("walks.csv", 1);
        train(walks, "--target", "sum", "--ignore", "way,above,at", "--epochs", "1");
        var content = Safetensors.load(model());
        String bias = "params/head/bias";
        for (float odd : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
            Safetensors.save(model(), content.variables().with(bias, Array.of(new float[] {odd})), content.metadata());
            Ran ran = run("predict", model(), walks);
            assertThat(ran.err())
                    .isEqualTo("linum: " + model() + " is of no use: " + bias + " holds " + odd + "; train again"
                            + System.lineSeparator());
            assertThat(ran.status()).isEqualTo(1);
        }
        Safetensors.save(
                model(), content.variables().with(bias, Array.of(new float[] {Float.MAX_VALUE})), content.metadata());
        Ran ran = run("predict", model(), walks);
        assertThat(ran.err())
                .isEqualTo("linum: " + model() + " predicts Infinity for sequence \"s0\" of " + walks
                        + "; its numbers may lie too far from those trained on" + System.lineSeparator());
        assertThat(ran.out()).isEmpty();
        assertThat(ran.status()).isEqualTo(1);
    }

    @Test
    void categoriesThatAreNewAreNamedOnce() throws IOException {
        train(walks("walks.csv", 1), "--target", "way", "--ignore", "sum,above,at", "--epochs", "1");
        Path other = file("other.csv", List.of("id,height,wind", "a,1,north", "a,2,north", "b,1,east"));
        Path out = folder.resolve("out.csv");
        Ran ran = run("predict", model(), other, "--out", out);
        assertThat(ran.status()).isZero();
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err())
                .isEqualTo("linum: the model does not know \"north\" in column \"wind\" and takes them for none of the"
                        + " categories it knows" + System.lineSeparator());
        assertThat(Files.readAllLines(out)).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 300, -1})
    void aDamagedModelIsOneSentence(int kept) throws IOException {
        Path walks = walks("walks.csv", 1);
        train(walks, "--target", "way", "--ignore", "sum,above,at", "--epochs", "1");
        byte[] bytes = Files.readAllBytes(model());
        Files.write(model(), Arrays.copyOf(bytes, kept < 0 ? bytes.length + kept : kept));
        Ran ran = run("predict", model(), walks);
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.err()).startsWith("linum: " + model() + " is damaged or no safetensors file: ");
        assertThat(ran.err().lines()).hasSize(1);
    }

    @Test
    void aModelOfAnotherKindIsOneSentence() throws IOException {
        Path walks = walks("walks.csv", 1);
        train(walks, "--target", "way", "--ignore", "sum,above,at", "--epochs", "1");
        var content = Safetensors.load(model());
        var other = folder.resolve("other.safetensors");

        Safetensors.save(other, content.variables());
        assertThat(run("predict", other, walks).err())
                .isEqualTo("linum: " + other + " is not a model of linum train; make one with: ./linum train DATA"
                        + " --target COLUMN" + System.lineSeparator());

        var metadata = new HashMap<>(content.metadata());
        metadata.put("linum.model", "sequences-2");
        Safetensors.save(other, content.variables(), metadata);
        assertThat(run("predict", other, walks).err())
                .isEqualTo("linum: " + other + " was written by a newer Linum, as sequences-2, and this one reads"
                        + " sequences-1; predict with the newer one" + System.lineSeparator());

        metadata.put("linum.model", "sequences-1");
        metadata.put("linum.settings", metadata.get("linum.settings").replace("\"width\":8", "\"width\":9"));
        Safetensors.save(other, content.variables(), metadata);
        assertThat(run("predict", other, walks).err())
                .startsWith("linum: " + other + " is damaged: params/")
                .contains(" and should be f32");

        String settings = content.metadata().get("linum.settings");
        String schema = content.metadata().get("linum.schema");
        for (var odd : List.of(
                Map.entry("linum.settings", "{\"width\":-1}"),
                Map.entry("linum.settings", settings.replace("\"LSTM\"", "null")),
                Map.entry("linum.schema", schema.replace("\"SEQUENCE\"", "null")),
                Map.entry("linum.schema", schema.replaceAll("\"classes\":\\[[^]]*]", "\"classes\":[]")))) {
            var changed = new HashMap<>(content.metadata());
            assertThat(changed.put(odd.getKey(), odd.getValue())).isNotEqualTo(odd.getValue());
            Safetensors.save(other, content.variables(), changed);
            assertThat(run("predict", other, walks).err())
                    .isEqualTo("linum: " + other + " is damaged: what it says about its columns and settings cannot be"
                            + " read" + System.lineSeparator());
        }
    }
}
