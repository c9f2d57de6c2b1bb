package dev.linum.cli.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;

/// A file made ready: what its columns mean, and its sequences in the parts that training needs.
///
/// @param heldOut what results are measured with; nothing is learned or chosen from it
public record Parts(
        Sequences whole, Schema schema, Examples training, Examples validation, Optional<Examples> heldOut) {

    /// How to make a file ready.
    ///
    /// @param task guessed if not given
    /// @param test a file to hold out instead of a part of the sequences
    /// @param holdOut the part of the sequences to hold out, 0 for none
    /// @param validation the part of the others to choose the epoch with
    public record Plan(
            Per per, Optional<Task> task, Optional<Path> test, double holdOut, double validation, long seed) {}

    /// Reads and splits.
    ///
    /// @throws IOException in one sentence that names the file, and line and column where there are such
    public static Parts read(DataFile file, Choice choice, Plan plan) throws IOException {
        Wanted wanted = file.wanted(choice);
        Sequences whole = checked(file.read(wanted), wanted, plan.per());
        Task task = plan.task().isPresent()
                ? plan.task().get()
                : Goals.guess(wanted.target().orElseThrow(), whole);
        var random = new SplittableRandom(plan.seed());
        Optional<Sequences> test = Optional.empty();
        if (plan.test().isPresent()) {
            test = Optional.of(checked(DataFile.open(plan.test().get()).read(wanted), wanted, plan.per()));
        }
        checkEnough(whole, test.isEmpty() && plan.holdOut() > 0);
        Optional<Split> held = test.isEmpty() && plan.holdOut() > 0
                ? Optional.of(Split.draw(whole, plan.holdOut(), plan.per(), task, random))
                : Optional.empty();
        Sequences others = held.map(Split::most).orElse(whole);
        if (others.size() < 2) {
            throw new IOException(whole.source() + " has " + whole.size() + " sequences, of which --hold-out leaves "
                    + others.size() + "; training and validation part need at least one each");
        }
        Split split = Split.draw(others, plan.validation(), plan.per(), task, random);
        Schema schema = Schema.learn(wanted, whole, split.most(), plan.per(), task);
        Encoder encoder = Encoder.withGoals(schema, whole);
        Optional<Examples> heldOut = Optional.empty();
        if (test.isPresent()) {
            heldOut = Optional.of(Encoder.withGoals(schema, test.get()).encode(test.get()));
        } else if (held.isPresent()) {
            heldOut = Optional.of(encoder.encode(held.get().rest()));
        }
        return new Parts(whole, schema, encoder.encode(split.most()), encoder.encode(split.rest()), heldOut);
    }

    private static void checkEnough(Sequences whole, boolean isHeldOut) throws IOException {
        if (whole.size() < (isHeldOut ? 3 : 2)) {
            throw new IOException(whole.source() + " has too few sequences, " + whole.size() + ": "
                    + (isHeldOut ? "training, validation and held-out part" : "training and validation part")
                    + " need at least one each");
        }
    }

    private static Sequences checked(Sequences sequences, Wanted wanted, Per per) throws IOException {
        if (per == Per.SEQUENCE) {
            Goals.checkConstant(sequences, wanted.target().orElseThrow());
        }
        return sequences;
    }
}
