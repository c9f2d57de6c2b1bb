package dev.linum.simd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The memory of packed matrices: panels of two vectors, outside the heap.
///
/// ```
///   an array's numbers  |..............16 bytes of header + numbers: every vector lies in two lines of the cache
///   a segment's         |vector|vector|...
///   lines of the cache  |      |      |
/// ```
///
/// An array begins at a multiple of eight bytes, and nobody can ask for more; of a segment one can. A vector of 512
/// bits that lies in two lines takes two reads, and they are what the tiles of few rows wait for. The garbage
/// collector gives a segment back when nothing points to it any more.
final class Panels {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    private static final int L = LANES.length();

    /// The columns of a panel.
    static final int WIDTH = 2 * L;

    static final int VECTOR_BYTES = L * Float.BYTES;

    /// From one row of a panel to the next.
    static final int ROW_BYTES = 2 * VECTOR_BYTES;

    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static final int LINE = 64;

    private Panels() {}

    /// Room for so many numbers.
    static MemorySegment of(long count) {
        return Arena.ofAuto().allocate(Math.max(1, count) * Float.BYTES, LINE);
    }

    /// Writes a vector as the numbers from `at` on.
    static void write(FloatVector vector, MemorySegment to, int at) {
        vector.intoMemorySegment(to, (long) at * Float.BYTES, ORDER);
    }
}
