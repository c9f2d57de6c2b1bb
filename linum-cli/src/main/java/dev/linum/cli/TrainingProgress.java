package dev.linum.cli;

import dev.linum.cli.model.Score;
import dev.linum.cli.model.Training;
import dev.linum.train.Fit;
import java.io.PrintWriter;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/// Shows how training goes: a bar in a terminal, and a line every few seconds elsewhere.
final class TrainingProgress implements Fit.Listener, Training.Listener, AutoCloseable {

    private static final long NANOS_BETWEEN_LINES = 5_000_000_000L;

    private final Optional<ProgressBar> bar;
    private final PrintWriter out;
    private final Interruption interruption;
    private long lastLine = Long.MIN_VALUE;

    TrainingProgress(long steps, PrintWriter out, Interruption interruption) {
        boolean terminal = System.console() != null && System.console().isTerminal();
        this.bar = terminal
                ? Optional.of(new ProgressBarBuilder()
                        .setTaskName("training")
                        .setInitialMax(steps)
                        .clearDisplayOnFinish()
                        .build())
                : Optional.empty();
        this.out = out;
        this.interruption = interruption;
    }

    @Override
    public void step() {
        bar.ifPresent(ProgressBar::step);
    }

    @Override
    public void step(int epoch, double loss) {
        step();
    }

    @Override
    public void epoch(Fit.Report report) {
        show(
                Score.format("validation %.3f", report.score()),
                Score.format("epoch %d: loss %.3f, validation %.3f", report.number(), report.loss(), report.score()));
    }

    @Override
    public void epoch(Fit.Report report, Score validation, Score best) {
        show(
                validation.figure(),
                Score.format(
                        "epoch %d: loss %.4f; validation %s; best epoch %d: %s",
                        report.number(),
                        report.loss(),
                        validation.brief(),
                        report.best().epoch(),
                        best.brief()));
    }

    private void show(String besideBar, String line) {
        if (bar.isPresent()) {
            bar.get().setExtraMessage(besideBar);
        } else if (lastLine == Long.MIN_VALUE || System.nanoTime() - lastLine > NANOS_BETWEEN_LINES) {
            lastLine = System.nanoTime();
            out.println(line);
            out.flush();
        }
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
