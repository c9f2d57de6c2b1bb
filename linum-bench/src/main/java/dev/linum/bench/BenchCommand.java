package dev.linum.bench;

import dev.linum.bench.Case.CellKind;
import dev.linum.bench.Case.Direction;
import dev.linum.bench.Case.Lengths;
import dev.linum.bench.Case.Mode;
import dev.linum.bench.Case.Saving;
import dev.linum.bench.Case.Size;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// Times whole layers of Linum and of other libraries in turns, in the same run.
@Command(
        name = "linum bench",
        description = {
            "Time whole layers of Linum and of other libraries in turns, in the same run.",
            "",
            "A report with tables, a chart and all numbers goes to the folder given by --out."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        subcommands = {PartsCommand.class})
final class BenchCommand implements Callable<Integer> {

    private static final List<Size> QUICK = List.of(new Size(32, 100, 128, 256));
    private static final List<Size> USUAL =
            List.of(new Size(16, 50, 128, 128), new Size(32, 100, 128, 256), new Size(32, 100, 512, 512));
    private static final List<Size> FULL = List.of(
            new Size(1, 100, 64, 64),
            new Size(1, 100, 256, 256),
            new Size(16, 50, 128, 128),
            new Size(32, 100, 128, 256),
            new Size(32, 100, 512, 512),
            new Size(64, 100, 1024, 1024));

    @Spec
    CommandSpec spec;

    @Option(
            names = "--cells",
            split = ",",
            converter = Cells.class,
            description = "simple, lstm, gru, lnlstm, leaky (default: lstm,gru).")
    List<CellKind> cells = List.of();

    @Option(
            names = "--shapes",
            split = ",",
            converter = Sizes.class,
            description = "Batch x steps x inputs x hidden, such as 32x100x128x256.")
    List<Size> shapes = List.of();

    @Option(names = "--modes", split = ",", converter = Modes.class, description = "infer, train (default: both).")
    List<Mode> modes = List.of();

    @Option(names = "--ragged", description = "Sequences of different lengths; --dense too for both.")
    boolean ragged;

    @Option(names = "--dense", description = "Sequences of the same length (default).")
    boolean dense;

    @Option(names = "--bi", description = "Both directions; --uni too for both kinds.")
    boolean bi;

    @Option(names = "--uni", description = "One direction (default).")
    boolean uni;

    @Option(names = "--dropout", description = "Add LSTM training with recurrent dropout.")
    boolean dropout;

    @Option(
            names = "--saving",
            split = ",",
            converter = Savings.class,
            description = "What Linum keeps for the backward pass: everything, costly, checkpoints "
                    + "(default: everything).")
    List<Saving> saving = List.of();

    @Option(
            names = "--threads",
            split = ",",
            description = "Numbers of threads (default: 1,2 as far as there are cores).")
    List<Integer> threads = List.of();

    @Option(
            names = "--peers",
            split = ",",
            description = "torch, flax, keras, djl, dl4j, or none (default: torch,flax).")
    List<String> peers = List.of();

    @Option(names = "--against", description = "Another checkout of Linum that is built, or a folder of its jars.")
    List<Path> against = List.of();

    @Option(names = "--pairs", description = "Rounds (default: 7).")
    int pairs = 7;

    @Option(names = "--quick", description = "Shorter warm-up and samples: seconds instead of a minute per case.")
    boolean quick;

    @Option(names = "--full", description = "All cells, shapes, modes, lengths, directions, peers and extras: hours.")
    boolean full;

    @Option(
            names = "--products",
            description = "Also matrix products, beside PyTorch and NumPy, and how near to their rate layers come.")
    boolean products;

    @Option(names = "--memory", description = "Also the peak memory of a fresh process per case.")
    boolean memory;

    @Option(names = "--startup", description = "Also the time from starting a process to its first result.")
    boolean startup;

    @Option(names = "--size", description = "Also the size of what a user downloads.")
    boolean size;

    @Option(names = "--out", description = "Folder for the report (default: ${DEFAULT-VALUE}).")
    Path out = Path.of("bench-results");

    @Option(names = "--jvm", description = "More options for Linum's JVM, such as --jvm=-XX:+UseParallelGC.")
    List<String> jvm = List.of();

    @Option(names = "--debug", description = "Show where an error comes from.", scope = ScopeType.INHERIT)
    boolean debug;

    static final class Cells implements ITypeConverter<CellKind> {
        @Override
        public CellKind convert(String text) {
            return read(word -> Case.named(CellKind.class, word), text);
        }
    }

    static final class Modes implements ITypeConverter<Mode> {
        @Override
        public Mode convert(String text) {
            return read(word -> Case.named(Mode.class, word), text);
        }
    }

    static final class Savings implements ITypeConverter<Saving> {
        @Override
        public Saving convert(String text) {
            return read(word -> Case.named(Saving.class, word), text);
        }
    }

    static final class Sizes implements ITypeConverter<Size> {
        @Override
        public Size convert(String text) {
            return read(Size::parse, text);
        }
    }

    /// Picocli shows the sentence of this exception alone.
    private static <T> T read(Function<String, T> reading, String text) {
        try {
            return reading.apply(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    @Override
    public Integer call() throws Exception {
        var processors = Processors.here();
        var selection = new Selection(
                given(cells, full ? List.of(CellKind.values()) : List.of(CellKind.LSTM, CellKind.GRU)),
                given(shapes, full ? FULL : quick ? QUICK : USUAL),
                given(modes, List.of(Mode.values())),
                both(dense || full, ragged || full, Lengths.DENSE, Lengths.RAGGED),
                both(uni || full, bi || full, Direction.UNI, Direction.BI),
                dropout || full ? List.of(0.0, Selection.RATE) : List.of(0.0),
                given(saving, List.of(Saving.EVERYTHING)));
        if (pairs < 1) {
            throw new IllegalArgumentException("--pairs is at least 1, found " + pairs);
        }
        for (int count : threads) {
            checkThreads(count);
        }
        int cores = Math.max(1, processors.allowed().size());
        List<Integer> counts =
                given(threads, List.of(1, 2)).stream().filter(n -> n <= cores).toList();
        if (counts.isEmpty()) {
            throw new IllegalArgumentException(
                    "more threads than processors: " + threads + ", but there are " + cores + " processors");
        }
        var effort = quick ? new Match.Effort(pairs, 1, 0.1) : new Match.Effort(pairs, 2, 0.25);
        makeFolder();
        try (var bench = new Bench(participants(), processors, effort, out, new Progress(System.err))) {
            var extras = new Extras(memory || full, startup || full, size || full);
            List<String> given = spec.commandLine().getParseResult().originalArgs();
            List<Product> multiplied = products || full ? Product.USUAL : List.of();
            bench.run(selection.cases(), multiplied, counts, extras, given, results -> new Report(results).write(out));
            System.out.println(Files.readString(out.resolve("report.md")));
            System.err.println("Written to " + out.toAbsolutePath());
        }
        return 0;
    }

    static void checkThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("--threads is at least 1, found " + threads);
        }
    }

    private void makeFolder() throws IOException {
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new IOException("--out " + out + ": this is no folder; give one");
        }
        try {
            Files.createDirectories(out);
            Files.delete(Files.createTempFile(out, ".", ".part"));
        } catch (IOException e) {
            throw new IOException("--out " + out + ": no report can be written there; give another folder", e);
        }
    }

    private List<Peer> participants() throws IOException {
        Path root = Path.of(System.getProperty("linum.home", ".")).toAbsolutePath();
        String classPath = System.getProperty("java.class.path");
        var all = new ArrayList<Peer>();
        all.add(Peer.linum("linum", classPath, jvm));
        for (Path other : against) {
            String name = "linum@" + other.toAbsolutePath().normalize().getFileName();
            String theirs = Peer.build(other).map(Path::toString).collect(Collectors.joining(":"));
            all.add(Peer.linum(name, theirs + ":" + withoutLinum(classPath), jvm));
        }
        var names = new ArrayList<>(full && peers.isEmpty() ? Peer.NAMES : given(peers, List.of("torch", "flax")));
        names.remove("none");
        if (!names.isEmpty() && (products || full)) {
            names.add(Peer.NUMPY);
        }
        for (String name : names) {
            all.add(Peer.named(name, root.resolve("linum-bench/peers"), classPath));
        }
        return all;
    }

    private static String withoutLinum(String classPath) {
        return Stream.of(classPath.split(":"))
                .filter(path ->
                        !Path.of(path).getFileName().toString().matches("linum-(graph|cpu|simd|nn|train|io)-.*\\.jar"))
                .collect(Collectors.joining(":"));
    }

    private static <T> List<T> given(List<T> given, List<T> otherwise) {
        return given.isEmpty() ? otherwise : given;
    }

    /// The first unless only the second is wanted.
    private static <T> List<T> both(boolean one, boolean two, T first, T second) {
        if (!two) {
            return List.of(first);
        }
        return one ? List.of(first, second) : List.of(second);
    }
}
