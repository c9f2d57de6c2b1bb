package dev.linum.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The process of one peer, asked by a line of JSON, answering by a line of JSON.
///
/// It lives for many cases, so neither its start nor its warming up is timed; while others are asked it waits for
/// input and takes no processor time.
final class Worker implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();

    private final Peer peer;
    private final Path log;
    private final Process process;
    private final BufferedWriter requests;
    private final BufferedReader answers;

    /// Why a worker gave no answer to go on with.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        /// Whether the peer said that it has no such layer.
        final boolean lacking;

        Refused(String message, boolean lacking) {
            super(message);
            this.lacking = lacking;
        }
    }

    private Worker(Peer peer, Path log, Process process) {
        this.peer = peer;
        this.log = log;
        this.process = process;
        this.requests = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /// Starts a worker on some processors.
    ///
    /// @param log the file that its standard error is added to
    static Worker start(Peer peer, int threads, Processors processors, Path log) throws IOException {
        var command = new ArrayList<>(processors.pin(threads));
        command.addAll(peer.command().of(threads));
        var builder = new ProcessBuilder(command);
        builder.environment().putAll(peer.environment().of(threads));
        builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        return new Worker(peer, log, builder.start());
    }

    Peer peer() {
        return peer;
    }

    long pid() {
        return process.pid();
    }

    static ObjectNode request(String what) {
        return JSON.createObjectNode().put("do", what);
    }

    /// Asks and waits for the answer.
    JsonNode ask(ObjectNode request) throws Refused {
        String line;
        try {
            requests.write(JSON.writeValueAsString(request));
            requests.newLine();
            requests.flush();
            line = answers.readLine();
        } catch (IOException e) {
            throw died();
        }
        if (line == null) {
            throw died();
        }
        JsonNode answer;
        try {
            answer = JSON.readTree(line);
        } catch (JacksonException e) {
            throw new Refused(peer.name() + " answered no JSON but \"" + line + "\"", false);
        }
        Optional<String> lacks = answer.path("lacks").asStringOpt();
        if (lacks.isPresent()) {
            throw new Refused(lacks.get(), true);
        }
        Optional<String> error = answer.path("error").asStringOpt();
        if (error.isPresent()) {
            throw new Refused(error.get() + " (more in " + log + ")", false);
        }
        return answer;
    }

    JsonNode prepare(Task what, Path fixture) throws Refused {
        ObjectNode request = request("prepare");
        String kind = switch (what) {
            case Case _ -> "case";
            case Product _ -> "product";
        };
        request.set(kind, what.json());
        request.put("fixture", fixture.toString());
        return ask(request);
    }

    /// Runs so many times; returns the seconds that took.
    double time(int repetitions) throws Refused {
        return ask(request("time").put("repetitions", repetitions))
                .path("seconds")
                .asDouble();
    }

    String about() throws Refused {
        return ask(request("about")).path("about").asString();
    }

    List<Double> losses(int steps) throws Refused {
        return ask(request("losses").put("steps", steps))
                .path("losses")
                .valueStream()
                .map(JsonNode::asDouble)
                .toList();
    }

    private Refused died() {
        return new Refused(peer.name() + "'s worker ended without an answer; see " + log, false);
    }

    @Override
    public void close() {
        try {
            requests.close();
        } catch (IOException _) {
            // It has ended already.
        }
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
