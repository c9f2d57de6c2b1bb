package dev.linum.cli;

import dev.linum.cli.LanguageModel.Trained;
import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.nn.Variables;
import dev.linum.train.Adam;
import dev.linum.train.Fit;
import dev.linum.train.Schedule;
import dev.linum.train.Trainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `linum demo languages`.
@Command(
        name = "languages",
        description = "Learn to tell which of forty languages a name is in.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true)
final class LanguagesCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Option(names = "--epochs", description = "How often all names are read.", paramLabel = "N")
    int epochs = 12;

    @Option(names = "--batch", description = "Names per step.", paramLabel = "N")
    int batch = 64;

    @Option(names = "--width", description = "Size of the GRUs.", paramLabel = "N")
    int width = 128;

    @Option(names = "--rate", description = "Highest learning rate of Adam.", paramLabel = "R")
    double rate = 0.004;

    @Option(names = "--seed", description = "Decides first parameters, order and dropout.", paramLabel = "N")
    long seed;

    @Option(names = "--save", description = "Where to keep the model.", paramLabel = "FILE")
    Path save = Path.of("languages.safetensors");

    @Option(names = "--load", description = "Tell languages with a saved model instead.", paramLabel = "FILE")
    Path load;

    @Option(names = "--no-prompt", description = "Do not ask for names after training.")
    boolean silent;

    LanguagesCommand() {}

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (load != null) {
            LanguagePrompt.of(LanguageModel.load(load), out).run();
            return 0;
        }
        if (epochs < 1 || batch < 1 || width < 1 || !(rate > 0)) {
            throw new ParameterException(
                    spec.commandLine(), "--epochs, --batch and --width are at least 1, and --rate is above 0");
        }
        new OutputFile("--save", save).check();
        return train(out);
    }

    private int train(PrintWriter out) throws IOException {
        NameSplit names;
        LanguageModel model;
        Fit.Best best;
        try (var interruption = Interruption.watch(out)) {
            names = NameSplit.of(JdkNames.all());
            out.printf(
                    "%,d names in %d languages%n%,d to learn from, %,d to choose the best epoch, %,d held out%n",
                    names.count(),
                    JdkNames.TAGS.size(),
                    names.training().size(),
                    names.validation().size(),
                    names.test().size());
            model = LanguageModel.of(width, Alphabet.of(names.training()), JdkNames.TAGS);
            Variables first = model.init(Key.of(seed));
            out.printf("%,d parameters%n", first.parameterCount());
            out.flush();
            interruption.begin();
            best = fit(model, first, names, new TrainingProgress(steps(names), out, interruption));
            switch (best.end()) {
                case STOPPED -> {
                    out.printf("%nstopped; nothing was saved%n");
                    out.flush();
                    return Interruption.STATUS;
                }
                case DIVERGED ->
                    throw new IllegalStateException("the loss became infinite; try a --rate below " + rate);
                case EPOCHS, PATIENCE -> new Trained(model, best.variables()).save(save);
            }
        }
        new LanguageReport(names, model, best).print(out);
        out.printf("%nsaved to %s%ntry: ./linum demo languages --load %s%n", save, save);
        out.flush();
        LanguagePrompt prompt = LanguagePrompt.of(new Trained(model, best.variables()), out);
        if (prompt.isInteractive() && !silent) {
            prompt.run();
        }
        return 0;
    }

    private int steps(NameSplit names) {
        return Math.ceilDiv(names.training().size(), batch) * epochs;
    }

    private Fit.Best fit(LanguageModel model, Variables first, NameSplit names, TrainingProgress shown) {
        SpelledNames training = SpelledNames.of(names.training(), model.alphabet());
        SpelledNames validation = SpelledNames.of(names.validation(), model.alphabet());
        var random = new SplittableRandom(seed);
        int steps = steps(names);
        Schedule schedule = Schedule.warmupCosine(rate, Math.max(1, steps / 20), steps);
        var trainer = Trainer.<Bundle.Tensors>of(
                model.network()::loss, Adam.of(schedule).clippedBy(1));
        try (shown) {
            return Fit.of(trainer)
                    .withEpochs(epochs)
                    .withPatience(epochs)
                    .run(
                            trainer.start(first),
                            _ -> training.shuffled(batch, random),
                            Key.of(seed),
                            variables -> model.accuracy(variables, validation),
                            shown);
        }
    }
}
