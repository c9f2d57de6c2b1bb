package dev.linum.bench;

import java.io.PrintStream;

/// One line on the terminal for each task.
record Progress(PrintStream out) {

    void say(String format, Object... values) {
        out.printf(format + "%n", values);
    }

    void outcome(int number, int of, Outcome outcome) {
        var line = new StringBuilder("%d/%d  %s, %d thread%s: "
                .formatted(number, of, outcome.what(), outcome.threads(), outcome.threads() == 1 ? "" : "s"));
        Outcome.Timed linum = outcome.linum();
        line.append("linum %.2f ms".formatted(linum.median() * 1e3));
        for (Outcome.Entry entry : outcome.entries()) {
            switch (entry) {
                case Outcome.Timed timed when timed == linum -> {}
                case Outcome.Timed timed ->
                    line.append(", %s %.2f ms (x%.2f)"
                            .formatted(timed.peer(), timed.median() * 1e3, Outcome.median(timed.ratios(linum))));
                case Outcome.Absent absent ->
                    line.append(", ").append(absent.peer()).append(" -");
            }
        }
        if (outcome.disturbance() > 0.05) {
            line.append("  [others took %.0f %%]".formatted(outcome.disturbance() * 100));
        }
        out.println(line);
    }
}
