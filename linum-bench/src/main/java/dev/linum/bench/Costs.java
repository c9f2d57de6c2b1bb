package dev.linum.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// What a library costs besides running time; each number comes from fresh processes on one processor.
record Costs(List<Peer> peers, Processors processors, Path folder, Function<Peer, Path> logs, Progress progress) {

    private static final int STARTS = 5;
    private static final int RUNS = 3;
    private static final Case SMALL = new Case(
            Case.CellKind.LSTM,
            new Case.Size(1, 20, 16, 64),
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
    Map<String, double[]> startup() throws IOException {
        Fixture fixture = Fixture.write(SMALL, folder.resolve("small.safetensors"));
        var all = new LinkedHashMap<String, double[]>();
        for (int i = 0; i < STARTS; i++) {
            for (Peer peer : peers) {
                long start = System.nanoTime();
                try (Worker worker = Worker.start(peer, 1, processors, logs.apply(peer))) {
                    worker.prepare(SMALL, fixture.file());
                    worker.ask(Worker.request("time").put("repetitions", 1));
                    double took = (System.nanoTime() - start) / 1e9;
                    all.computeIfAbsent(peer.name(), _ -> new double[STARTS])[i] = took;
                } catch (Worker.Refused e) {
                    progress.say("%s did not start: %s", peer.name(), e.getMessage());
                }
            }
        }
        return all;
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
