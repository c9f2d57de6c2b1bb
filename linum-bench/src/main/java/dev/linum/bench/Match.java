package dev.linum.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Times one task with several workers in turns: A B C, C B A, A B C ...
///
/// Each round times every peer once, one after the other, so a slow minute of the machine slows all of them alike, and
/// the ratio of a round is little disturbed by it. The order turns round from round to round, so nobody always comes
/// first. Where other programs disturb, more rounds are played and the least disturbed ones are kept, whatever their
/// times are.
///
/// @param yardstick timed in each round too, beside the first worker
record Match(
        List<Worker> workers,
        Optional<Yardstick> yardstick,
        int threads,
        Processors processors,
        Effort effort,
        Path folder) {

    /// How long to take.
    ///
    /// @param pairs the number of rounds
    /// @param warm seconds of warming up for each peer
    /// @param sample seconds of one timing, at least one run
    record Effort(int pairs, double warm, double sample) {

        /// How many runs make a sample if one takes so long.
        int repetitions(double seconds) {
            return (int) Math.clamp(sample / seconds, 1, 100_000);
        }
    }

    /// What the workers did before.
    enum Start {
        /// Nothing.
        COLD,
        /// Other tasks.
        WARM
    }

    private static final int LEAST = 3;

    /// The share of the processors' time that others may take in a round that counts as quiet.
    private static final double QUIET = 0.05;

    /// How many times the rounds wanted are played at most, in search of quiet ones.
    private static final int PATIENCE = 3;

    /// Seconds of one run of each peer, the share of the processors' time that others took meanwhile, and the rate of
    /// the yardstick.
    private record Round(double[] seconds, double disturbance, double rate) {}

    private record Ready(Worker worker, String way, Agreement agreement, int warm, int repetitions) {}

    /// Plays a task.
    ///
    /// @param start how much the workers have to warm up
    Outcome play(Task what, Start start) throws IOException, Worker.Refused {
        Fixture fixture = Fixture.write(what, folder.resolve("task.safetensors"));
        var entries = new LinkedHashMap<String, Outcome.Entry>();
        var ready = new ArrayList<Ready>();
        Agreement.Evidence first = null;
        for (Worker worker : workers) {
            try {
                String way = worker.prepare(what, fixture.file()).path("way").asString();
                var evidence = Agreement.evidence(worker, what, folder);
                first = first == null ? evidence : first;
                Agreement agreement = Agreement.of(what, fixture.lengths(), first, evidence);
                if (!agreement.same()) {
                    throw new Worker.Refused(
                            "computes something else: %s differ by %.2g"
                                    .formatted(agreement.how(), agreement.difference()),
                            false);
                }
                var warm = worker.ask(warmUp(effort.warm() * (start == Start.COLD ? 3 : 1)));
                int repetitions = effort.repetitions(warm.path("seconds").asDouble());
                ready.add(new Ready(
                        worker, way, agreement, warm.path("repetitions").asInt(), repetitions));
            } catch (Worker.Refused e) {
                if (worker == workers.getFirst()) {
                    throw e;
                }
                entries.put(
                        worker.peer().name(), new Outcome.Absent(worker.peer().name(), e.getMessage()));
            }
        }
        return time(what, ready, entries);
    }

    static ObjectNode warmUp(double seconds) {
        return Worker.request("warm").put("seconds", seconds).put("least", LEAST);
    }

    private Outcome time(Task what, List<Ready> ready, Map<String, Outcome.Entry> entries) throws Worker.Refused {
        var rounds = new ArrayList<Round>();
        while (rounds.size() < effort.pairs()
                || rounds.size() < PATIENCE * effort.pairs() && quiet(rounds) < effort.pairs()) {
            rounds.add(round(ready, rounds.size()));
        }
        List<Round> kept = rounds.stream()
                .sorted(Comparator.comparingDouble(Round::disturbance))
                .limit(effort.pairs())
                .toList();
        for (int i = 0; i < ready.size(); i++) {
            Ready one = ready.get(i);
            int at = i;
            String name = one.worker().peer().name();
            double[] seconds = kept.stream().mapToDouble(r -> r.seconds()[at]).toArray();
            entries.put(name, new Outcome.Timed(name, seconds, one.way(), one.agreement(), one.warm()));
        }
        List<Outcome.Entry> ordered = workers.stream()
                .map(worker -> entries.get(worker.peer().name()))
                .toList();
        double disturbance =
                kept.stream().mapToDouble(Round::disturbance).average().orElse(0);
        double[] rates = yardstick.isEmpty()
                ? new double[0]
                : kept.stream().mapToDouble(Round::rate).toArray();
        return new Outcome(what, threads, ordered, disturbance, rates);
    }

    private static long quiet(List<Round> rounds) {
        return rounds.stream().filter(r -> r.disturbance() < QUIET).count();
    }

    private Round round(List<Ready> ready, int number) throws Worker.Refused {
        var seconds = new double[ready.size()];
        double others = 0;
        double total = 0;
        double rate = number % 2 == 0 ? rate() : 0;
        for (int turn = 0; turn < ready.size(); turn++) {
            int at = number % 2 == 0 ? turn : ready.size() - 1 - turn;
            Ready one = ready.get(at);
            double busy = processors.busy(threads);
            double own = Processors.worked(one.worker().pid());
            double took = one.worker().time(one.repetitions());
            own = Processors.worked(one.worker().pid()) - own;
            busy = processors.busy(threads) - busy;
            others += Math.max(0, busy - own);
            total += took * threads;
            seconds[at] = took / one.repetitions();
        }
        return new Round(seconds, others / total, number % 2 == 0 ? rate : rate());
    }

    private double rate() throws Worker.Refused {
        return yardstick.isPresent() ? yardstick.get().rate() : 0;
    }
}
