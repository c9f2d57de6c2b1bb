package dev.linum.simd;

import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The sum of the lanes of a vector.
final class LaneSum {

    private static final VectorSpecies<Float> LANES = VectorKernels.LANES;
    static final VectorShuffle<Float> HALVES = turned(2);
    static final VectorShuffle<Float> QUARTERS = turned(4);
    static final VectorShuffle<Float> EIGHTHS = turned(8);
    static final VectorShuffle<Float> SIXTEENTHS = turned(16);

    /// The names of these fields, for written loops.
    static final Map<Integer, String> NAMES = Map.of(2, "HALVES", 4, "QUARTERS", 8, "EIGHTHS", 16, "SIXTEENTHS");

    private LaneSum() {}

    /// The sum of all lanes, halves first: in one order, whether compiled or not.
    static float of(FloatVector x) {
        FloatVector s = x;
        if (LANES.length() > 1) {
            s = s.add(s.rearrange(HALVES));
        }
        if (LANES.length() > 2) {
            s = s.add(s.rearrange(QUARTERS));
        }
        if (LANES.length() > 4) {
            s = s.add(s.rearrange(EIGHTHS));
        }
        if (LANES.length() > 8) {
            s = s.add(s.rearrange(SIXTEENTHS));
        }
        return s.lane(0);
    }

    /// Moves lanes on by a part of the vector.
    private static VectorShuffle<Float> turned(int part) {
        int by = LANES.length() / part;
        return VectorShuffle.fromOp(LANES, i -> (i + by) % LANES.length());
    }
}
