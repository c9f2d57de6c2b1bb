package dev.linum.bench;

import dev.linum.bench.parts.Parts;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Times the parts of Linum alone, with JMH.
@Command(
        name = "parts",
        description = "Time matrix products, row functions and single steps of Linum alone, with JMH.",
        mixinStandardHelpOptions = true)
final class PartsCommand implements Callable<Integer> {

    @Parameters(arity = "0..*", description = "products, functions, steps (default: all).")
    List<String> parts = List.of();

    @Option(names = "--threads", description = "The number of threads (default: ${DEFAULT-VALUE}).")
    int threads = 1;

    @Option(names = "--quick", description = "Shorter measurements.")
    boolean quick;

    @Override
    public Integer call() throws Exception {
        BenchCommand.checkThreads(threads);
        Processors.here().pinSelf(threads);
        System.out.println(Parts.run(parts, threads, quick ? Parts.Effort.QUICK : Parts.Effort.USUAL));
        return 0;
    }
}
