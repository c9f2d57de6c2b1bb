package dev.linum.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `linum` command.
@Command(
        name = "linum",
        description = "Recurrent neural networks in plain Java.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {TrainCommand.class, PredictCommand.class, Main.Demo.class, HelpCommand.class},
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
            subcommands = {LanguagesCommand.class, AdditionCommand.class, HelpCommand.class},
            synopsisSubcommandLabel = "DEMO")
    static final class Demo {}

    /// The version that the build wrote into the module.
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() throws URISyntaxException {
            var classes = Path.of(Main.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            // On the class path, as in tests, there is no module to ask.
            return ModuleFinder.of(classes).findAll().stream()
                    .map(module -> "linum " + module.descriptor().rawVersion().orElse("of unknown version"))
                    .toArray(String[]::new);
        }
    }

    public static void main(String[] args) {
        // What the library logs, such as its choice of kernels, takes one line unless the user asks for another form.
        if (System.getProperty(LOG_FORMAT) == null) {
            System.setProperty(LOG_FORMAT, "%5$s%6$s%n");
        }
        System.exit(run(new StandardOutput(new FileOutputStream(FileDescriptor.out)), commandLine(), args));
    }

    private static String sentence(Exception e) {
        return switch (e) {
            case NoSuchFileException missing -> "there is no file " + missing.getFile();
            case AccessDeniedException denied -> denied.getFile() + " may not be read or written by you";
            default -> e.getMessage() == null ? e.toString() : e.getMessage();
        };
    }

    /// Says what is wrong with the arguments; how to do it right is said at length where a command is yet to be chosen.
    private static int wrong(ParameterException e) {
        CommandLine line = e.getCommandLine();
        PrintWriter err = line.getErr();
        err.println(
                "linum: " + e.getMessage() + "; see ./" + line.getCommandSpec().qualifiedName() + " --help");
        UnmatchedArgumentException.printSuggestions(e, err);
        if (!line.getSubcommands().isEmpty()) {
            line.usage(err);
        }
        return line.getCommandSpec().exitCodeOnInvalidInput();
    }

    /// Runs a command; makes exceptions of those errors that the user can do something about.
    private static int execute(ParseResult parsed) {
        CommandLine line = parsed.commandSpec().commandLine();
        try {
            return new RunLast().execute(parsed);
        } catch (OutOfMemoryError e) {
            throw new ExecutionException(
                    line,
                    "there is not enough memory; lower --batch or --width, or give Java more with"
                            + " LINUM_JAVA_OPTS=-Xmx8g",
                    e);
        }
    }

    static int run(String... args) {
        return commandLine().execute(args);
    }

    /// Runs a command; one whose output is lost has failed.
    static int run(StandardOutput out, CommandLine line, String... args) {
        var writer = new PrintWriter(new OutputStreamWriter(out, System.out.charset()), true);
        int status = line.setOut(writer).execute(args);
        writer.flush();
        if (out.failure().isPresent()) {
            line.getErr()
                    .println("linum: standard output cannot be written to: "
                            + out.failure().get().getMessage());
            return status == 0 ? 1 : status;
        }
        return status;
    }

    static CommandLine commandLine() {
        var main = new Main();
        return new CommandLine(main)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(Main::execute)
                .setParameterExceptionHandler((e, _) -> wrong(e))
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
