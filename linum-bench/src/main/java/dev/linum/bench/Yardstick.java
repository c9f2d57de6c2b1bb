package dev.linum.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The large product that was the fastest, timed once more beside each round of a layer.
///
/// What a machine gives changes from minute to minute. A layer is to be compared with what it gave in that minute, not
/// in the best one.
///
/// @param worker in which nothing else runs
record Yardstick(Worker worker, Product what, int repetitions) implements AutoCloseable {

    /// A large product and who multiplied it.
    record Choice(Peer peer, Product what) {}

    /// The large product of the highest rate, if any was timed on so many threads.
    static Optional<Choice> choice(List<Outcome> outcomes, int threads, List<Peer> peers) {
        record Rated(Choice choice, double rate) {}
        return outcomes.stream()
                .filter(outcome -> outcome.threads() == threads && outcome.isLarge())
                .flatMap(outcome -> outcome.entries().stream()
                        .filter(Outcome.Timed.class::isInstance)
                        .map(Outcome.Timed.class::cast)
                        .flatMap(timed -> peers.stream()
                                .filter(peer -> peer.name().equals(timed.peer()))
                                .map(peer -> new Rated(
                                        new Choice(peer, (Product) outcome.what()),
                                        outcome.what().operations() / timed.median()))))
                .max(Comparator.comparingDouble(Rated::rate))
                .map(Rated::choice);
    }

    static Yardstick start(
            Choice choice, int threads, Processors processors, Match.Effort effort, Path folder, Path log)
            throws IOException, Worker.Refused {
        Worker worker = Worker.start(choice.peer(), threads, processors, log);
        try {
            worker.prepare(
                    choice.what(),
                    Fixture.write(choice.what(), folder.resolve("yardstick.safetensors"))
                            .file());
            double seconds =
                    worker.ask(Match.warmUp(3 * effort.warm())).path("seconds").asDouble();
            return new Yardstick(worker, choice.what(), effort.repetitions(seconds));
        } catch (IOException | RuntimeException | Worker.Refused e) {
            worker.close();
            throw e;
        }
    }

    /// The operations per second that it reaches now.
    double rate() throws Worker.Refused {
        return what.operations() * repetitions / worker.time(repetitions);
    }

    @Override
    public void close() {
        worker.close();
    }
}
