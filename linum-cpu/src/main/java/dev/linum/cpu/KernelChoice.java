package dev.linum.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/// Chooses the twin of the kernels once per JVM and says so in one log line.
///
/// The property `linum.kernels` (`scalar` or `vector`) forces one. Without fused multiply-adds vectors are of no use,
/// and are not chosen.
final class KernelChoice {

    private static final int FUSED = 30;

    /// One that is an instruction takes less, even while code is interpreted.
    private static final long FUSED_NANOS = 300;

    /// What was chosen, or why nothing could be.
    private record Choice(Optional<Kernels> kernels, Optional<IllegalArgumentException> refusal) {
        static Choice make() {
            try {
                Race.is("off");
                String wanted = System.getProperty("linum.kernels");
                boolean isFused = isFused();
                Kernels kernels = choose(wanted == null && !isFused ? "scalar" : wanted, providers());
                return new Choice(Optional.of(log(kernels, isFused)), Optional.empty());
            } catch (IllegalArgumentException e) {
                return new Choice(Optional.empty(), Optional.of(e));
            }
        }
    }

    private static final class Chosen {
        static final Choice CHOICE = Choice.make();
    }

    private KernelChoice() {}

    static Kernels kernels() {
        Choice choice = Chosen.CHOICE;
        return choice.kernels().orElseThrow(() -> choice.refusal().orElseThrow());
    }

    private static List<KernelProvider> providers() {
        var all = new ArrayList<KernelProvider>();
        all.add(new Scalar());
        ServiceLoader.load(KernelProvider.class, KernelChoice.class.getClassLoader())
                .forEach(all::add);
        return all;
    }

    /// Says whether [Math#fma] is an instruction of the processor, by the time that it takes: else the JVM computes
    /// with decimals, which takes a microsecond at least.
    private static boolean isFused() {
        long least = Long.MAX_VALUE;
        float sum = 0;
        for (int batch = 0; batch < 10; batch++) {
            long begin = System.nanoTime();
            for (int i = 1; i <= FUSED; i++) {
                sum = Math.fma(0.3f, i, sum);
            }
            least = Math.min(least, System.nanoTime() - begin);
        }
        // The sum is looked at, so that it is not left out; it is a number.
        return least < FUSED * FUSED_NANOS || Float.isNaN(sum);
    }

    private static Kernels log(Kernels kernels, boolean isFused) {
        System.Logger log = System.getLogger("dev.linum");
        if (!isFused) {
            log.log(
                    System.Logger.Level.WARNING,
                    "this processor has no fused multiply-add, or the JVM does not use it:"
                            + " products take a hundred times as long and more");
        }
        String advice = "";
        if (isFused && kernels.name().equals("scalar") && System.getProperty("linum.kernels") == null) {
            advice = "; for vector kernels "
                    + providers().stream()
                            .flatMap(p -> p.unusable().stream())
                            .findFirst()
                            .orElse("add linum-simd and the flag --add-modules jdk.incubator.vector");
        }
        log.log(
                System.Logger.Level.INFO,
                "Linum runs on " + kernels.name() + " kernels and "
                        + threads(Team.shared().size()) + advice);
        return kernels;
    }

    private static String threads(int count) {
        return count == 1 ? "1 thread" : count + " threads";
    }

    static Kernels choose(String wanted, List<KernelProvider> providers) {
        if (wanted == null) {
            return providers.stream()
                    .filter(p -> p.unusable().isEmpty())
                    .max((a, b) -> Integer.compare(a.priority(), b.priority()))
                    .orElseThrow()
                    .create();
        }
        List<String> names = providers.stream().map(KernelProvider::name).toList();
        KernelProvider provider = providers.stream()
                .filter(p -> p.name().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "linum.kernels is \"" + wanted + "\", but there are only the kernels " + names));
        provider.unusable().ifPresent(why -> {
            throw new IllegalArgumentException("linum.kernels is \"" + wanted + "\", but to use it " + why);
        });
        return provider.create();
    }

    private record Scalar() implements KernelProvider {
        @Override
        public String name() {
            return "scalar";
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Optional<String> unusable() {
            return Optional.empty();
        }

        @Override
        public Kernels create() {
            return new ScalarKernels();
        }
    }
}
