package dev.linum.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.io.Safetensors;
import dev.linum.nn.Variables;
import dev.linum.train.Adam;
import dev.linum.train.Trainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdditionTest {

    @TempDir
    Path folder;

    @Test
    void aSmallModelLearnsAFewSumsByHeart() {
        var model = new Addition(32);
        Bundle.Tensors batch = Addition.batch(List.of(new int[] {1, 2}, new int[] {535, 61}, new int[] {999, 999}));
        var trainer = Trainer.<Bundle.Tensors>of(model::loss, Adam.of(0.02));
        var state = trainer.start(model.init(Key.of(0), batch));
        for (int i = 0; i < 150; i++) {
            state = trainer.step(state, batch, Key.of(i)).state();
        }
        assertThat(model.answers(state.variables(), batch)).containsExactly("3", "596", "1998");
    }

    @Test
    void theCommandSavesAModel() throws IOException {
        Path file = folder.resolve("model.safetensors");
        int status =
                Main.run("demo", "addition", "--steps", "3", "--width", "8", "--batch", "4", "--save", file.toString());
        assertThat(status).isZero();
        assertThat(Safetensors.load(file).metadata()).containsEntry("width", "8");
    }

    @Test
    void wrongFlagsAndFilesEndWithOneSentence() throws IOException {
        assertThat(Main.run("demo", "addition", "--stepps", "3")).isEqualTo(2);
        assertThat(Main.run("demo", "addition", "--steps", "0")).isEqualTo(2);
        Path file = Files.writeString(folder.resolve("broken"), "no model");
        assertThat(answered(1, file)).startsWith("linum: " + file + " is damaged or no safetensors file: ");
    }

    @Test
    void aModelWhosePartsDoNotFitIsOneSentence() throws IOException {
        Path file = folder.resolve("model");
        Variables variables = new Addition(4).init(Key.of(0), Addition.batch(List.<int[]>of(new int[] {1, 2})));
        Safetensors.save(file, variables, Map.of("linum.demo", "addition"));
        assertThat(answered(1, file)).isEqualTo("linum: " + file + " is damaged: its width is no number");
        Safetensors.save(file, variables, Map.of("linum.demo", "addition", "width", "5"));
        assertThat(answered(1, file)).matches("linum: .* is damaged: params/\\S+ is f32.* and should be f32.*");
        Safetensors.save(file, variables, Map.of("linum.demo", "languages"));
        assertThat(answered(1, file))
                .isEqualTo("linum: " + file + " is not a model of this demo; make one with: ./linum demo addition");
    }

    @Test
    void questionsAreThoseItLearns() {
        assertThat(AdditionCommand.question(" 535 + 61 = "))
                .hasValueSatisfying(sum -> assertThat(sum).containsExactly(61, 535));
        for (String other : List.of("535+100", "1000+1", "61", "61-5", "a+b")) {
            assertThat(AdditionCommand.question(other)).as(other).isEmpty();
        }
    }

    /// Returns the only line of errors.
    private static String answered(int status, Path file) {
        var err = new StringWriter();
        assertThat(Main.commandLine()
                        .setErr(new PrintWriter(err))
                        .execute("demo", "addition", "--load", file.toString()))
                .isEqualTo(status);
        assertThat(err.toString().lines()).hasSize(1);
        return err.toString().strip();
    }
}
