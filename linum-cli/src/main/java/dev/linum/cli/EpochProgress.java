package dev.linum.cli;

import dev.linum.train.Fit;
import java.io.PrintWriter;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;

/// Shows how the training of a demo goes: a bar in a terminal, a line for each epoch elsewhere.
record EpochProgress(Optional<ProgressBar> bar, PrintWriter out, Interruption interruption)
        implements Fit.Listener, AutoCloseable {

    static EpochProgress of(int steps, PrintWriter out, Interruption interruption) {
        boolean terminal = System.console() != null && System.console().isTerminal();
        return new EpochProgress(
                terminal ? Optional.of(new ProgressBar("training", steps)) : Optional.empty(), out, interruption);
    }

    @Override
    public void step(int epoch, double loss) {
        bar.ifPresent(ProgressBar::step);
    }

    @Override
    public void epoch(Fit.Report report) {
        bar.ifPresentOrElse(shown -> shown.setExtraMessage("validation %.3f".formatted(report.score())), () -> {
            out.printf("epoch %d: loss %.3f, validation %.3f%n", report.number(), report.loss(), report.score());
            out.flush();
        });
    }

    @Override
    public boolean isStopping() {
        return interruption.isAsked();
    }

    @Override
    public void close() {
        bar.ifPresent(ProgressBar::close);
    }
}
