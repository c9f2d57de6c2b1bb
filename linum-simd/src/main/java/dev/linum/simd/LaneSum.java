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

    /// What [VectorRows#sum] computes, without vectors.
    static float of(float[] x, int xo, int n) {
        int length = LANES.length();
        int whole = n - n % length;
        var lanes = new float[length];
        for (int i = 0; i < whole; i++) {
            lanes[i % length] += x[xo + i];
        }
        for (int half = length / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] += lanes[i + half];
            }
        }
        return VectorRows.addRest(lanes[0], x, xo, whole, n);
    }

    /// Moves lanes on by a part of the vector.
    private static VectorShuffle<Float> turned(int part) {
        int by = LANES.length() / part;
        return VectorShuffle.fromOp(LANES, i -> (i + by) % LANES.length());
    }
}
