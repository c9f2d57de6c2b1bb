package dev.linum.cpu;

import dev.linum.graph.Fn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// Element-wise work, block by block: all operations are done on one block of elements while it is in the
/// first-level cache, then on the next; what is only used in between never reaches memory.
///
/// ```
///   block 1:  r1 = sigmoid(a)   r2 = tanh(b)   r3 = r1 * r2   c = r3 + x
///   block 2:  ...
/// ```
///
/// Each operation is one loop of [Kernels] over the block, until [Formulas] puts several into one. A block is some
/// whole rows, or a piece of one long
/// row. With several rows, an operand whose rows do not follow each other (see [Reading]) is first laid out
/// in the worker's room.
final class RowProgram implements Step, Frame.Shared {

    /// The elements of a block, but where wider rows are summed.
    static final int BLOCK = 1024;

    /// Rows of so many columns are still summed in a program: a few of them are in the second-level cache.
    static final int WIDEST = 4096;

    /// So much is done before another thread has taken its part of it; if it sleeps, so much.
    private static final long ALONE = 1 << 18;

    private static final long ASLEEP = 1 << 21;

    /// After so many elements formulas are looked for; an instruction weighs as much as so many of them.
    private static final long ENOUGH = 1 << 26;

    private static final int EACH = 1000;

    /// What a register holds: an operand read from a slot.
    ///
    /// @param room the place of its block in the worker's room, -1 if it is read where it lies
    /// @param isNumbers whether it has one number for each row
    record Operand(int slot, Reading reading, Storage.Kind kind, int room, boolean isNumbers) {}

    /// A value that is made: in a slot if others read it (else slot is -1), in the worker's room if nobody does.
    ///
    /// @param isNumbers whether it has one number for each row
    record Result(int slot, Storage.Kind kind, int room, boolean isNumbers) {}

    /// What an instruction does with its registers.
    enum Task {
        FUNCTION,
        /// Converts numbers.
        CAST,
        /// Puts a block where it belongs in a wider result.
        PLACE,
        /// Sums each row.
        SUM,
        /// Takes the number of the only row as one number.
        TAKE,
        /// Repeats the number of each row over the row.
        REPEAT,
        /// Does several functions in one loop.
        FORMULA
    }

    /// A loop and the registers of its inputs, numbers and outputs.
    record Written(Formula.Loop loop, int[] registers) {}

    /// One operation on registers.
    ///
    /// @param fn the function, null if it is none
    /// @param number the operand (1 or 2) that is one number of all the block, else 0
    /// @param offset of a part in a row of the wider result
    /// @param rowStep the width of the wider result, 0 if there is none
    /// @param ofNumbers whether it has one number for each row
    /// @param written the loop of a formula, else null
    record Instruction(
            Task task,
            Fn fn,
            Fun fun,
            Storage.Kind in,
            int a,
            int b,
            int c,
            int to,
            int number,
            boolean toBool,
            int offset,
            int rowStep,
            boolean ofNumbers,
            Written written) {

        int operand(int side) {
            return side == 1 ? a : side == 2 ? b : c;
        }

        boolean reads(int register) {
            return a == register
                    || b == register
                    || c == register
                    || written != null && Arrays.stream(written.registers).anyMatch(r -> r == register);
        }

        static Instruction place(Storage.Kind kind, int from, int to, int offset, int rowStep) {
            return new Instruction(
                    Task.PLACE, null, Fun.COPY, kind, from, -1, -1, to, 0, false, offset, rowStep, false, null);
        }

        static Instruction sum(Storage.Kind kind, int from, int to) {
            return new Instruction(Task.SUM, null, null, kind, from, -1, -1, to, 0, false, 0, 0, false, null);
        }

        static Instruction repeat(Storage.Kind kind, int from, int to, boolean asNumber) {
            Task task = asNumber ? Task.TAKE : Task.REPEAT;
            return new Instruction(task, null, null, kind, from, -1, -1, to, 0, false, 0, 0, false, null);
        }

        static Instruction formula(Formula.Loop loop, int[] registers, boolean ofNumbers) {
            return new Instruction(
                    Task.FORMULA,
                    null,
                    null,
                    null,
                    -1,
                    -1,
                    -1,
                    -1,
                    0,
                    false,
                    0,
                    0,
                    ofNumbers,
                    new Written(loop, registers));
        }
    }

    /// A register that lies in a slot, at `base + row * rowStep + column * columnStep` from the slot's offset.
    ///
    /// @param isNumber whether functions take its first element as a number
    private record Place(int register, int slot, int base, int rowStep, int columnStep, boolean isNumber) {}

    /// What is done to a block.
    ///
    /// @param places the registers in slots
    /// @param laidOut the operands that are laid out in the worker's room
    /// @param cost of one element
    private record Work(Instruction[] instructions, Place[] places, int[] laidOut, long cost) {}

    private final Kernels kernels;
    private final int number;
    private final Operand[] operands;
    private final Result[] results;
    private final Instruction[] instructions;
    private volatile Work now;
    private final int rows;
    private final int columns;
    private final int largest;
    private final boolean flat;

    /// Whether a loop runs over one row, not over all rows of a block as if they were one.
    private final boolean isByRows;

    private final Grid[] grids;

    /// About how many elements were made; -1 if formulas are looked for no more. Two workers may count them as one's.
    private long done;

    /// @param number of the program among those of a plan
    /// @param batch the rows of the batch that `rows` and `columns` are for; a run may take fewer
    /// @param largest the elements of a block at most
    /// @param flat whether the grid is one row, as long as there are elements
    RowProgram(
            Kernels kernels,
            int number,
            Operand[] operands,
            Result[] results,
            Instruction[] instructions,
            int rows,
            int columns,
            int largest,
            boolean flat,
            int batch) {
        this.kernels = kernels;
        this.number = number;
        this.operands = operands;
        this.results = results;
        this.instructions = instructions;
        this.rows = flat ? rows : rows / batch;
        this.columns = flat ? columns / batch : columns;
        this.largest = largest;
        this.flat = flat;
        this.isByRows = !flat && columns <= largest && (Grid.blockRows(columns) == 1 || rows == 1);
        this.grids = new Grid[batch + 1];
        this.now = work(instructions, List.of());
        if (Race.is("off") || Arrays.stream(Fun.values()).noneMatch(kernels::isWritable)) {
            done = -1;
        } else if (Race.is("first")) {
            done = -1;
            join((formula, _, _) -> Optional.of(kernels.write(formula)));
        }
    }

    /// Says whether it makes what is in a slot.
    boolean makes(int slot) {
        return register(slot) >= 0;
    }

    private int register(int slot) {
        for (int r = 0; r < results.length; r++) {
            if (results[r].slot == slot) {
                return operands.length + r;
            }
        }
        return -1;
    }

    /// Says whether a result may be written over an operand: no instruction after the one that makes the result reads
    /// it, and the numbers of both are passed in the same order.
    boolean canWriteOver(int operand, int result) {
        int register = register(result);
        int made = -1;
        int read = -1;
        for (int i = 0; i < instructions.length; i++) {
            Instruction now = instructions[i];
            if (now.to == register && made < 0) {
                made = now.task == Task.FUNCTION ? i : instructions.length;
            }
            for (int o = 0; o < operands.length; o++) {
                if (operands[o].slot == operand && now.reads(o)) {
                    // A formula reads the last numbers of a row that it sums when all others are done.
                    read = Math.max(read, now.task == Task.SUM ? instructions.length : i);
                }
            }
        }
        boolean isInOrder = Arrays.stream(operands)
                .filter(o -> o.slot == operand)
                .allMatch(o -> o.reading.isWhole() && o.room < 0 && !o.isNumbers);
        boolean isFull = register >= 0 && !results[register - operands.length].isNumbers;
        return isInOrder && isFull && made < instructions.length && read <= made;
    }

    /// The grid for so many rows of the batch; divisions take long beside what is done to a single short row.
    private Grid grid(Frame f) {
        Grid grid = grids[f.rows];
        if (grid == null) {
            grid = flat ? Grid.of(rows, columns * f.rows, largest) : Grid.of(rows * f.rows, columns, largest);
            grids[f.rows] = grid;
        }
        return grid;
    }

    /// What a function costs: in a formula, a simple one little.
    private static int cost(Fn fn, boolean inFormula) {
        return switch (fn) {
            case EXP, LOG, LOG1P, TANH, SIGMOID, SIN, COS, POW -> 32;
            case null -> 4;
            default -> inFormula ? 1 : 4;
        };
    }

    @Override
    public void run(Frame frame) {
        Grid grid = grid(frame);
        int most = Math.min(frame.workers.size(), Math.max(1, grid.blocks()));
        long work = most == 1 ? 0 : now.cost * grid.rows() * grid.columns();
        int parts = Math.clamp(work / ALONE, 1, most);
        boolean areAwake = parts == 1 || frame.workers.areAwake(parts);
        frame.share(this, areAwake ? parts : Math.clamp(work / ASLEEP, 1, most));
    }

    @Override
    public void part(Frame f, int index, int count) {
        Grid grid = grid(f);
        int rows = grid.rows();
        int columns = grid.columns();
        int from = count == 1 ? 0 : (int) ((long) grid.blocks() * index / count);
        int to = count == 1 ? grid.blocks() : (int) ((long) grid.blocks() * (index + 1) / count);
        if (from == to || columns == 0) {
            return;
        }
        int blockRows = grid.blockRows();
        int piece = grid.piece();
        boolean isWhole = grid.pieces() == 1;
        // Rows that need not follow each other, some at a time.
        boolean isApart = !flat && isWhole && blockRows == 1;
        int high = isApart ? Math.max(1, BLOCK / columns) : 1;
        Frame.Registers s = registers(f.scratch(index));
        Work now = this.now;
        for (int o : now.laidOut) {
            repeat(f, s, o, rows, columns);
        }
        for (int block = from; block < to; block += high) {
            int row = isWhole ? block * blockRows : block / grid.pieces();
            int column = isWhole ? 0 : block % grid.pieces() * piece;
            int height = isApart ? Math.min(high, to - block) : Math.min(blockRows, rows - row);
            int width = Math.min(piece, columns - column);
            int n = height * width;
            for (Place p : now.places) {
                int at = f.offset[p.slot] + p.base + row * p.rowStep + column * p.columnStep;
                s.set(p.register, f.data[p.slot], at);
                if (p.isNumber) {
                    s.scalar[p.register] = RowFunctions.number(f.data[p.slot], at);
                }
            }
            for (int o : now.laidOut) {
                layOut(f, s, o, columns, row, height, n);
            }
            for (Instruction i : now.instructions) {
                switch (i.task) {
                    case FUNCTION, CAST -> {
                        if (i.ofNumbers || !isApart) {
                            RowFunctions.run(kernels, i, s, i.ofNumbers ? height : n);
                        } else {
                            RowFunctions.apart(kernels, i, s, height, width);
                        }
                    }
                    case PLACE -> RowFunctions.place(i, s, columns, row, height, width);
                    case SUM -> RowFunctions.sum(kernels, i, s, height, width);
                    case TAKE -> RowFunctions.take(i, s);
                    case REPEAT -> RowFunctions.repeat(i, s, height, width);
                    case FORMULA -> {
                        int times = isApart && !i.ofNumbers ? height : 1;
                        int each = i.ofNumbers ? height : times == 1 ? n : width;
                        i.written.loop.run(s.data, s.offset, s.step, i.written.registers, times, each);
                    }
                }
            }
        }
        count(rows * columns, Math.min(rows * columns, piece * blockRows), Math.min(rows, blockRows));
    }

    /// Looks for formulas once so much was done that they are worth it.
    private void count(int elements, int block, int height) {
        if (done >= 0) {
            done += (elements + EACH) * (long) instructions.length;
            if (done > ENOUGH) {
                done = -1;
                Race.later(kernels, block, height, this::join);
            }
        }
    }

    /// Joins instructions to formulas; the results stay the same.
    void join(Formulas.Choice choice) {
        Instruction[] next = Formulas.join(kernels, operands.length, results, instructions, isByRows, choice);
        Set<Instruction> left = new HashSet<>(List.of(next));
        now = work(
                next, Arrays.stream(instructions).filter(i -> !left.contains(i)).toList());
    }

    /// @param joined the functions that formulas do
    private Work work(Instruction[] some, List<Instruction> joined) {
        Set<Integer> used = new TreeSet<>();
        Set<Integer> numbers = new HashSet<>();
        for (Instruction i : some) {
            (i.written == null ? IntStream.of(i.a, i.b, i.c, i.to) : Arrays.stream(i.written.registers))
                    .forEach(used::add);
            if (i.number > 0) {
                numbers.add(i.operand(i.number));
            }
        }
        var places = new ArrayList<Place>();
        var laidOut = new ArrayList<Integer>();
        for (int r : used) {
            if (r >= operands.length && results[r - operands.length].slot >= 0) {
                Result y = results[r - operands.length];
                places.add(new Place(r, y.slot, 0, y.isNumbers ? 1 : columns, y.isNumbers ? 0 : 1, false));
            } else if (r >= 0 && r < operands.length && operands[r].room < 0) {
                Operand x = operands[r];
                Reading.Mode mode = x.reading.mode();
                boolean isOne = mode == Reading.Mode.SCALAR || mode == Reading.Mode.COLUMN || x.isNumbers;
                int rowStep = mode == Reading.Mode.SCALAR ? 0 : x.isNumbers ? 1 : x.reading.rowStep(columns);
                places.add(new Place(r, x.slot, x.reading.offset(), rowStep, isOne ? 0 : 1, numbers.contains(r)));
            } else if (r >= 0 && r < operands.length) {
                laidOut.add(r);
            }
        }
        long cost = joined.stream().mapToLong(i -> cost(i.fn, true)).sum();
        for (Instruction i : some) {
            cost += i.written == null ? cost(i.fn, false) : 0;
        }
        return new Work(
                some,
                places.toArray(Place[]::new),
                laidOut.stream().mapToInt(Integer::intValue).toArray(),
                cost);
    }

    private Frame.Registers registers(Frame.Scratch room) {
        Frame.Registers s = room.registers[number];
        if (s == null) {
            s = fresh(room);
            room.registers[number] = s;
        }
        return s;
    }

    /// The registers, with what is the same in all runs.
    private Frame.Registers fresh(Frame.Scratch room) {
        var s = new Frame.Registers(operands.length + results.length);
        for (int o = 0; o < operands.length; o++) {
            Operand x = operands[o];
            boolean isOne = x.reading.mode() == Reading.Mode.SCALAR && x.room < 0;
            s.step[o] = isOne ? 0 : x.isNumbers ? 1 : x.room < 0 ? x.reading.rowStep(columns) : columns;
            if (x.room >= 0) {
                s.set(o, room.array(x.kind), x.room * largest);
            }
        }
        for (int r = 0; r < results.length; r++) {
            Result y = results[r];
            s.step[operands.length + r] = y.isNumbers ? 1 : columns;
            if (y.slot < 0) {
                s.set(operands.length + r, room.array(y.kind), y.room * largest);
            }
        }
        return s;
    }

    /// Lays out an operand that is the same for all blocks.
    private void repeat(Frame f, Frame.Registers s, int o, int rows, int columns) {
        Operand x = operands[o];
        int at = f.offset[x.slot] + x.reading.offset();
        if (x.reading.mode() == Reading.Mode.SCALAR) {
            s.scalar[o] = RowFunctions.number(f.data[x.slot], at);
            RowFunctions.fill(s.data[o], s.offset[o], Math.min(largest, rows * columns), f.data[x.slot], at);
        } else if (x.reading.mode() == Reading.Mode.ROW) {
            for (int r = 0; r < Math.min(rows, Grid.blockRows(columns)); r++) {
                System.arraycopy(f.data[x.slot], at, s.data[o], s.offset[o] + r * columns, columns);
            }
        }
    }

    /// Lays out an operand's block.
    private void layOut(Frame f, Frame.Registers s, int o, int columns, int row, int height, int n) {
        Operand x = operands[o];
        int start = f.offset[x.slot] + x.reading.offset();
        if (x.reading.mode() == Reading.Mode.COLUMN) {
            int width = n / height;
            for (int r = 0; r < height; r++) {
                RowFunctions.fill(s.data[o], s.offset[o] + r * width, width, f.data[x.slot], start + row + r);
            }
        } else if (x.reading.mode() == Reading.Mode.FULL) {
            int step = x.reading.rowStep(columns);
            for (int r = 0; r < height; r++) {
                System.arraycopy(
                        f.data[x.slot], start + (row + r) * step, s.data[o], s.offset[o] + r * columns, columns);
            }
        }
    }
}
