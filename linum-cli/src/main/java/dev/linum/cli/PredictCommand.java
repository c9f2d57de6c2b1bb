package dev.linum.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.linum.cli.data.DataFile;
import dev.linum.cli.data.Encoder;
import dev.linum.cli.data.Examples;
import dev.linum.cli.data.Per;
import dev.linum.cli.data.Schema;
import dev.linum.cli.data.Sequence;
import dev.linum.cli.data.Sequences;
import dev.linum.cli.data.Task;
import dev.linum.cli.model.ClassScore;
import dev.linum.cli.model.ModelFile;
import dev.linum.cli.model.Predictor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `linum predict`.
@Command(
        name = "predict",
        description = "Predict for the sequences of a file with a model of linum train, as CSV.",
        mixinStandardHelpOptions = true)
final class PredictCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Parameters(index = "0", paramLabel = "MODEL", description = "A file that linum train saved.")
    Path modelFile;

    @Parameters(
            index = "1",
            paramLabel = "NEW",
            description = "Data with the columns the model was trained with; - is standard input.")
    Path data;

    @Option(names = "--out", paramLabel = "FILE", description = "Where to write (default: to standard output).")
    Path out;

    PredictCommand() {}

    @Override
    public Integer call() throws IOException {
        Optional<OutputFile> file = Optional.ofNullable(out).map(path -> new OutputFile("--out", path));
        if (file.isPresent()) {
            file.get().check(modelFile, data);
        }
        ModelFile saved = ModelFile.load(modelFile);
        Schema schema = saved.schema();
        Sequences sequences = DataFile.open(data).read(schema.wanted().withoutTarget());
        Examples examples = Encoder.of(schema, sequences).encode(sequences);
        PrintWriter notes = spec.commandLine().getErr();
        examples.unknown()
                .forEach((column, texts) -> notes.println("linum: the model does not know " + DataFile.list(texts)
                        + " in column \"" + column + "\" and takes them for none of the categories it knows"));
        notes.flush();
        var predictions = new Predictor(saved.model(), schema).predict(saved.variables(), examples);
        checkFinite(sequences, predictions);
        var text = new StringWriter();
        write(schema, sequences, predictions, text);
        if (file.isPresent()) {
            file.get().write(text.toString());
        } else {
            spec.commandLine().getOut().print(text);
            spec.commandLine().getOut().flush();
        }
        return 0;
    }

    private void checkFinite(Sequences sequences, List<float[][]> predictions) throws IOException {
        for (int i = 0; i < predictions.size(); i++) {
            for (float[] step : predictions.get(i)) {
                for (float number : step) {
                    if (!Float.isFinite(number)) {
                        throw new IOException(modelFile + " predicts " + number + " for sequence \""
                                + sequences.all().get(i).id() + "\" of " + data
                                + "; its numbers may lie too far from those trained on");
                    }
                }
            }
        }
    }

    private static void write(Schema schema, Sequences sequences, List<float[][]> predictions, Writer into)
            throws IOException {
        boolean steps = schema.target().per() == Per.STEP;
        try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(into)) {
            var header = new ArrayList<String>();
            header.add(schema.id());
            if (steps) {
                header.add(schema.time().orElse("step"));
            }
            header.add("prediction");
            schema.target().classes().forEach(name -> header.add("p_" + name));
            csv.writeRecord(header);
            for (int i = 0; i < sequences.size(); i++) {
                Sequence sequence = sequences.all().get(i);
                for (int step = 0; step < predictions.get(i).length; step++) {
                    var record = new ArrayList<String>();
                    record.add(sequence.id());
                    if (steps) {
                        record.add(
                                schema.time().isPresent()
                                        ? sequence.rows().get(step).time()
                                        : Integer.toString(step + 1));
                    }
                    float[] values = predictions.get(i)[step];
                    if (schema.target().task() == Task.REGRESSION) {
                        record.add(Float.toString(values[0]));
                    } else {
                        record.add(schema.target().classes().get(ClassScore.largest(values)));
                        for (float probability : values) {
                            record.add(String.format(Locale.ROOT, "%.6f", probability));
                        }
                    }
                    csv.writeRecord(record);
                }
            }
        }
    }
}
