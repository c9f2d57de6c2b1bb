package dev.linum.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// The processors that workers may use, and how busy others keep them.
///
/// Linux only: elsewhere nothing is pinned and nobody is seen.
///
/// @param allowed the numbers of the processors
record Processors(List<Integer> allowed) {

    private static final Path TASKSET = Path.of("/usr/bin/taskset");

    static Processors here() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("Cpus_allowed_list:")) {
                    return new Processors(
                            ranges(line.substring(line.indexOf(':') + 1).strip()));
                }
            }
        } catch (IOException _) {
            // No Linux.
        }
        return new Processors(List.of());
    }

    /// Reads `0-3,8`.
    static List<Integer> ranges(String text) {
        var all = new ArrayList<Integer>();
        for (String part : text.split(",")) {
            String[] ends = part.split("-");
            for (int i = Integer.parseInt(ends[0]); i <= Integer.parseInt(ends[ends.length - 1]); i++) {
                all.add(i);
            }
        }
        return all;
    }

    /// Whether workers are tied to as many processors as they have threads.
    boolean pins() {
        return !allowed.isEmpty() && Files.isExecutable(TASKSET);
    }

    /// The last processors: the first ones serve the most interrupts.
    private List<Integer> chosen(int threads) {
        return allowed.subList(Math.max(0, allowed.size() - threads), allowed.size());
    }

    /// What to put before a command to tie it to as many processors as it has threads.
    List<String> pin(int threads) {
        return pins()
                ? List.of(
                        TASKSET.toString(),
                        "-c",
                        chosen(threads).stream().map(String::valueOf).collect(Collectors.joining(",")))
                : List.of();
    }

    /// Ties this process, and those that it starts from now on, to as many processors as there are threads.
    void pinSelf(int threads) throws IOException {
        if (pins()) {
            String numbers = chosen(threads).stream().map(String::valueOf).collect(Collectors.joining(","));
            String self = String.valueOf(ProcessHandle.current().pid());
            Process process = new ProcessBuilder(TASKSET.toString(), "-a", "-p", "-c", numbers, self)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.onExit().join();
        }
    }

    /// Seconds for which the processors of so many threads have worked since the machine started.
    double busy(int threads) {
        double ticks = 0;
        try {
            for (String line : Files.readAllLines(Path.of("/proc/stat"))) {
                String[] words = line.split("\\s+");
                if (words[0].matches("cpu\\d+") && chosen(threads).contains(Integer.parseInt(words[0].substring(3)))) {
                    // user nice system idle iowait irq softirq steal
                    for (int i : new int[] {1, 2, 3, 6, 7, 8}) {
                        ticks += Long.parseLong(words[i]);
                    }
                }
            }
        } catch (IOException _) {
            return 0;
        }
        return ticks / 100;
    }

    /// Seconds for which a process has worked.
    static double worked(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(words[11]) + Long.parseLong(words[12])) / 100.0;
        } catch (IOException _) {
            return 0;
        }
    }
}
