package dev.linum.bench.worker;

import dev.linum.bench.Case;
import dev.linum.bench.Product;
import dev.linum.cpu.Background;
import dev.linum.graph.Backends;
import dev.linum.graph.Bundle;
import dev.linum.graph.Compiled;
import dev.linum.graph.Key;
import dev.linum.graph.Saving;
import dev.linum.graph.Spare;
import dev.linum.graph.Tensor;
import dev.linum.io.Safetensors;
import dev.linum.nn.Bidirectional;
import dev.linum.nn.Cell;
import dev.linum.nn.GruCell;
import dev.linum.nn.LstmCell;
import dev.linum.nn.Recurrent;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.RnnOutput;
import dev.linum.nn.RnnSettings;
import dev.linum.nn.SimpleCell;
import dev.linum.nn.Variables;
import dev.linum.train.Adam;
import dev.linum.train.Trainer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/// Linum, used as a program would use it that answers many calls and trains: `layer.bind`, whose results it gives back
/// when it has read them, and `Trainer.advance`.
public final class LinumEngine implements Engine {

    /// Milliseconds of compiling since it was asked last that change nothing any more.
    private static final long LITTLE = 20;

    private long compiling;

    @Override
    public String about() {
        return "Linum " + version() + " on " + Backends.current().name() + ", Java " + Runtime.version();
    }

    /// The version that the build wrote into the module of the library, which may be another build than this worker's.
    private static String version() {
        try {
            var classes = Path.of(Tensor.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return ModuleFinder.of(classes).findAll().stream()
                    .flatMap(module -> module.descriptor().rawVersion().stream())
                    .findFirst()
                    .orElse("of unknown version");
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the classes of Linum lie at no place", e);
        }
    }

    @Override
    public Trainable prepare(Case what, Path fixture) throws IOException {
        Variables all = Safetensors.load(fixture).variables();
        return withLayer(what, layer -> new Layer<>(what, layer, all));
    }

    /// A thread of Linum has vector code compiled and tries out loops, and ends when there is nothing left to do; the
    /// JVM's own compile what runs often, which on one core may take many seconds.
    @Override
    public boolean isSettled() {
        long before = compiling;
        compiling = ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
        return compiling - before < LITTLE
                && Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals(Background.NAME));
    }

    @Override
    public Optional<Session> product(Product what, Path fixture) throws IOException {
        Variables both = Safetensors.load(fixture).variables();
        return Optional.of(
                new LinumProduct(what, both.get("a").array(), both.get("b").array()));
    }

    /// The layer of a case, for whatever its carry is.
    public static Recurrent<?> layer(Case what) {
        int hidden = what.size().hidden();
        return switch (what.cell()) {
            case SIMPLE -> directed(what, SimpleCell.of(hidden));
            case LSTM ->
                directed(
                        what,
                        what.dropout() > 0
                                ? new DroppedLstm(LstmCell.of(hidden), what.dropout())
                                : LstmCell.of(hidden));
            case GRU -> directed(what, GruCell.of(hidden));
            case LNLSTM -> directed(what, new LayerNormLstmCell(hidden));
            case LEAKY -> directed(what, new LeakyCell(hidden, 0.1));
        };
    }

    private static <C extends Bundle<C>> Recurrent<?> directed(Case what, Cell<C> cell) {
        if (what.dropout() > 0 && what.cell() != Case.CellKind.LSTM) {
            throw new UnsupportedOperationException("recurrent dropout is compared for the LSTM alone");
        }
        return switch (what.direction()) {
            case UNI -> saving(what, Rnn.of(cell));
            case BI -> saving(what, Bidirectional.of(cell, cell));
        };
    }

    /// Older builds, which can be compared with, keep everything and have no word for it.
    private static <S extends RnnSettings<?, S>> S saving(Case what, S layer) {
        return switch (what.saving()) {
            case EVERYTHING -> layer;
            case COSTLY -> layer.withSaving(Saving.costly());
            case CHECKPOINTS -> layer.withSaving(Saving.checkpoints());
        };
    }

    private static Trainable withLayer(Case what, Function<Recurrent<?>, Trainable> then) {
        return then.apply(layer(what));
    }

    private static final class Layer<C extends Bundle<C>> implements Trainable {

        private final Compiled<RnnInput<C>, RnnOutput<C>> model;
        private final Spare spare = new Spare();
        private final RnnInput<C> in;
        private final Trainer<RnnInput<C>> trainer;
        private final Case.Mode mode;
        private Trainer.State state;
        private int step;

        Layer(Case what, Recurrent<C> layer, Variables all) {
            Variables variables = all.params();
            this.model = layer.bind(variables);
            this.mode = what.mode();
            RnnInput<C> dense = RnnInput.of(all.get("inputs"));
            int[] lengths = all.get("lengths").array().toInts();
            this.in = what.lengths() == Case.Lengths.RAGGED ? dense.withLengths(lengths) : dense;
            double share = 1.0 / ((double) Arrays.stream(lengths).sum() * what.width());
            this.trainer = Trainer.of(
                    (scope, batch) ->
                            layer.call(scope, batch).outputs().square().sum().times(share),
                    Adam.of(0.001));
            this.state = trainer.start(variables);
        }

        @Override
        public void run() {
            switch (mode) {
                case INFER -> model.apply(in, spare).leaves().forEach(result -> spare.give(result.array()));
                case TRAIN -> train();
            }
        }

        @Override
        public float[] outputs() {
            return model.apply(in).outputs().array().toFloats();
        }

        @Override
        public double train() {
            Trainer.Step next = trainer.advance(state, in, Key.of(step++));
            state = next.state();
            Tensor loss = next.loss();
            return loss.array().item();
        }
    }
}
