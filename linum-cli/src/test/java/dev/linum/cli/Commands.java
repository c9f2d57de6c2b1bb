package dev.linum.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;

/// Commands run as a user would, in a folder that is gone afterwards.
abstract class Commands {

    static final String[] SMALL = {"--width", "8", "--batch", "16"};

    @TempDir
    Path folder;

    record Ran(int status, String out, String err) {

        List<String> lines() {
            return out.lines().toList();
        }
    }

    static Ran run(Object... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        return new Ran(status, out.toString(), err.toString());
    }

    Path model() {
        return folder.resolve("model.safetensors");
    }

    Ran train(Path data, Object... options) {
        var all = new ArrayList<Object>(List.of("train", data, "--save", model()));
        all.addAll(List.of(SMALL));
        all.addAll(List.of(options));
        if (!all.contains("--epochs")) {
            all.addAll(List.of("--epochs", "40"));
        }
        if (!all.contains("--rate")) {
            all.addAll(List.of("--rate", "0.02"));
        }
        return run(all.toArray());
    }

    Path file(String name, List<String> lines) throws IOException {
        return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
    }

    /// Walks upwards or downwards; "sum" is where they end, "above" says of each step whether it is above 0.
    Path walks(String name, int seed) throws IOException {
        var random = new SplittableRandom(seed);
        var lines = new ArrayList<String>(List.of("id,at,height,wind,way,sum,above"));
        for (int i = 0; i < 80; i++) {
            boolean up = i % 2 == 0;
            double height = 0;
            var mine = new ArrayList<String>();
            int steps = random.nextInt(3, 7);
            for (int t = 0; t < steps; t++) {
                height += up ? random.nextDouble() : -random.nextDouble();
                mine.add("%d,%.3f,%s".formatted(t, height, random.nextBoolean() ? "east" : "west"));
            }
            for (int t = 0; t < steps; t++) {
                double at = Double.parseDouble(mine.get(t).split(",")[1]);
                lines.add("s%d,%s,%s,%.3f,%s"
                        .formatted(i, mine.get(t), up ? "up" : "down", height, at > 0 ? "yes" : "no"));
            }
        }
        return file(name, lines);
    }

    /// Returns the rows that a prediction wrote, the header first.
    List<String[]> predict(Path data) {
        Ran ran = run("predict", model(), data);
        assertThat(ran.status()).as(ran.err()).isZero();
        assertThat(ran.err()).isEmpty();
        return ran.lines().stream().map(line -> line.split(",")).toList();
    }
}
