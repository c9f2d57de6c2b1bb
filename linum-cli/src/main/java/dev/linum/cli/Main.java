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
        subcommands = {Main.Demo.class},
        synopsisSubcommandLabel = "COMMAND",
        footer = "%nlinum bench --help says how to measure its speed.")
public final class Main {

    @Option(names = "--debug", description = "Show where an error comes from.", scope = ScopeType.INHERIT)
    boolean debug;

    private Main() {}

    /// Models that train themselves on data that needs no download.
    @Command(
            name = "demo",
            description = "Train a small model and try it.",
            mixinStandardHelpOptions = true,
            subcommands = {AdditionCommand.class},
            synopsisSubcommandLabel = "DEMO")
    static final class Demo {}

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"linum 0.1.0"};
        }
    }

    public static void main(String[] args) {
        System.exit(run(args));
    }

    private static String sentence(Exception e) {
        return e instanceof NoSuchFileException ? "there is no file " + e.getMessage() : e.getMessage();
    }

    static int run(String... args) {
        var main = new Main();
        return new CommandLine(main)
                .setExecutionExceptionHandler((e, line, _) -> {
                    if (main.debug) {
                        e.printStackTrace(line.getErr());
                    } else {
                        line.getErr().println("linum: " + sentence(e));
                    }
                    return 1;
                })
                .execute(args);
    }
}
