package dev.linum.cpu;

import dev.linum.graph.DType;
import dev.linum.graph.Equation;
import dev.linum.graph.Fn;
import dev.linum.graph.Op;
import dev.linum.graph.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Makes a [RowProgram] of a group of equations: gives each value a register and each register a place.
final class RowBuilder {

    private final Planner planner;
    private final Fusion.Item group;
    private final List<Step> steps;
    private final Predicate<Value> isStored;
    private final int columns;
    private final int rows;
    private final boolean oneRow;

    private final List<RowProgram.Operand> operands = new ArrayList<>();
    private final Map<Value, Integer> results = new HashMap<>();
    private final Map<Value, Optional<Fusion.PutOff>> decided = new HashMap<>();
    private final Map<Key, Integer> registers = new HashMap<>();

    /// What is a number of each row, repeated over the row: the results after those of the equations.
    private final Map<Key, Integer> repeated = new HashMap<>();

    private final List<RowProgram.Result> repetitions = new ArrayList<>();
    private final Map<Storage.Kind, Integer> rooms = new EnumMap<>(Storage.Kind.class);
    private final Map<Storage.Kind, ArrayDeque<Integer>> free = new EnumMap<>(Storage.Kind.class);

    /// Rooms of numbers of each row, which rows never take: a formula goes through all its work row by row, and would
    /// write one row over the numbers of the next ones.
    private final Map<Storage.Kind, ArrayDeque<Integer>> freeOfNumbers = new EnumMap<>(Storage.Kind.class);

    private RowBuilder(Planner planner, Fusion.Item group, Predicate<Value> isStored, List<Step> steps) {
        this.planner = planner;
        this.group = group;
        this.isStored = isStored;
        this.steps = steps;
        int total = group.total();
        this.columns = group.columns() == 0 ? total : group.columns();
        this.rows = columns == 0 ? 0 : total / columns;
        this.oneRow = Grid.blockRows(columns) == 1;
        for (Storage.Kind kind : Storage.Kind.values()) {
            free.put(kind, new ArrayDeque<>());
            freeOfNumbers.put(kind, new ArrayDeque<>());
        }
    }

    /// Says whether a value of the group has one number for each row.
    private boolean isNumbers(Equation eq) {
        return columns > 1
                && !(eq.op() instanceof Op.Concat)
                && eq.out().getFirst().type().shape().count() * columns == group.total();
    }

    /// Plans a group; the values of `isStored` get slots, the others stay in the room of the workers.
    static void plan(Planner planner, Fusion.Item group, Predicate<Value> isStored, List<Step> steps) {
        new RowBuilder(planner, group, isStored, steps).plan();
    }

    private record Key(Value value, boolean asNumber) {}

    private void plan() {
        group.equations().forEach(eq -> results.put(eq.out().getFirst(), results.size()));
        Map<Value, Integer> last = new HashMap<>();
        for (int i = 0; i < group.equations().size(); i++) {
            for (Value v : group.equations().get(i).in()) {
                last.put(planner.root(v), i);
                int now = i;
                madeHere(v).ifPresent(number -> last.put(number, now));
            }
        }
        Set<Value> summed = new HashSet<>();
        for (Equation eq : group.equations()) {
            if (eq.op() instanceof Op.Reduce) {
                summed.add(planner.root(eq.in().getFirst()));
            }
        }
        // First the operands, since carrying out what was put off takes steps of its own.
        for (Equation eq : group.equations()) {
            for (int i = 0; i < eq.in().size(); i++) {
                operand(eq, i);
            }
        }
        var made = new ArrayList<RowProgram.Result>();
        var instructions = new ArrayList<RowProgram.Instruction>();
        for (int i = 0; i < group.equations().size(); i++) {
            Equation eq = group.equations().get(i);
            Value out = eq.out().getFirst();
            var kind = Storage.Kind.of(out.type());
            for (int input = 0; input < eq.in().size(); input++) {
                repeat(eq, input, instructions);
            }
            int now = i;
            eq.in().stream().map(planner::root).distinct().forEach(v -> {
                Integer r = results.get(v);
                // Of a row that is summed a formula reads the last numbers once more, when all others are done.
                if (r != null && made.get(r).slot() < 0 && last.get(v) == now && !summed.contains(v)) {
                    free(made.get(r).isNumbers())
                            .get(made.get(r).kind())
                            .push(made.get(r).room());
                }
            });
            boolean isNumbers = isNumbers(eq);
            made.add(
                    isStored.test(out)
                            ? new RowProgram.Result(planner.allocate(out), kind, -1, isNumbers)
                            : new RowProgram.Result(-1, kind, takeRoom(kind, isNumbers), isNumbers));
            if (eq.op() instanceof Op.Reduce) {
                instructions.add(RowProgram.Instruction.sum(kind, register(eq, 0), operands.size() + i));
            } else if (eq.op() instanceof Op.Concat(int axis)) {
                // Parts lie behind each other as a whole or row by row, whatever the rows of the others are.
                boolean isWhole = out.type().shape().sub(0, axis).count() == 1;
                int next = isWhole ? group.total() : columns;
                int rowStep = isWhole ? columns : out.type().shape().count() / rows;
                for (int part = 0; part < eq.in().size(); part++) {
                    instructions.add(RowProgram.Instruction.place(
                            kind, register(eq, part), operands.size() + i, part * next, rowStep));
                }
            } else {
                instructions.add(instruction(eq, operands.size() + i));
            }
        }
        made.addAll(repetitions);
        boolean sums = group.equations().stream().anyMatch(eq -> eq.op() instanceof Op.Reduce);
        int block = sums ? Math.max(RowProgram.BLOCK, columns) : RowProgram.BLOCK;
        int number = planner.room(
                rooms.getOrDefault(Storage.Kind.FLOATS, 0) * block,
                rooms.getOrDefault(Storage.Kind.DOUBLES, 0) * block,
                rooms.getOrDefault(Storage.Kind.INTS, 0) * block);
        steps.add(new RowProgram(
                planner.kernels,
                number,
                operands.toArray(RowProgram.Operand[]::new),
                made.toArray(RowProgram.Result[]::new),
                instructions.toArray(RowProgram.Instruction[]::new),
                rows,
                columns,
                block,
                group.columns() == 0,
                planner.batch()));
    }

    private Map<Storage.Kind, ArrayDeque<Integer>> free(boolean isNumbers) {
        return isNumbers ? freeOfNumbers : free;
    }

    private int takeRoom(Storage.Kind kind, boolean isNumbers) {
        Integer room = free(isNumbers).get(kind).poll();
        return room != null ? room : rooms.merge(kind, 1, Integer::sum) - 1;
    }

    /// Makes sure there is a register for an input of an equation.
    private void operand(Equation eq, int index) {
        Value v = planner.root(eq.in().get(index));
        if (results.containsKey(v)) {
            return;
        }
        boolean number = number(eq) == index + 1;
        var key = new Key(v, number);
        if (registers.containsKey(key)) {
            return;
        }
        if (madeHere(v).isPresent()) {
            return;
        }
        boolean isNumbers = isNumbers(eq) && !(eq.op() instanceof Op.Reduce);
        Fusion.PutOff off = putOff(v);
        if (isNumbers && off != null && off.reading().mode() != Reading.Mode.SCALAR) {
            off = null;
        }
        Reading reading = off == null ? Reading.WHOLE : off.reading();
        int slot = planner.slot(off == null ? v : off.input(), steps);
        boolean inPlace = switch (reading.mode()) {
            case FULL -> oneRow || reading.isWhole() || reading.columns() == 0;
            case ROW -> oneRow;
            case COLUMN, SCALAR -> number;
        };
        var kind = Storage.Kind.of(v.type());
        registers.put(key, operands.size());
        operands.add(new RowProgram.Operand(slot, reading, kind, inPlace ? -1 : takeRoom(kind, false), isNumbers));
    }

    /// What the group makes one number for each row of, if a value repeats that over the row.
    private Optional<Value> madeHere(Value v) {
        Value root = planner.root(v);
        Fusion.PutOff off = results.containsKey(root) ? null : putOff(root);
        return Optional.ofNullable(off).map(Fusion.PutOff::input).filter(results::containsKey);
    }

    /// Repeats an input over its row if it is a number that the group makes, and not repeated yet.
    private void repeat(Equation eq, int index, List<RowProgram.Instruction> instructions) {
        Value v = planner.root(eq.in().get(index));
        if (madeHere(v).isEmpty()) {
            return;
        }
        boolean number = number(eq) == index + 1;
        var key = new Key(v, number);
        if (!repeated.containsKey(key)) {
            var kind = Storage.Kind.of(v.type());
            int to = operands.size() + results.size() + repetitions.size();
            repeated.put(key, to);
            repetitions.add(new RowProgram.Result(-1, kind, number ? 0 : takeRoom(kind, false), false));
            instructions.add(RowProgram.Instruction.repeat(
                    kind, operands.size() + results.get(madeHere(v).get()), to, number));
        }
    }

    /// What was put off and can be read in place over this grid; decided once for all readers.
    private Fusion.PutOff putOff(Value root) {
        return decided.computeIfAbsent(root, v -> Optional.ofNullable(planner.putOff(v, columns)))
                .orElse(null);
    }

    private int register(Equation eq, int index) {
        if (index >= eq.in().size()) {
            return -1;
        }
        Value v = planner.root(eq.in().get(index));
        Integer result = results.get(v);
        if (result != null) {
            return operands.size() + result;
        }
        var key = new Key(v, number(eq) == index + 1);
        return repeated.containsKey(key) ? repeated.get(key) : registers.get(key);
    }

    /// Which input of an equation is one number for a whole block and may be passed as such: 1 or 2; 0 if none is.
    private int number(Equation eq) {
        if (!(eq.op() instanceof Op.Elementwise(Fn fn))
                || fn.arity() != 2
                || fn.isTest()
                || !eq.in().getFirst().type().dtype().isFloat()) {
            return 0;
        }
        return isNumber(eq.in().get(1)) ? 2 : isNumber(eq.in().get(0)) ? 1 : 0;
    }

    private boolean isNumber(Value v) {
        Value root = planner.root(v);
        Fusion.PutOff off = results.containsKey(root) ? null : putOff(root);
        return off != null
                && (off.reading().mode() == Reading.Mode.SCALAR
                        || off.reading().mode() == Reading.Mode.COLUMN && oneRow);
    }

    private RowProgram.Instruction instruction(Equation eq, int to) {
        int a = register(eq, 0);
        int b = register(eq, 1);
        int c = register(eq, 2);
        return switch (eq.op()) {
            case Op.Elementwise(Fn fn) -> {
                var kind = Storage.Kind.of(eq.in().getLast().type());
                boolean numeric = kind != Storage.Kind.INTS && fn != Fn.SELECT && !fn.isTest();
                if (kind == Storage.Kind.INTS ? !IntMath.has(fn) : fn == Fn.AND || fn == Fn.OR || fn == Fn.NOT) {
                    throw new IllegalArgumentException(
                            fn + " is not defined for " + eq.in().getLast().type() + "; cast it first");
                }
                yield new RowProgram.Instruction(
                        RowProgram.Task.FUNCTION,
                        fn,
                        numeric ? Fun.valueOf(fn.name()) : null,
                        kind,
                        a,
                        b,
                        c,
                        to,
                        number(eq),
                        false,
                        0,
                        0,
                        isNumbers(eq),
                        null);
            }
            case Op.Cast(DType dtype) ->
                new RowProgram.Instruction(
                        RowProgram.Task.CAST,
                        null,
                        null,
                        Storage.Kind.of(eq.in().getFirst().type()),
                        a,
                        b,
                        c,
                        to,
                        0,
                        dtype == DType.BOOL,
                        0,
                        0,
                        false,
                        null);
            default -> throw new IllegalStateException(eq.op() + " is not element-wise");
        };
    }
}
