package dev.linum.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The machine that a run was made on.
///
/// @param cpu the processor's name
/// @param cores that this process may use
/// @param isa the vector instructions it has
/// @param memory bytes
/// @param system name and version of the operating system
/// @param java the virtual machine
record Machine(String cpu, int cores, List<String> isa, long memory, String system, String java) {

    private static final List<String> VECTOR = List.of(
            "sse4_2",
            "avx",
            "avx2",
            "fma",
            "avx512f",
            "avx512bw",
            "avx512vl",
            "avx512_bf16",
            "avx512_vnni",
            "amx_tile",
            "asimd",
            "sve",
            "sve2");

    static Machine here() {
        List<String> flags = Arrays.asList(
                value(Path.of("/proc/cpuinfo"), line -> line.startsWith("flags") || line.startsWith("Features"))
                        .split("\\s+"));
        String memory = value(Path.of("/proc/meminfo"), line -> line.startsWith("MemTotal"))
                .replaceAll("\\D", "");
        return new Machine(
                value(Path.of("/proc/cpuinfo"), line -> line.startsWith("model name")),
                Runtime.getRuntime().availableProcessors(),
                VECTOR.stream().filter(flags::contains).toList(),
                memory.isEmpty() ? 0 : Long.parseLong(memory) * 1024,
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vm.name") + " " + Runtime.version());
    }

    private static String value(Path file, Predicate<String> wanted) {
        if (!Files.isReadable(file)) {
            return "";
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(wanted)
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse("");
        } catch (IOException _) {
            return "";
        }
    }
}
