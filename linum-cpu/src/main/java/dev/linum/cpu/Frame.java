package dev.linum.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.ref.SoftReference;

/// The memory of one run of a plan: for each slot an array and an offset into it, or a packed matrix, and room for
/// blocks of element-wise work.
///
/// Inside a loop the offset of a per-step value moves by one step's size; nothing is copied or allocated. A frame
/// serves one run at a time.
final class Frame implements Workers.Part {

    /// What several workers do together: part `index` of `parts`.
    interface Shared {
        void part(Frame frame, int index, int parts);
    }

    /// Numbers between what two workers write at each step, wherever the garbage collector puts it: two cache lines.
    private static final int APART = 32;

    /// Room for one worker's blocks, and the registers of all row programs.
    static final class Scratch {
        final float[] floats;
        final double[] doubles;
        final int[] ints;

        /// The registers of each program, once it has run.
        final Registers[] registers;

        Scratch(Room room) {
            floats = new float[room.floats()];
            doubles = new double[room.doubles()];
            ints = new int[room.ints()];
            registers = new Registers[room.programs()];
        }

        Object array(Storage.Kind kind) {
            return switch (kind) {
                case FLOATS -> floats;
                case DOUBLES -> doubles;
                case INTS -> ints;
            };
        }
    }

    /// Where the registers of a row program lie now.
    static final class Registers {
        final Object[] data;
        final int[] offset;

        /// From one row of a register to the next.
        final int[] step;

        /// The numbers that functions take; formulas read them where they lie.
        final double[] scalar;

        Registers(int count) {
            data = new Object[count + APART];
            offset = new int[count + APART];
            step = new int[count];
            scalar = new double[count + APART];
        }

        /// To write a reference that is there already would cost more than to look: the garbage collector is told of
        /// it.
        void set(int register, Object array, int at) {
            if (data[register] != array) {
                data[register] = array;
            }
            offset[register] = at;
        }
    }

    /// How much [Scratch] a row program needs.
    ///
    /// @param programs how many there are
    record Room(int floats, int doubles, int ints, int programs) {
        static final Room NONE = new Room(0, 0, 0, 0);

        Room and(Room other) {
            return new Room(
                    Math.max(floats, other.floats),
                    Math.max(doubles, other.doubles),
                    Math.max(ints, other.ints),
                    programs + other.programs);
        }
    }

    final Object[] data;
    final int[] offset;
    final Workers workers;

    /// By this it is kept while no run uses it.
    final SoftReference<Frame> kept = new SoftReference<>(this);

    /// How many rows of the batch the steps work on, where they can take any (see [dev.linum.graph.Rows]); else 1.
    int rows = 1;

    private final Scratch[] scratch;
    private final Room room;
    private final Frame[] forks;
    private Shared shared;
    private int parts;

    Frame(int slots, Room room, Workers workers) {
        this.data = new Object[slots + APART];
        this.offset = new int[slots + APART];
        this.room = room;
        this.workers = workers;
        this.scratch = new Scratch[workers.size()];
        this.forks = new Frame[workers.size()];
    }

    /// A frame over the same memory for one of several workers, whose slots it may point elsewhere.
    Frame fork(int index) {
        if (forks[index] == null) {
            forks[index] = new Frame(data.length - APART, room, Workers.ALONE);
        }
        Frame fork = forks[index];
        System.arraycopy(data, 0, fork.data, 0, data.length);
        System.arraycopy(offset, 0, fork.offset, 0, offset.length);
        fork.rows = rows;
        return fork;
    }

    /// Forgets the memory that a fork points to.
    void leave() {
        java.util.Arrays.fill(data, null);
    }

    /// Does `work` in so many parts, no more than there are workers.
    void share(Shared work, int count) {
        if (count <= 1) {
            work.part(this, 0, 1);
            return;
        }
        shared = work;
        parts = count;
        workers.run(count, this);
        shared = null;
    }

    @Override
    public void run(int index) {
        shared.part(this, index, parts);
    }

    Scratch scratch(int part) {
        if (scratch[part] == null) {
            scratch[part] = new Scratch(room);
        }
        return scratch[part];
    }

    float[] floats(int slot) {
        return (float[]) data[slot];
    }

    double[] doubles(int slot) {
        return (double[]) data[slot];
    }

    int[] ints(int slot) {
        return (int[]) data[slot];
    }

    MemorySegment packed(int slot) {
        return (MemorySegment) data[slot];
    }

    void set(int slot, Object array, int at) {
        if (data[slot] != array) {
            data[slot] = array;
        }
        offset[slot] = at;
    }
}
