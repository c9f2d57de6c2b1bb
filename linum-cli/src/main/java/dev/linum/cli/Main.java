package dev.linum.cli;

import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The `linum` command.
@Command(
        name = "linum",
        description = "Recurrent neural networks in plain Java.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {TrainCommand.class, PredictCommand.class, Main.Demo.class},
        synopsisSubcommandLabel = "COMMAND",
        footer = "%nlinum bench --help says how to measure its speed.")
public final class Main {

    private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

    @Option(names = "--debug", description = "Show where an error comes from.", scope = ScopeType.INHERIT)
    boolean debug;

    private Main() {}

    /// Models that train themselves on data that needs no download.
    @Command(
            name = "demo",
            description = "Train a small model and try it.",
            mixinStandardHelpOptions = true,
            subcommands = {LanguagesCommand.class, AdditionCommand.class},
            synopsisSubcommandLabel = "DEMO")
    static final class Demo {}

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"linum 0.1.0"};
        }
    }

    public static void main(String[] args) {
        // What the library logs, such as its choice of kernels, takes one line unless the user asks for another form.
        if (System.getProperty(LOG_FORMAT) == null) {
            System.setProperty(LOG_FORMAT, "%5$s%6$s%n");
        }
        System.exit(run(args));
    }

    private static String sentence(Exception e) {
        return e instanceof NoSuchFileException ? "there is no file " + e.getMessage() : e.getMessage();
    }

    static int run(String... args) {
        return commandLine().execute(args);
    }

    static CommandLine commandLine() {
        var main = new Main();
        return new CommandLine(main)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, line, _) -> {
                    if (main.debug) {
                        e.printStackTrace(line.getErr());
                    } else {
                        line.getErr().println("linum: " + sentence(e));
                    }
                    return 1;
                });
    }
}
