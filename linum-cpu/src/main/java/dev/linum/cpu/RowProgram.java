package dev.linum.cpu;

import dev.linum.graph.Fn;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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

    /// The elements of a block.
    static final int BLOCK = 1024;

    /// Rows of so many columns are blocks of their own, so that pieces of wider rows are read where they lie.
    private static final int WIDE = 128;

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

    /// What is done to a block.
    ///
    /// @param operands the operands that it takes, by their numbers
    /// @param results the results that it makes or looks up
    /// @param cost of one element
    private record Work(Instruction[] instructions, int[] operands, int[] results, long cost) {

        /// @param joined the functions that formulas do
        static Work of(Instruction[] instructions, int operands, List<Instruction> joined) {
            int[] registers = Arrays.stream(instructions)
                    .flatMapToInt(i ->
                            i.written == null ? IntStream.of(i.a, i.b, i.c, i.to) : Arrays.stream(i.written.registers))
                    .filter(r -> r >= 0)
                    .distinct()
                    .toArray();
            return new Work(
                    instructions,
                    Arrays.stream(registers).filter(r -> r < operands).toArray(),
                    Arrays.stream(registers)
                            .filter(r -> r >= operands)
                            .map(r -> r - operands)
                            .toArray(),
                    Stream.concat(
                                    joined.stream().map(i -> RowProgram.cost(i.fn, true)),
                                    Arrays.stream(instructions)
                                            .filter(i -> i.written == null)
                                            .map(i -> RowProgram.cost(i.fn, false)))
                            .mapToLong(Integer::intValue)
                            .sum());
        }
    }

    private final Kernels kernels;
    private final Operand[] operands;
    private final Result[] results;
    private final Instruction[] instructions;
    private volatile Work now;
    private final int rows;
    private final int columns;
    private final boolean flat;

    /// Whether a loop runs over one row, not over all rows of a block as if they were one.
    private final boolean isByRows;

    private final Grid[] grids;

    /// About how many elements were made; -1 if formulas are looked for no more. Two workers may count them as one's.
    private long done;

    /// @param batch the rows of the batch that `rows` and `columns` are for; a run may take fewer
    /// @param flat whether the grid is one row, as long as there are elements
    RowProgram(
            Kernels kernels,
            Operand[] operands,
            Result[] results,
            Instruction[] instructions,
            int rows,
            int columns,
            boolean flat,
            int batch) {
        this.kernels = kernels;
        this.operands = operands;
        this.results = results;
        this.instructions = instructions;
        this.rows = flat ? rows : rows / batch;
        this.columns = flat ? columns / batch : columns;
        this.flat = flat;
        this.isByRows = !flat && columns <= BLOCK && (blockRows(columns) == 1 || rows == 1);
        this.grids = new Grid[batch + 1];
        this.now = Work.of(instructions, operands.length, List.of());
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
            boolean makes = now.to == register || now.task == Task.FORMULA && now.reads(register);
            if (makes && made < 0) {
                made = now.task == Task.FUNCTION || now.task == Task.FORMULA ? i : instructions.length;
            }
            for (int o = 0; o < operands.length; o++) {
                if (operands[o].slot == operand && now.reads(o)) {
                    read = i;
                }
            }
        }
        boolean isInOrder = Arrays.stream(operands)
                .filter(o -> o.slot == operand)
                .allMatch(o -> o.reading.isWhole() && o.room < 0 && !o.isNumbers);
        boolean isFull = register >= 0 && !results[register - operands.length].isNumbers;
        return isInOrder && isFull && made < instructions.length && read <= made;
    }

    /// How rows and columns are cut into blocks: some whole rows, or a piece of one.
    private record Grid(int rows, int columns, int blockRows, int piece, int pieces, int blocks) {

        static Grid of(int rows, int columns) {
            int blockRows = RowProgram.blockRows(columns);
            int piece = blockRows > 1 ? columns : piece(columns);
            int pieces = columns == 0 ? 0 : (columns + piece - 1) / piece;
            boolean isByRows = blockRows > 1 || columns == 0;
            int height = Math.max(1, blockRows);
            return new Grid(
                    rows, columns, blockRows, piece, pieces, isByRows ? (rows + height - 1) / height : rows * pieces);
        }

        /// About equal pieces, of whole vectors.
        private static int piece(int columns) {
            int most = Math.max(1, (columns + BLOCK - 1) / BLOCK);
            return Math.min(BLOCK, ((columns + most - 1) / most + 15) / 16 * 16);
        }
    }

    /// The grid for so many rows of the batch; divisions take long beside what is done to a single short row.
    private Grid grid(Frame f) {
        Grid grid = grids[f.rows];
        if (grid == null) {
            grid = flat ? Grid.of(rows, columns * f.rows) : Grid.of(rows * f.rows, columns);
            grids[f.rows] = grid;
        }
        return grid;
    }

    /// How many rows of so many columns make a block.
    static int blockRows(int columns) {
        return columns == 0 || columns >= WIDE ? 1 : BLOCK / columns;
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
        int most = Math.min(frame.workers.size(), Math.max(1, grid.blocks));
        long parts = most == 1 ? 1 : now.cost * grid.rows * grid.columns / (frame.workers.areAwake() ? ALONE : ASLEEP);
        frame.share(this, (int) Math.clamp(parts, 1, most));
    }

    @Override
    public void part(Frame f, int index, int count) {
        Grid grid = grid(f);
        int rows = grid.rows;
        int columns = grid.columns;
        int from = count == 1 ? 0 : (int) ((long) grid.blocks * index / count);
        int to = count == 1 ? grid.blocks : (int) ((long) grid.blocks * (index + 1) / count);
        if (from == to || columns == 0) {
            return;
        }
        int blockRows = grid.blockRows;
        int piece = grid.piece;
        boolean isWhole = grid.pieces == 1;
        // Rows that need not follow each other, some at a time.
        boolean isApart = !flat && isWhole && blockRows == 1;
        int high = isApart ? Math.max(1, BLOCK / columns) : 1;
        Frame.Scratch s = f.scratch(index);
        Work now = this.now;
        prepare(f, s, now, rows, columns);
        for (int block = from; block < to; block += high) {
            int row = isWhole ? block * blockRows : block / grid.pieces;
            int column = isWhole ? 0 : block % grid.pieces * piece;
            int height = isApart ? Math.min(high, to - block) : Math.min(blockRows, rows - row);
            int width = Math.min(piece, columns - column);
            int n = height * width;
            for (int o : now.operands) {
                place(f, s, columns, o, row, column, height, n);
            }
            int at = row * columns + column;
            for (int r : now.results) {
                if (results[r].slot >= 0) {
                    s.offset[operands.length + r] = f.offset[results[r].slot] + (results[r].isNumbers ? row : at);
                }
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
        now = Work.of(
                next,
                operands.length,
                Arrays.stream(instructions).filter(i -> !left.contains(i)).toList());
    }

    /// Sets what is the same for all blocks.
    private void prepare(Frame f, Frame.Scratch s, Work now, int rows, int columns) {
        int blockRows = blockRows(columns);
        for (int o : now.operands) {
            Operand x = operands[o];
            boolean isOne = x.reading.mode() == Reading.Mode.SCALAR && x.room < 0;
            s.step[o] = isOne ? 0 : x.isNumbers ? 1 : x.room < 0 ? x.reading.rowStep(columns) : columns;
            if (x.room < 0) {
                s.data[o] = f.data[x.slot];
            } else {
                s.data[o] = s.array(x.kind);
                s.offset[o] = x.room * BLOCK;
            }
            if (x.reading.mode() == Reading.Mode.SCALAR) {
                int at = f.offset[x.slot] + x.reading.offset();
                s.scalar[o] = RowFunctions.number(f.data[x.slot], at);
                if (x.room < 0) {
                    s.offset[o] = at;
                } else {
                    RowFunctions.fill(s.data[o], s.offset[o], Math.min(BLOCK, rows * columns), f.data[x.slot], at);
                }
            } else if (x.reading.mode() == Reading.Mode.ROW && x.room >= 0) {
                for (int r = 0; r < Math.min(rows, blockRows); r++) {
                    System.arraycopy(
                            f.data[x.slot],
                            f.offset[x.slot] + x.reading.offset(),
                            s.data[o],
                            s.offset[o] + r * columns,
                            columns);
                }
            }
        }
        for (int r : now.results) {
            Result y = results[r];
            s.data[operands.length + r] = y.slot >= 0 ? f.data[y.slot] : s.array(y.kind);
            s.offset[operands.length + r] = y.room * BLOCK;
            s.step[operands.length + r] = y.isNumbers ? 1 : columns;
        }
    }

    /// Sets where an operand's block begins; lays it out in the room if it has a place there.
    private void place(Frame f, Frame.Scratch s, int columns, int o, int row, int column, int height, int n) {
        Operand x = operands[o];
        int start = f.offset[x.slot] + x.reading.offset();
        switch (x.reading.mode()) {
            case SCALAR -> {}
            case ROW -> {
                if (x.room < 0) {
                    s.offset[o] = start + column;
                }
            }
            case COLUMN -> {
                if (x.room < 0) {
                    s.offset[o] = start + row;
                    s.scalar[o] = RowFunctions.number(f.data[x.slot], start + row);
                } else {
                    int width = n / height;
                    for (int r = 0; r < height; r++) {
                        RowFunctions.fill(
                                s.data[o], x.room * BLOCK + r * width, width, f.data[x.slot], start + row + r);
                    }
                }
            }
            case FULL -> {
                int step = x.reading.rowStep(columns);
                if (x.isNumbers) {
                    s.offset[o] = start + row;
                } else if (x.room < 0) {
                    s.offset[o] = start + row * step + column;
                } else {
                    for (int r = 0; r < height; r++) {
                        System.arraycopy(
                                f.data[x.slot],
                                start + (row + r) * step,
                                s.data[o],
                                x.room * BLOCK + r * columns,
                                columns);
                    }
                }
            }
        }
    }
}
