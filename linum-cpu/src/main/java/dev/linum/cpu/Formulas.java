package dev.linum.cpu;

import dev.linum.cpu.RowProgram.Instruction;
import dev.linum.cpu.RowProgram.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Puts instructions of a [RowProgram] that follow each other together as formulas, each done in one loop.
///
/// ```
///   r1 = sigmoid(a)     one pass over the block each      r3 = sigmoid(a) * tanh(b)
///   r2 = tanh(b)        r1 and r2 in between in cache     one pass, r1 and r2 in registers
///   r3 = r1 * r2
/// ```
final class Formulas {

    /// What a formula may weigh: with more, values no longer find room in the registers.
    private static final int MOST = 30;

    /// Decides about some instructions.
    interface Choice {

        /// Returns the loop to do the instructions with, if any.
        Optional<Formula.Loop> loop(Formula formula, List<Instruction> instead, int[] registers);
    }

    private final Kernels kernels;
    private final int operands;
    private final RowProgram.Result[] results;
    private final Instruction[] all;
    private final int[] strand;

    private Formulas(Kernels kernels, int operands, RowProgram.Result[] results, Instruction[] all) {
        this.kernels = kernels;
        this.operands = operands;
        this.results = results;
        this.all = all;
        this.strand = Strands.of(all.length, i -> all[i].to(), i -> List.of(all[i].a(), all[i].b(), all[i].c()));
    }

    /// Returns the instructions with formulas among them.
    ///
    /// @param operands the number of registers that are operands; those of results follow
    static Instruction[] join(
            Kernels kernels, int operands, RowProgram.Result[] results, Instruction[] all, Choice choice) {
        return new Formulas(kernels, operands, results, all).join(choice);
    }

    private Instruction[] join(Choice choice) {
        var joined = new ArrayList<Instruction>();
        int end;
        for (int i = 0; i < all.length; i = end) {
            end = end(i);
            List<Instruction> some = Arrays.asList(all).subList(i, end);
            if (some.size() == 1) {
                joined.addAll(some);
                continue;
            }
            joined.addAll(choose(end, some, choice));
        }
        return joined.toArray(Instruction[]::new);
    }

    /// Where the formula that begins at an instruction ends: after whole strands, or inside one that is too long.
    private int end(int from) {
        int end = from;
        int weight = 0;
        while (end < all.length && isLike(all[from], all[end])) {
            int next = end;
            int more = 0;
            while (next < all.length && isLike(all[from], all[next]) && strand[next] == strand[end]) {
                more += weight(all[next]);
                next++;
            }
            if (weight > 0 && weight + more > MOST) {
                break;
            }
            for (; end < next && weight + weight(all[end]) <= MOST; end++) {
                weight += weight(all[end]);
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

    private static int weight(Instruction i) {
        return switch (i.fun()) {
            case EXP, TANH, SIGMOID -> 8;
            default -> 1;
        };
    }

    private boolean isWritable(Instruction i) {
        return i.task() == Task.FUNCTION
                && i.in() == Storage.Kind.FLOATS
                && i.fun() != null
                && kernels.isWritable(i.fun());
    }

    private List<Instruction> choose(int end, List<Instruction> some, Choice choice) {
        Set<Integer> made = new LinkedHashSet<>();
        Set<Integer> inputs = new LinkedHashSet<>();
        Set<Integer> numbers = new LinkedHashSet<>();
        for (Instruction i : some) {
            for (int side = 1; side <= i.fn().arity(); side++) {
                if (!made.contains(i.operand(side))) {
                    (i.number() == side ? numbers : inputs).add(i.operand(side));
                }
            }
            made.add(i.to());
        }
        List<Integer> outputs = made.stream().filter(r -> isKept(r, end)).toList();

        Map<Integer, Integer> values = new LinkedHashMap<>();
        Map<Integer, Integer> single = new LinkedHashMap<>();
        inputs.forEach(r -> values.put(r, values.size()));
        numbers.forEach(r -> single.put(r, inputs.size() + single.size()));
        int first = inputs.size() + numbers.size();
        made.forEach(r -> values.put(r, first + values.size() - inputs.size()));
        List<Formula.Term> terms = some.stream()
                .map(i -> new Formula.Term(
                        i.fun(), value(i, 1, values, single), i.fn().arity() == 1 ? -1 : value(i, 2, values, single)))
                .toList();
        var formula = new Formula(
                inputs.size(),
                numbers.size(),
                terms,
                outputs.stream().map(values::get).toList());

        var registers = new ArrayList<Integer>(inputs);
        registers.addAll(numbers);
        registers.addAll(outputs);
        int[] places = registers.stream().mapToInt(Integer::intValue).toArray();
        return choice.loop(formula, some, places)
                .map(loop -> List.of(
                        Instruction.formula(loop, places, some.getFirst().ofNumbers())))
                .orElse(some);
    }

    private static int value(Instruction i, int side, Map<Integer, Integer> values, Map<Integer, Integer> numbers) {
        return (i.number() == side ? numbers : values).get(i.operand(side));
    }

    /// Says whether a result is read elsewhere, or later in the program.
    private boolean isKept(int register, int end) {
        return results[register - operands].slot() >= 0
                || Arrays.stream(all, end, all.length).anyMatch(i -> i.reads(register));
    }
}
