package dev.linum.cli;

import dev.linum.cli.model.Parameters;
import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.io.Safetensors;
import dev.linum.nn.Summary;
import dev.linum.nn.Variables;
import dev.linum.train.Adam;
import dev.linum.train.Fit;
import dev.linum.train.Trainer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `linum demo addition`.
@Command(
        name = "addition",
        description = "Learn to add a number below 100 and one below 1000, character by character.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class AdditionCommand implements Callable<Integer> {

    private static final Pattern SUM = Pattern.compile("\\s*(\\d{1,3})\\s*\\+\\s*(\\d{1,3})\\s*=?\\s*");
    private static final int HELD_OUT = 1000;
    private static final int VALIDATION = 500;

    /// There is no end of questions, so an epoch is so many steps.
    private static final int EPOCH = 100;

    @Spec
    CommandSpec spec;

    @Option(names = "--steps", description = "Training steps.", paramLabel = "N")
    int steps = 2000;

    @Option(names = "--batch", description = "Questions per step.", paramLabel = "N")
    int batch = 128;

    @Option(names = "--width", description = "Size of the LSTMs.", paramLabel = "N")
    int width = 512;

    @Option(names = "--rate", description = "Learning rate of Adam.", paramLabel = "R")
    double rate = 0.003;

    @Option(names = "--seed", description = "Decides first parameters and questions.", paramLabel = "N")
    long seed;

    @Option(names = "--save", description = "Where to keep the model.", paramLabel = "FILE")
    Path save = Path.of("addition.safetensors");

    @Option(names = "--load", description = "Answer questions with a saved model instead.", paramLabel = "FILE")
    Path load;

    AdditionCommand() {}

    @Override
    public Integer call() throws IOException {
        if (load != null) {
            return answer();
        }
        if (steps < 1 || batch < 1 || width < 1 || !(rate > 0)) {
            throw new ParameterException(
                    spec.commandLine(), "--steps, --batch and --width are at least 1, and --rate is above 0");
        }
        new OutputFile("--save", save).check();
        return train();
    }

    private int train() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        try (var interruption = Interruption.watch(out)) {
            var model = new Addition(width);
            var random = new SplittableRandom(seed);
            List<int[]> heldOut = Addition.sums(random, HELD_OUT);
            var secret = new HashSet<Integer>();
            heldOut.forEach(sum -> secret.add(code(sum)));
            List<int[]> validation = unseen(random, secret, VALIDATION);
            validation.forEach(sum -> secret.add(code(sum)));
            var trainer = Trainer.<Bundle.Tensors>of(model::loss, Adam.of(rate));
            Key key = Key.of(seed);
            Variables first = model.init(key, Addition.batch(heldOut.subList(0, 1)));
            out.printf(
                    "%,d parameters; %,d questions held out, %d to choose the best epoch of %d steps%n",
                    first.parameterCount(), HELD_OUT, VALIDATION, EPOCH);
            out.flush();
            Fit.Best best;
            interruption.begin();
            try (var shown = new TrainingProgress(steps, out, interruption)) {
                best = Fit.of(trainer)
                        .withEpochs(Math.ceilDiv(steps, EPOCH))
                        .withPatience(steps)
                        .run(
                                trainer.start(first),
                                epoch -> batches(epoch, random, secret),
                                key,
                                variables -> model.accuracy(variables, validation),
                                shown);
            }
            switch (best.end()) {
                case DIVERGED ->
                    throw new IllegalStateException("the loss became infinite; try a --rate below " + rate);
                case STOPPED -> {
                    save(best.variables());
                    out.printf("stopped; the best so far is saved to %s%n", save);
                    out.flush();
                    return Interruption.STATUS;
                }
                case EPOCHS, PATIENCE -> {
                    save(best.variables());
                    report(model, best, heldOut, out);
                }
            }
        }
        return 0;
    }

    private void report(Addition model, Fit.Best best, List<int[]> heldOut, PrintWriter out) {
        List<int[]> sample = heldOut.subList(0, 8);
        List<String> answers = model.answers(best.variables(), Addition.batch(sample));
        for (int i = 0; i < sample.size(); i++) {
            int sum = sample.get(i)[0] + sample.get(i)[1];
            String verdict = answers.get(i).equals(Integer.toString(sum)) ? "" : "   (should be " + sum + ")";
            out.printf("%3d + %3d = %s%s%n", sample.get(i)[0], sample.get(i)[1], answers.get(i), verdict);
        }
        int step = Math.min(steps, best.epoch() * EPOCH);
        out.printf("best after %d steps: validation accuracy %.4f%n", step, best.score());
        out.printf("held-out accuracy %.4f%n", model.accuracy(best.variables(), heldOut));
        out.printf("saved to %s; try: ./linum demo addition --load %s%n", save, save);
        out.flush();
    }

    /// The batches of one epoch, of which the last may be shorter; none of them has a secret question.
    private List<Bundle.Tensors> batches(int epoch, SplittableRandom random, HashSet<Integer> secret) {
        int count = Math.min(EPOCH, steps - (epoch - 1) * EPOCH);
        return Stream.generate(() -> Addition.batch(unseen(random, secret, batch)))
                .limit(count)
                .toList();
    }

    private static int code(int[] sum) {
        return sum[0] * 1000 + sum[1];
    }

    private static List<int[]> unseen(SplittableRandom random, HashSet<Integer> secret, int count) {
        var all = new ArrayList<int[]>();
        while (all.size() < count) {
            int[] sum = Addition.sums(random, 1).getFirst();
            if (!secret.contains(code(sum))) {
                all.add(sum);
            }
        }
        return all;
    }

    private void save(Variables variables) throws IOException {
        Safetensors.save(save, variables, Map.of("linum.demo", "addition", "width", Integer.toString(width)));
    }

    private int answer() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Safetensors.Content content = Safetensors.load(load);
        if (!"addition".equals(content.metadata().get("linum.demo"))) {
            throw new IOException(load + " is not a model of this demo; make one with: ./linum demo addition");
        }
        int size;
        try {
            size = Integer.parseUnsignedInt(content.metadata().getOrDefault("width", ""));
        } catch (NumberFormatException e) {
            throw new IOException(load + " is damaged: its width is no number", e);
        }
        var model = new Addition(size);
        Summary expected = model.summary(Addition.batch(List.of(new int[] {1, 2})));
        Variables variables = new Parameters(load, content.variables()).like(expected);
        out.println("Type sums of a number below 100 and one below 1000, such as 61+535; an empty line ends.");
        out.flush();
        var in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        for (String line = in.readLine(); line != null && !line.isBlank(); line = in.readLine()) {
            out.println(question(line)
                    .map(sum -> model.answers(variables, Addition.batch(List.of(sum)))
                            .getFirst())
                    .orElse("a question is a number below 100, a plus and a number below 1000, such as 61+535"));
            out.flush();
        }
        return 0;
    }

    /// Reads a sum as the model knows them, the smaller number first.
    static Optional<int[]> question(String line) {
        Matcher sum = SUM.matcher(line);
        if (!sum.matches()) {
            return Optional.empty();
        }
        int a = Integer.parseInt(sum.group(1));
        int b = Integer.parseInt(sum.group(2));
        return Math.min(a, b) < 100 ? Optional.of(new int[] {Math.min(a, b), Math.max(a, b)}) : Optional.empty();
    }
}
