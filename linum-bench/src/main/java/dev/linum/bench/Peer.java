package dev.linum.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A library that takes part, and how its worker process is started.
///
/// @param name as on the command line and in tables
/// @param missing why it cannot take part, if it cannot
/// @param command the worker's command for a number of threads
/// @param environment more variables for the worker, for a number of threads
/// @param download what a user downloads to have it
record Peer(String name, Optional<String> missing, Command command, Environment environment, Download download) {

    /// Makes a command.
    public interface Command {
        List<String> of(int threads);
    }

    /// Makes variables.
    public interface Environment {
        Map<String, String> of(int threads);
    }

    /// Adds up the files that a user downloads.
    public interface Download {
        long bytes() throws IOException;
    }

    private static final String LINUM = "linum";
    private static final String WORKER = "dev.linum.bench.worker.LinumWorker";

    /// A library without layers, for products alone.
    static final String NUMPY = "numpy";

    /// The names of the peers with layers, in the order of tables.
    public static final List<String> NAMES = List.of("torch", "flax", "keras", "djl", "dl4j");

    /// Linum as it is built here, or elsewhere.
    ///
    /// @param classPath the jars of Linum and of the worker
    /// @param options more options for the JVM
    static Peer linum(String name, String classPath, List<String> options) {
        return new Peer(
                name,
                Optional.empty(),
                threads -> {
                    var command = new ArrayList<>(List.of(java(), "--add-modules=jdk.incubator.vector"));
                    command.add("-Dlinum.threads=" + threads);
                    command.addAll(options);
                    command.addAll(List.of("-cp", classPath, WORKER));
                    return command;
                },
                _ -> Map.of(),
                () -> jars(Stream.of(classPath.split(":")).map(Path::of).filter(Peer::isLinum)));
    }

    /// Whether this is a build of Linum.
    boolean isLinum() {
        return name.startsWith(LINUM);
    }

    /// Whether its layers are timed.
    boolean hasLayers() {
        return !name.equals(NUMPY);
    }

    /// Whether its matrix products are timed, where they are wanted.
    boolean hasProducts() {
        return isLinum() || name.equals("torch") || name.equals(NUMPY);
    }

    /// The same library with more options for its JVM.
    ///
    /// @param how what the name says of it
    Peer withOptions(String how, String... options) {
        Command more = threads -> {
            var words = new ArrayList<>(command.of(threads));
            words.addAll(1, List.of(options));
            return words;
        };
        return new Peer(name + " " + how, missing, more, environment, download);
    }

    private static boolean isLinum(Path file) {
        return file.getFileName().toString().matches("linum-(graph|cpu|simd|nn|train)-.*\\.jar");
    }

    private static long jars(Stream<Path> files) throws IOException {
        long sum = 0;
        for (Path file : files.filter(f -> f.toString().endsWith(".jar")).toList()) {
            sum += Files.size(file);
        }
        return sum;
    }

    /// A peer by name.
    ///
    /// @param home the folder `peers`
    /// @param classPath the jars of Linum and of the workers' protocol
    static Peer named(String name, Path home, String classPath) {
        return switch (name) {
            case "torch", "flax", "keras", NUMPY -> python(name, home);
            case "djl", "dl4j" -> jvm(name, home, classPath);
            default -> throw new IllegalArgumentException("there is no peer \"" + name + "\"; there are " + NAMES);
        };
    }

    private static Peer python(String name, Path home) {
        Path python = home.resolve(".venv/bin/python");
        Optional<String> missing = Files.isExecutable(python)
                ? Optional.empty()
                : Optional.of("not installed; linum-bench/peers/install python does it");
        return new Peer(
                name,
                missing,
                _ -> List.of(python.toString(), home.resolve("serve.py").toString(), name),
                threads -> Map.of(
                        "OMP_NUM_THREADS", "" + threads,
                        "MKL_NUM_THREADS", "" + threads,
                        "LINUM_BENCH_THREADS", "" + threads,
                        "JAX_PLATFORMS", "cpu",
                        "JAX_ENABLE_X64", "0"),
                () -> wheels(python, home.resolve("wheels.py"), name));
    }

    private static Peer jvm(String name, Path home, String classPath) {
        Path built = home.resolve(name).resolve("target");
        Optional<String> missing =
                Files.isDirectory(built.resolve("classes")) && Files.isDirectory(built.resolve("lib"))
                        ? Optional.empty()
                        : Optional.of("not installed; linum-bench/peers/install jvm does it");
        String path = built.resolve("classes") + ":" + built.resolve("lib") + "/*:" + classPath;
        return new Peer(
                name,
                missing,
                threads -> List.of(
                        java(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dlinum.bench.threads=" + threads,
                        "-cp",
                        path,
                        "dev.linum.bench.peers.Worker"),
                threads -> Map.of("OMP_NUM_THREADS", "" + threads, "MKL_NUM_THREADS", "" + threads),
                () -> {
                    try (var files = Files.list(built.resolve("lib"))) {
                        return jars(files);
                    }
                });
    }

    private static long wheels(Path python, Path script, String name) throws IOException {
        Process process = new ProcessBuilder(python.toString(), script.toString(), name)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (!printed.matches("\\d+")) {
            throw new IOException(script + " printed no number of bytes for " + name + " but \"" + printed + "\"");
        }
        return Long.parseLong(printed);
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /// The class path of another build of Linum: its modules' classes, or the jars of a folder.
    static Stream<Path> build(Path folder) {
        List<String> modules = List.of("graph", "cpu", "simd", "nn", "train", "io");
        return modules.stream().map(module -> {
            Path classes = folder.resolve("linum-" + module).resolve("target/classes");
            if (Files.isDirectory(classes)) {
                return classes;
            }
            try (var files = Files.list(folder)) {
                return files.filter(f -> f.getFileName().toString().matches("linum-" + module + "-\\d.*\\.jar"))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("no build of linum-" + module + " in " + folder
                                + "; give a checkout that is built, or a folder with Linum's jars"));
            } catch (IOException e) {
                throw new IllegalArgumentException("there is no folder " + folder, e);
            }
        });
    }
}
