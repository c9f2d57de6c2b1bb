package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Op;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReductionTest {

    @Test
    void theColumnsOfAWorkerAreFoundEvenIfThereAreManyOfBoth() {
        int columns = 1 << 12;
        int parts = 1 << 21;
        var sum = Reduction.of(new Op.Reduce(Op.Reduce.Kind.SUM, List.of(0)), new int[] {2, columns});
        float[] in = new float[2 * columns];
        float[] out = new float[columns];
        float[] expected = new float[columns];
        Arrays.fill(in, 1);
        // One part of 512 has a column, the others none.
        for (int part : new int[] {511, (1 << 20) + 511, parts - 1}) {
            sum.part(new ScalarKernels(), in, 0, out, 0, part, parts);
            expected[part / 512] = 2;
            assertThat(out).isEqualTo(expected);
        }
    }
}
