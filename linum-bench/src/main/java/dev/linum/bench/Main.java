package dev.linum.bench;

import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;

/// The `linum bench` command.
public final class Main {

    private static final Logger LIBRARY = Logger.getLogger("dev.linum");

    private Main() {}

    public static void main(String[] args) {
        // Numbers look the same everywhere.
        Locale.setDefault(Locale.ROOT);
        // What this process computes are only inputs and weights; the workers say what they run on.
        LIBRARY.setLevel(Level.WARNING);
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        var command = new BenchCommand();
        return new CommandLine(command).setExecutionExceptionHandler((e, line, _) -> {
            if (command.debug) {
                e.printStackTrace(line.getErr());
            } else {
                line.getErr().println("linum: " + e.getMessage());
            }
            return 1;
        });
    }
}
