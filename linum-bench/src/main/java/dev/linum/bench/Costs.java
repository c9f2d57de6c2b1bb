package dev.linum.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What a library costs besides running time; each number comes from fresh processes on one processor.
record Costs(List<Peer> peers, Processors processors, Path folder, Function<Peer, Path> logs, Progress progress) {

    private static final int STARTS = 5;
    private static final int RUNS = 3;
    private static final Case SMALL = new Case(
            Case.CellKind.LSTM,
            new Case.Size(1, 100, 64, 64),
            Case.Mode.INFER,
            Case.Lengths.DENSE,
            Case.Direction.UNI,
            0,
            Case.Saving.EVERYTHING);

    /// Peak bytes of a process that does a case a few times, by case and peer.
    Map<String, Map<String, Long>> memory(List<Case> cases) throws IOException {
        var all = new LinkedHashMap<String, Map<String, Long>>();
        for (Case what : cases) {
            Fixture fixture = Fixture.write(what, folder.resolve("case.safetensors"));
            var peaks = new LinkedHashMap<String, Long>();
            for (Peer peer : peers) {
                try (Worker worker = Worker.start(peer, 1, processors, logs.apply(peer))) {
                    worker.prepare(what, fixture.file());
                    worker.ask(Worker.request("time").put("repetitions", RUNS));
                    peaks.put(
                            peer.name(),
                            worker.ask(Worker.request("peak")).path("bytes").asLong());
                } catch (Worker.Refused _) {
                    // The table of times says why.
                }
            }
            all.put(what.toString(), peaks);
            progress.say("memory of %s: %s", what, peaks);
        }
        return all;
    }

    /// Seconds from starting a process to the outputs of a small LSTM, by peer, in turns.
    ///
    /// Linum takes part twice: as it is, and with the archive of classes that its users are told to make.
    Map<String, double[]> startup() throws IOException {
        Fixture fixture = Fixture.write(SMALL, folder.resolve("small.safetensors"));
        var starters = new ArrayList<Peer>();
        for (Peer peer : peers) {
            starters.add(peer);
            if (peer.isLinum()) {
                archived(peer, fixture).ifPresent(starters::add);
            }
        }
        var all = new LinkedHashMap<String, double[]>();
        for (int i = 0; i < STARTS; i++) {
            for (Peer peer : starters) {
                try {
                    double took = start(peer, fixture);
                    all.computeIfAbsent(peer.name(), _ -> new double[STARTS])[i] = took;
                } catch (Worker.Refused e) {
                    progress.say("%s did not start: %s", peer.name(), e.getMessage());
                }
            }
        }
        return all;
    }

    /// The peer with an archive of the classes of a start, made as docs/start-up.md has it.
    private Optional<Peer> archived(Peer peer, Fixture fixture) throws IOException {
        Path classes = folder.resolve(peer.name() + ".classes");
        Path archive = folder.resolve(peer.name() + ".jsa");
        try {
            start(peer.withOptions("listing", "-XX:DumpLoadedClassList=" + classes), fixture);
            Peer dumping = peer.withOptions(
                    "dumping",
                    "-Xshare:dump",
                    "-XX:SharedClassListFile=" + classes,
                    "-XX:SharedArchiveFile=" + archive);
            new ProcessBuilder(dumping.command().of(1))
                    .redirectErrorStream(true)
                    .redirectOutput(logs.apply(dumping).toFile())
                    .start()
                    .waitFor();
        } catch (Worker.Refused e) {
            progress.say("%s did not start: %s", peer.name(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!Files.exists(archive)) {
            progress.say("%s made no archive of its classes; see %s", peer.name(), logs.apply(peer));
            return Optional.empty();
        }
        return Optional.of(peer.withOptions("with archive", "-XX:SharedArchiveFile=" + archive));
    }

    private double start(Peer peer, Fixture fixture) throws IOException, Worker.Refused {
        long start = System.nanoTime();
        try (Worker worker = Worker.start(peer, 1, processors, logs.apply(peer))) {
            worker.prepare(SMALL, fixture.file());
            worker.ask(Worker.request("time").put("repetitions", 1));
            return (System.nanoTime() - start) / 1e9;
        }
    }

    /// Bytes of the files that a user downloads, by peer: jars, or wheels with all that they depend on.
    Map<String, Long> sizes() throws IOException {
        var all = new LinkedHashMap<String, Long>();
        for (Peer peer : peers) {
            all.put(peer.name(), peer.download().bytes());
        }
        return all;
    }
}
