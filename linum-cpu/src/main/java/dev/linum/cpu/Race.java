package dev.linum.cpu;

import dev.linum.cpu.RowProgram.Instruction;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Lets the loop of a formula run against the instructions that it would replace, in the background.
///
/// A loop just written is slow, until the JVM has compiled it; and it may never become fast, since the compiler has its
/// limits. So a program goes on with its instructions until the loop has shown that it is faster. The results are the
/// same with either.
///
/// The property `linum.loops` says `off` if no loops shall be written, and `first` if each program shall have them
/// before it runs, without a race.
final class Race implements Formulas.Choice {

    /// What a formula was raced for: rows shorter than some vectors take a time of their own.
    private record Contest(Formula formula, int length) {}

    private static final int SHORT = 64;

    private static final int VECTOR = 16;

    private static final Map<Contest, Optional<Formula.Loop>> KNOWN = new ConcurrentHashMap<>();

    /// By then the compiler has done what it will do.
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(5);

    /// The nanoseconds in which a function is called, and the elements that a simple one does in one: what takes longer
    /// is not compiled.
    private static final int CALL = 40;

    private static final int ELEMENTS = 4;

    /// So many rounds in which the loop is compiled, and the faster one, end the race.
    private static final int ROUNDS = 10;

    private final Kernels kernels;
    private final int block;
    private final int height;

    private Race(Kernels kernels, int block, int height) {
        this.kernels = kernels;
        this.block = block;
        this.height = height;
    }

    /// Says whether the property has a value.
    ///
    /// @throws IllegalArgumentException if it has one that means nothing
    static boolean is(String mode) {
        String found = System.getProperty("linum.loops", "");
        if (!List.of("", "off", "first").contains(found)) {
            throw new IllegalArgumentException(
                    "linum.loops is \"" + found + "\", but it is off or first, or is not set");
        }
        return found.equals(mode);
    }

    /// Has a race run later on.
    ///
    /// @param block the elements of a block
    /// @param height the rows of a block
    static void later(Kernels kernels, int block, int height, Consumer<Formulas.Choice> then) {
        Background.run(() -> then.accept(new Race(kernels, block, height)));
    }

    @Override
    public Optional<Formula.Loop> loop(Formula formula, List<Instruction> instead, int[] registers) {
        int length = instead.stream().allMatch(Instruction::ofNumbers) ? height : block;
        int alike = length < SHORT ? length : SHORT + Math.min(1, length % VECTOR);
        return KNOWN.computeIfAbsent(new Contest(formula, alike), _ -> run(formula, length, instead, registers));
    }

    private Optional<Formula.Loop> run(Formula formula, int length, List<Instruction> instead, int[] registers) {
        Formula.Loop loop = kernels.write(formula);
        Frame.Registers s = room(instead, registers, length);
        int little = Math.min(length, SHORT + length % SHORT);
        long own = Long.MAX_VALUE;
        long other = Long.MAX_VALUE;
        int rounds = 0;
        long slow = slow(formula, length);
        long end = System.nanoTime() + LONGEST;
        while (rounds < ROUNDS && System.nanoTime() < end) {
            // What it never did while it was compiled, such as a second row, would have it compiled again.
            for (int n = 0; n < 200; n++) {
                loop.run(s.data, s.offset, s.step, registers, 1 + n % 2, little);
            }
            for (int n = 0; n < 10; n++) {
                long begin = System.nanoTime();
                loop.run(s.data, s.offset, s.step, registers, 1, length);
                long between = System.nanoTime();
                RowFunctions.functions(kernels, instead, s, length, Math.min(height, length));
                other = Math.min(other, System.nanoTime() - between);
                own = Math.min(own, between - begin);
            }
            rounds += own < Math.min(other, slow) ? 1 : 0;
            end += Background.pause(2);
        }
        return own < other ? Optional.of(loop) : Optional.empty();
    }

    /// A loop that takes so many nanoseconds is not compiled.
    private static long slow(Formula formula, int length) {
        long sum = 0;
        for (Formula.Term term : formula.terms()) {
            sum += CALL + (long) length * Formulas.weight(term.fun()) / ELEMENTS;
        }
        return sum;
    }

    private static Frame.Registers room(List<Instruction> instead, int[] registers, int length) {
        int most = Arrays.stream(registers).max().orElseThrow();
        for (Instruction i : instead) {
            most = Math.max(most, i.to());
        }
        var s = new Frame.Registers(most + 1);
        Arrays.setAll(s.data, _ -> {
            var numbers = new float[Math.max(RowProgram.BLOCK, length)];
            Arrays.fill(numbers, 0.25f);
            return numbers;
        });
        Arrays.fill(s.scalar, 0.5);
        return s;
    }
}
