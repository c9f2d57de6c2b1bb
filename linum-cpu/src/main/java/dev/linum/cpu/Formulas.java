package dev.linum.cpu;

import dev.linum.cpu.RowProgram.Instruction;
import dev.linum.cpu.RowProgram.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Puts instructions of a [RowProgram] that follow each other together as formulas, each done in one loop.
///
/// ```
///   r1 = sigmoid(a)     one pass over the block each      r3 = sigmoid(a) * tanh(b)
///   r2 = tanh(b)        r1 and r2 in between in cache     one pass, r1 and r2 in registers
///   r3 = r1 * r2
/// ```
///
/// Where a program takes its rows one by one, sums of rows and what is made of them are done in between: a layer norm
/// is one formula.
final class Formulas {

    /// What a formula may weigh: with more, values no longer find room in the registers.
    private static final int MOST = 30;

    /// What one loop of a formula with sums may weigh, and all its loops: of longer methods the JVM compiles none.
    private static final int MOST_OF_ONE = 48;

    private static final int MOST_OF_ALL = 100;

    /// Decides about some instructions.
    interface Choice {

        /// Returns the loop to do the instructions with, if any.
        Optional<Formula.Loop> loop(Formula formula, List<Instruction> instead, int[] registers);
    }

    private final Kernels kernels;
    private final int operands;
    private final RowProgram.Result[] results;
    private final Instruction[] all;
    private final boolean isByRows;
    private final int[] strand;

    private Formulas(Kernels kernels, int operands, RowProgram.Result[] results, Instruction[] all, boolean isByRows) {
        this.kernels = kernels;
        this.operands = operands;
        this.results = results;
        this.all = all;
        this.isByRows = isByRows;
        this.strand = Strands.of(all.length, i -> all[i].to(), i -> List.of(all[i].a(), all[i].b(), all[i].c()));
    }

    /// Returns the instructions with formulas among them.
    ///
    /// @param operands the number of registers that are operands; those of results follow
    /// @param isByRows whether a formula is run for each row by itself
    static Instruction[] join(
            Kernels kernels,
            int operands,
            RowProgram.Result[] results,
            Instruction[] all,
            boolean isByRows,
            Choice choice) {
        return new Formulas(kernels, operands, results, all, isByRows).join(choice);
    }

    private Instruction[] join(Choice choice) {
        var joined = new ArrayList<Instruction>();
        int end;
        for (int i = 0; i < all.length; i = end) {
            end = endWithSums(i);
            List<Instruction> one = end - i < 2 ? List.of() : choose(i, end, true, choice);
            for (end = Math.max(end, i + 1); one.isEmpty() && end < all.length && endWithSums(end) == end; end++) {}
            joined.addAll(one.isEmpty() ? plain(i, end, choice) : one);
        }
        return joined.toArray(Instruction[]::new);
    }

    /// Joins some instructions without sums among them.
    private List<Instruction> plain(int from, int to, Choice choice) {
        var joined = new ArrayList<Instruction>();
        int end;
        for (int i = from; i < to; i = end) {
            end = end(i, to);
            List<Instruction> one = end - i < 2 ? List.of() : choose(i, end, false, choice);
            joined.addAll(one.isEmpty() ? Arrays.asList(all).subList(i, end) : one);
        }
        return joined;
    }

    /// Where the formula with sums that begins at an instruction ends; there, if there is none.
    private int endWithSums(int from) {
        int end = from;
        int weight = 0;
        int ofLoop = 0;
        boolean sums = false;
        for (; isByRows && end < all.length; end++) {
            Instruction i = all[end];
            boolean isRow = isWritable(i) && !i.ofNumbers();
            if (!isRow && !isOfNumbers(i)) {
                break;
            }
            ofLoop = isRow ? ofLoop + weight(i.fun()) : i.task() != Task.FUNCTION ? ofLoop : 0;
            weight += isRow ? weight(i.fun()) : 0;
            if (ofLoop > MOST_OF_ONE || weight > MOST_OF_ALL) {
                break;
            }
            sums |= !isRow;
        }
        return sums ? end : from;
    }

    /// Says whether an instruction makes one number of a row, or of such numbers.
    private static boolean isOfNumbers(Instruction i) {
        return switch (i.task()) {
            case SUM, TAKE -> i.in() == Storage.Kind.FLOATS;
            case FUNCTION -> i.ofNumbers() && i.in() == Storage.Kind.FLOATS && RowFunctions.isSimple(i.fun());
            default -> false;
        };
    }

    /// Where the formula that begins at an instruction ends: after whole strands, or inside one that is too long.
    private int end(int from, int to) {
        int end = from;
        int weight = 0;
        while (end < to && isLike(all[from], all[end])) {
            int next = end;
            int more = 0;
            while (next < to && isLike(all[from], all[next]) && strand[next] == strand[end]) {
                more += weight(all[next].fun());
                next++;
            }
            if (weight > 0 && weight + more > MOST) {
                break;
            }
            for (; end < next && weight + weight(all[end].fun()) <= MOST; end++) {
                weight += weight(all[end].fun());
            }
            if (end < next) {
                break;
            }
        }
        return Math.max(end, from + 1);
    }

    private boolean isLike(Instruction first, Instruction next) {
        return isWritable(next) && next.ofNumbers() == first.ofNumbers();
    }

    /// How long a function takes, in simple ones.
    static int weight(Fun f) {
        return switch (f) {
            case EXP, TANH, SIGMOID -> 8;
            case null, default -> 1;
        };
    }

    private boolean isWritable(Instruction i) {
        return i.task() == Task.FUNCTION
                && i.in() == Storage.Kind.FLOATS
                && i.fun() != null
                && kernels.isWritable(i.fun());
    }

    /// Returns what to do some instructions with: a formula and what it cannot do, nothing if there is none.
    ///
    /// @param withSums whether they are done row by row, sums and numbers of rows among them
    private List<Instruction> choose(int from, int end, boolean withSums, Choice choice) {
        List<Instruction> some = Arrays.asList(all).subList(from, end);
        Map<Integer, Integer> taken = new HashMap<>();
        Set<Integer> made = new LinkedHashSet<>();
        Set<Integer> inputs = new LinkedHashSet<>();
        Set<Integer> numbers = new LinkedHashSet<>();
        for (Instruction i : some) {
            if (i.task() == Task.TAKE) {
                taken.put(i.to(), i.a());
                continue;
            }
            for (int side = 1; side <= arity(i); side++) {
                int r = read(i, side, taken);
                if (!made.contains(r)) {
                    (i.number() == side || withSums && i.ofNumbers() ? numbers : inputs).add(r);
                }
            }
            made.add(i.to());
        }
        List<Instruction> after = some.stream()
                .filter(i -> i.task() == Task.TAKE && isReadFrom(i.to(), end))
                .toList();

        Map<Integer, Integer> values = new LinkedHashMap<>();
        for (Set<Integer> registers : List.of(inputs, numbers, made)) {
            registers.forEach(r -> values.put(r, values.size()));
        }
        List<Formula.Term> terms = some.stream()
                .filter(i -> i.task() != Task.TAKE)
                .map(i -> new Formula.Term(
                        i.fun(), values.get(read(i, 1, taken)), arity(i) == 1 ? -1 : values.get(read(i, 2, taken))))
                .toList();
        var functions = new Formula(inputs.size(), numbers.size(), terms, List.of());
        List<Integer> outputs = made.stream()
                .filter(r -> isKept(r, end)
                        || functions.isReadByAnotherLoop(values.get(r))
                        || after.stream().anyMatch(i -> i.a() == r))
                .toList();
        List<Integer> summed = made.stream()
                .filter(r -> !outputs.contains(r) && terms.contains(Formula.Term.sum(values.get(r))))
                .toList();
        var formula = new Formula(
                inputs.size(),
                numbers.size(),
                terms,
                outputs.stream().map(values::get).toList(),
                summed.stream().map(values::get).toList());

        int[] places = Stream.of(inputs, numbers, outputs, summed)
                .flatMap(Collection::stream)
                .mapToInt(Integer::intValue)
                .toArray();
        boolean ofNumbers = !withSums && some.getFirst().ofNumbers();
        return choice.loop(formula, some, places)
                .map(written -> Stream.concat(
                                Stream.of(Instruction.formula(written, places, ofNumbers)), after.stream())
                        .toList())
                .orElse(List.of());
    }

    private static int arity(Instruction i) {
        return i.task() == Task.SUM ? 1 : i.fn().arity();
    }

    private static int read(Instruction i, int side, Map<Integer, Integer> taken) {
        return taken.getOrDefault(i.operand(side), i.operand(side));
    }

    /// Says whether a result is read elsewhere, or later in the program.
    private boolean isKept(int register, int end) {
        return results[register - operands].slot() >= 0 || isReadFrom(register, end);
    }

    private boolean isReadFrom(int register, int end) {
        return Arrays.stream(all, end, all.length).anyMatch(i -> i.reads(register));
    }
}
