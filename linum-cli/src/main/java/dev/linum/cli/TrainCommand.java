package dev.linum.cli;

import dev.linum.cli.data.Choice;
import dev.linum.cli.data.DataFile;
import dev.linum.cli.data.Examples;
import dev.linum.cli.data.Kind;
import dev.linum.cli.data.Parts;
import dev.linum.cli.data.Per;
import dev.linum.cli.data.Schema;
import dev.linum.cli.data.Task;
import dev.linum.cli.model.CellKind;
import dev.linum.cli.model.ModelFile;
import dev.linum.cli.model.Predictor;
import dev.linum.cli.model.Score;
import dev.linum.cli.model.SequenceModel;
import dev.linum.cli.model.Settings;
import dev.linum.cli.model.Training;
import dev.linum.graph.Key;
import dev.linum.train.Fit;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `linum train`.
@Command(
        name = "train",
        description = "Learn to predict a column of a file of sequences.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "DATA is CSV with a row per step, or the .ts format of the UEA archive.",
            "Example: ./linum train visits.csv --id visitor --time at --target buys"
        })
final class TrainCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Parameters(paramLabel = "DATA", description = "The file to learn from; - is standard input.")
    Path data;

    @Option(names = "--target", paramLabel = "COLUMN", description = "What to predict.")
    String target;

    @Option(names = "--id", paramLabel = "COLUMN", description = "What tells sequences apart (default: id).")
    String id;

    @Option(
            names = "--time",
            paramLabel = "COLUMN",
            description = "What steps are sorted by (default: as in the file).")
    String time;

    @Option(
            names = "--categorical",
            split = ",",
            paramLabel = "COLUMN",
            description = "Columns of categories (default: those without a number in the first 100 rows).")
    Set<String> categorical = new LinkedHashSet<>();

    @Option(names = "--ignore", split = ",", paramLabel = "COLUMN", description = "Columns to leave out.")
    Set<String> ignored = new LinkedHashSet<>();

    @Option(names = "--per-step", description = "Each step has a target of its own.")
    boolean perStep;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description = "classification or regression (default: guessed from the target).")
    Task task;

    @Option(names = "--test", paramLabel = "FILE", description = "Measure with this file.")
    Path test;

    @Option(
            names = "--hold-out",
            paramLabel = "PART",
            description = "Part of the sequences to measure with, if no --test (default: ${DEFAULT-VALUE}).")
    double holdOut = 0.2;

    @Option(
            names = "--validation",
            paramLabel = "PART",
            description = "Part of the others to choose the epoch with (default: ${DEFAULT-VALUE}).")
    double validation = 0.2;

    @Option(names = "--cell", paramLabel = "CELL", description = "lstm, gru, mgu or simple (default: lstm).")
    CellKind cell = CellKind.LSTM;

    @Option(
            names = "--width",
            paramLabel = "N",
            description = "Size of each layer and direction (default: ${DEFAULT-VALUE}).")
    int width = 64;

    @Option(names = "--layers", paramLabel = "N", description = "Layers above each other (default: ${DEFAULT-VALUE}).")
    int layers = 1;

    @Option(
            names = "--bidirectional",
            negatable = true,
            description = "Read from both ends (default: unless --per-step).")
    Boolean bidirectional;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            description = "On inputs of upper layers and of the head (default: 0.5 for classes, 0.1 for numbers).")
    Double dropout;

    @Option(
            names = "--recurrent-dropout",
            paramLabel = "P",
            description = "On the state of the cells, the same for a whole sequence (default: ${DEFAULT-VALUE}).")
    double recurrentDropout;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Sequences per step of training (default: ${DEFAULT-VALUE}).")
    int batch = 32;

    @Option(names = "--rate", paramLabel = "R", description = "Learning rate of Adam (default: ${DEFAULT-VALUE}).")
    double rate = 0.003;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "How often all sequences are seen at most (default: ${DEFAULT-VALUE}).")
    int epochs = 100;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "Epochs without getting better before training ends (default: ${DEFAULT-VALUE}).")
    int patience = 20;

    @Option(
            names = "--clip",
            paramLabel = "R",
            description = "Longest gradient; 0 for no limit (default: ${DEFAULT-VALUE}).")
    double clip = 1;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Decides split, first parameters and order (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(names = "--save", paramLabel = "FILE", description = "Where to keep the model (default: ${DEFAULT-VALUE}).")
    Path save = Path.of("model.safetensors");

    TrainCommand() {}

    @Override
    public Integer call() throws IOException {
        check();
        PrintWriter out = spec.commandLine().getOut();
        var choice = new Choice(
                Optional.ofNullable(id), Optional.ofNullable(time), Optional.ofNullable(target), categorical, ignored);
        var plan = new Parts.Plan(
                perStep ? Per.STEP : Per.SEQUENCE,
                Optional.ofNullable(task),
                Optional.ofNullable(test),
                holdOut,
                validation,
                seed);
        var training = new Training(batch, rate, epochs, patience, clip, seed);
        try (Interruption interruption = Interruption.watch(out)) {
            Parts parts = Parts.read(DataFile.open(data), choice, plan);
            Settings settings = settings(parts.schema().target());
            describe(out, parts, settings);
            Training.Outcome outcome = train(out, parts, settings, training, interruption);
            new ModelFile(parts.schema(), settings, outcome.best().variables()).save(save);
            report(out, parts, settings, outcome);
            return outcome.best().end() == Fit.End.STOPPED ? Interruption.STATUS : 0;
        }
    }

    private Settings settings(Schema.Target goal) {
        boolean both = bidirectional == null ? goal.per() == Per.SEQUENCE : bidirectional;
        double usual = switch (goal.task()) {
            case CLASSIFICATION -> 0.5;
            case REGRESSION -> 0.1;
        };
        return new Settings(
                cell,
                width,
                layers,
                both ? Settings.Direction.BOTH : Settings.Direction.FORWARD,
                dropout == null ? usual : dropout,
                recurrentDropout);
    }

    private static Training.Outcome train(
            PrintWriter out, Parts parts, Settings settings, Training training, Interruption interruption)
            throws IOException {
        long steps = (long) training.epochs() * training.steps(parts.training());
        interruption.begin();
        try (var progress = new TrainingProgress(steps, out, interruption)) {
            return training.run(
                    SequenceModel.of(settings, parts.schema()), parts.training(), parts.validation(), progress);
        } catch (OutOfMemoryError e) {
            throw new IOException(
                    Score.format(
                            "%s of up to %s at once do not fit into memory; lower --batch or --width, or"
                                    + " give Java more with LINUM_JAVA_OPTS=-Xmx8g",
                            Score.count(training.batch(), "sequence"),
                            Score.count(
                                    Arrays.stream(parts.whole().lengths()).max().orElse(0), "step")),
                    e);
        }
    }

    private void describe(PrintWriter out, Parts parts, Settings settings) {
        Schema schema = parts.schema();
        Schema.Target goal = schema.target();
        var lengths = Arrays.stream(parts.whole().lengths()).summaryStatistics();
        out.println(Score.format(
                "%s: %s of %s; %s",
                parts.whole().source(),
                Score.count(lengths.getCount(), "sequence"),
                lengths.getMin() == lengths.getMax()
                        ? Score.count(lengths.getMin(), "step")
                        : Score.format("%,d to %s", lengths.getMin(), Score.count(lengths.getMax(), "step")),
                columns(schema)));
        String guessed = task == null ? " (guessed; --task decides)" : "";
        String each = goal.per() == Per.STEP ? "of each step" : "of each sequence";
        out.println(
                switch (goal.task()) {
                    case CLASSIFICATION ->
                        Score.format(
                                "target \"%s\": one of %d classes %s%s", goal.name(), goal.outputs(), each, guessed);
                    case REGRESSION -> Score.format("target \"%s\": a number %s%s", goal.name(), each, guessed);
                });
        out.println(Score.format(
                "%s to train with, %,d to choose the epoch, %,d held out",
                Score.count(parts.training().size(), "sequence"),
                parts.validation().size(),
                parts.heldOut().map(Examples::size).orElse(0)));
        long numbers = SequenceModel.of(settings, schema).init(Key.of(seed)).parameterCount();
        out.println(Score.format(
                "%d %s%s of width %d, %,d parameters",
                layers,
                settings.direction() == Settings.Direction.BOTH ? "bidirectional " : "",
                cell.name().toLowerCase(Locale.ROOT) + (layers == 1 ? " layer" : " layers"),
                width,
                numbers));
        out.flush();
    }

    private static String columns(Schema schema) {
        int numeric = schema.of(Kind.NUMERIC).size();
        List<String> categorical =
                schema.of(Kind.CATEGORICAL).stream().map(Schema.Feature::name).toList();
        return numeric
                + (numeric == 1 ? " numeric column" : " numeric columns")
                + (categorical.isEmpty() ? "" : ", categorical " + DataFile.list(categorical));
    }

    private void report(PrintWriter out, Parts parts, Settings settings, Training.Outcome outcome) {
        Fit.Best best = outcome.best();
        out.println(
                switch (best.end()) {
                    case EPOCHS, PATIENCE ->
                        Score.format(
                                "best epoch %d: validation %s",
                                best.epoch(), outcome.validation().brief());
                    case STOPPED ->
                        Score.format(
                                "stopped; the best model so far is that of epoch %d (validation %s), in %s",
                                best.epoch(), outcome.validation().brief(), save);
                    case DIVERGED ->
                        Score.format(
                                "the loss grew without bound, so training ended; the model is that of epoch %d; try a lower --rate",
                                best.epoch());
                });
        if (best.end() != Fit.End.STOPPED) {
            parts.heldOut().ifPresent(heldOut -> {
                out.println(
                        test == null
                                ? Score.format("held out (%s):", Score.count(heldOut.size(), "sequence"))
                                : Score.format("%s (%s):", test, Score.count(heldOut.size(), "sequence")));
                var predictor = new Predictor(SequenceModel.of(settings, parts.schema()), parts.schema());
                Score.of(parts.schema(), heldOut, predictor.predict(best.variables(), heldOut))
                        .print(out);
            });
            out.println("saved to " + save + "; try: ./linum predict " + save + " NEW");
        }
        out.flush();
    }

    private void check() throws IOException {
        require(holdOut >= 0 && holdOut < 1, "--hold-out is a part from 0 to below 1");
        require(validation > 0 && validation < 1, "--validation is a part above 0 and below 1");
        require(
                width > 0 && layers > 0 && batch > 0 && epochs > 0 && patience > 0,
                "--width, --layers, --batch, --epochs and --patience are at least 1");
        require(dropout == null || dropout >= 0 && dropout < 1, "--dropout is from 0 to below 1");
        require(recurrentDropout >= 0 && recurrentDropout < 1, "--recurrent-dropout is from 0 to below 1");
        require(rate > 0 && clip >= 0, "--rate is above 0 and --clip not below 0");
        new OutputFile("--save", save).check(test == null ? new Path[] {data} : new Path[] {data, test});
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }
}
