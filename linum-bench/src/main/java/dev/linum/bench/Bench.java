package dev.linum.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// A run: starts one worker per peer and number of threads, and plays all products and cases.
final class Bench implements AutoCloseable {

    /// Takes what is known so far.
    interface Sink {
        void accept(Results results) throws IOException;
    }

    private interface Taker {
        void take(Outcome outcome) throws IOException;
    }

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

    /// Runs everything; hands on what there is after each case, so that a run that is broken off leaves a report.
    ///
    /// Products have workers of their own, so that layers do not find compilers warmed by them.
    void run(
            List<Case> cases,
            List<Product> products,
            List<Integer> threads,
            Extras extras,
            List<String> command,
            Sink sink)
            throws IOException, Worker.Refused {
        for (Peer peer : peers) {
            peer.missing().ifPresent(why -> {
                progress.say("%s is missing: %s", peer.name(), why);
                missing.put(peer.name(), why);
            });
            Files.deleteIfExists(log(peer));
        }
        var outcomes = new ArrayList<Outcome>();
        var costs = new Costs(present(Peer::hasLayers), processors, folder, this::log, progress);
        var startup = extras.startup() ? costs.startup() : Map.<String, double[]>of();
        var sizes = extras.size() ? costs.sizes() : Map.<String, Long>of();
        int all = (products.size() + cases.size()) * threads.size();
        Taker taker = outcome -> {
            outcomes.add(outcome);
            progress.outcome(outcomes.size(), all, outcome);
            sink.accept(results(command, outcomes, Map.of(), startup, sizes));
        };
        for (int count : threads) {
            play(products, Peer::hasProducts, Optional.empty(), count, taker);
            play(cases, Peer::hasLayers, Yardstick.choice(outcomes, count, peers), count, taker);
        }
        var memory = extras.memory() ? costs.memory(cases) : Map.<String, Map<String, Long>>of();
        sink.accept(results(command, outcomes, memory, startup, sizes));
    }

    private Results results(
            List<String> command,
            List<Outcome> outcomes,
            Map<String, Map<String, Long>> memory,
            Map<String, double[]> startup,
            Map<String, Long> sizes) {
        return new Results(
                Instant.now(),
                Machine.here(),
                processors.pins(),
                command,
                effort,
                peers.stream().map(Peer::name).toList(),
                abouts,
                missing,
                outcomes.stream().filter(o -> o.what() instanceof Case).toList(),
                outcomes.stream().filter(o -> o.what() instanceof Product).toList(),
                memory,
                startup,
                sizes);
    }

    private List<Peer> present(Predicate<Peer> wanted) {
        return peers.stream()
                .filter(wanted)
                .filter(peer -> !missing.containsKey(peer.name()))
                .toList();
    }

    private void play(
            List<? extends Task> tasks,
            Predicate<Peer> wanted,
            Optional<Yardstick.Choice> beside,
            int threads,
            Taker taker)
            throws IOException, Worker.Refused {
        if (tasks.isEmpty()) {
            return;
        }
        var workers = new ArrayList<Worker>();
        Optional<Yardstick> yardstick = Optional.empty();
        try {
            for (Peer peer : present(wanted)) {
                Worker worker = Worker.start(peer, threads, processors, log(peer));
                workers.add(worker);
                try {
                    abouts.merge(peer.name(), worker.about(), (a, b) -> a.contains(b) ? a : a + "; " + b);
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
            if (beside.isPresent()) {
                Path log = log(beside.get().peer());
                try {
                    yardstick = Optional.of(Yardstick.start(beside.get(), threads, processors, effort, folder, log));
                } catch (Worker.Refused e) {
                    progress.say("no large product is timed beside the layers: %s", e.getMessage());
                }
            }
            var match = new Match(workers, yardstick, threads, processors, effort, folder);
            Match.Start start = Match.Start.COLD;
            for (Task what : tasks) {
                taker.take(match.play(what, start));
                start = Match.Start.WARM;
            }
        } finally {
            workers.forEach(Worker::close);
            yardstick.ifPresent(Yardstick::close);
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
