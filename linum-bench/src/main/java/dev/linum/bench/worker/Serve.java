package dev.linum.bench.worker;

import dev.linum.bench.Case;
import dev.linum.bench.Product;
import dev.linum.graph.Array;
import dev.linum.io.Safetensors;
import dev.linum.nn.Variables;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The loop of a worker process on the JVM: a line of JSON in, a line of JSON out, until the input ends.
///
/// `serve.py` in `peers` is the same for Python. What an engine prints goes to standard error.
public final class Serve {

    private static final JsonMapper JSON = JsonMapper.shared();

    private static final int PATIENCE = 8;

    private final Engine engine;
    private Engine.Session session;
    private Engine.Trainable layer;

    private Serve(Engine engine) {
        this.engine = engine;
    }

    /// Serves requests from standard input.
    public static void run(Engine engine) throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err);
        var serve = new Serve(engine);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answers.println(JSON.writeValueAsString(serve.answer(JSON.readTree(line))));
            answers.flush();
        }
        System.exit(0);
    }

    private ObjectNode answer(JsonNode request) {
        ObjectNode answer = JSON.createObjectNode();
        try {
            switch (request.path("do").asString()) {
                case "about" -> answer.put("about", engine.about());
                case "prepare" -> {
                    session = null;
                    layer = null;
                    Path fixture = Path.of(request.path("fixture").asString());
                    if (request.has("product")) {
                        session = engine.product(Product.of(request.path("product")), fixture)
                                .orElseThrow(() -> new IllegalArgumentException(engine.about() + " times no products"));
                    } else {
                        layer = engine.prepare(Case.of(request.path("case")), fixture);
                        session = layer;
                    }
                    answer.put("way", session.way());
                }
                case "outputs" -> write(Path.of(request.path("file").asString()));
                case "losses" -> {
                    var losses = answer.putArray("losses");
                    for (int i = 0; i < request.path("steps").asInt(); i++) {
                        losses.add(layer.train());
                    }
                }
                case "warm" -> warm(request, answer);
                case "time" ->
                    answer.put("seconds", time(request.path("repetitions").asInt()));
                case "peak" -> answer.put("bytes", peak());
                default -> throw new IllegalArgumentException("unknown request " + request);
            }
        } catch (UnsupportedOperationException e) {
            answer.put("lacks", String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException | LinkageError | OutOfMemoryError e) {
            e.printStackTrace();
            answer.put("error", e.toString());
        }
        return answer;
    }

    private void write(Path file) throws IOException {
        float[] outputs = session.outputs();
        Safetensors.save(file, Variables.of(Map.of("outputs", Array.of(outputs, outputs.length))));
    }

    /// Runs until so much processor time is spent, the runs do not get faster any more and nothing goes on beside them;
    /// answers with the shortest time of one run in the last quarter.
    ///
    /// Processor time, since on a busy machine a compiler in the background may have had little of it.
    private void warm(JsonNode request, ObjectNode answer) {
        double wanted = request.path("seconds").asDouble();
        int least = request.path("least").asInt();
        long start = System.nanoTime();
        double spent = cpu();
        double best = Double.POSITIVE_INFINITY;
        double quarter = Double.POSITIVE_INFINITY;
        int count = 0;
        boolean better = true;
        while (count < least
                || cpu() - spent < wanted
                || (better || !engine.isSettled()) && System.nanoTime() - start < PATIENCE * wanted * 1e9) {
            quarter = Double.POSITIVE_INFINITY;
            double end = System.nanoTime() + wanted / 4 * 1e9;
            do {
                quarter = Math.min(quarter, time(1));
                count++;
            } while (System.nanoTime() < end);
            better = quarter < 0.97 * best;
            best = Math.min(best, quarter);
        }
        answer.put("repetitions", count);
        answer.put("seconds", quarter);
    }

    private static double cpu() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(time -> time.toNanos() / 1e9)
                .orElse(Double.POSITIVE_INFINITY);
    }

    private double time(int repetitions) {
        long start = System.nanoTime();
        for (int i = 0; i < repetitions; i++) {
            session.run();
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static long peak() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElse(0L);
    }
}
