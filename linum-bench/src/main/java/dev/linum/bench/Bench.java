package dev.linum.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A run: starts one worker per peer and number of threads, and plays all cases.
final class Bench implements AutoCloseable {

    private final List<Peer> peers;
    private final Processors processors;
    private final Match.Effort effort;
    private final Path logs;
    private final Path folder;
    private final Progress progress;

    private final Map<String, String> abouts = new LinkedHashMap<>();
    private final Map<String, String> missing = new LinkedHashMap<>();

    Bench(List<Peer> peers, Processors processors, Match.Effort effort, Path out, Progress progress)
            throws IOException {
        this.peers = peers;
        this.processors = processors;
        this.effort = effort;
        this.logs = Files.createDirectories(out.resolve("logs"));
        this.folder = Files.createTempDirectory("linum-bench");
        this.progress = progress;
    }

    Results run(List<Case> cases, List<Integer> threads, Extras extras, List<String> command)
            throws IOException, Worker.Refused {
        for (Peer peer : peers) {
            peer.missing().ifPresent(why -> {
                progress.say("%s is missing: %s", peer.name(), why);
                missing.put(peer.name(), why);
            });
            Files.deleteIfExists(log(peer));
        }
        var outcomes = new ArrayList<Outcome>();
        for (int count : threads) {
            outcomes.addAll(play(cases, count, outcomes.size(), cases.size() * threads.size()));
        }
        var costs = new Costs(present(), processors, folder, this::log, progress);
        return new Results(
                Instant.now(),
                Machine.here(),
                processors.pins(),
                command,
                effort,
                peers.stream().map(Peer::name).toList(),
                abouts,
                missing,
                outcomes,
                extras.memory() ? costs.memory(cases) : Map.of(),
                extras.startup() ? costs.startup() : Map.of(),
                extras.size() ? costs.sizes() : Map.of());
    }

    private List<Peer> present() {
        return peers.stream().filter(peer -> !missing.containsKey(peer.name())).toList();
    }

    private List<Outcome> play(List<Case> cases, int threads, int before, int all)
            throws IOException, Worker.Refused {
        var workers = new ArrayList<Worker>();
        try {
            for (Peer peer : present()) {
                Worker worker = Worker.start(peer, threads, processors, log(peer));
                workers.add(worker);
                try {
                    abouts.merge(peer.name(), worker.about(), (a, b) -> a.equals(b) ? a : a + "; " + b);
                } catch (Worker.Refused e) {
                    if (peer == peers.getFirst()) {
                        throw e;
                    }
                    workers.remove(worker);
                    worker.close();
                    progress.say("%s is missing: %s", peer.name(), e.getMessage());
                    missing.put(peer.name(), e.getMessage());
                }
            }
            var match = new Match(workers, threads, processors, effort, folder);
            var outcomes = new ArrayList<Outcome>();
            for (Case what : cases) {
                Outcome outcome = match.play(what);
                outcomes.add(outcome);
                progress.outcome(before + outcomes.size(), all, outcome);
            }
            return outcomes;
        } finally {
            workers.forEach(Worker::close);
        }
    }

    private Path log(Peer peer) {
        return logs.resolve(peer.name() + ".log");
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
