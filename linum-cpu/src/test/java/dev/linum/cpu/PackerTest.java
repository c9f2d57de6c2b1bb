package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.linum.graph.Array;
import dev.linum.graph.Packing;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Packed sequences follow each other in few rows, whole and in order.
class PackerTest {

    private static final int STEPS = 30;

    private static int[] ints(dev.linum.graph.Tensor x) {
        return x.array().toInts();
    }

    @Test
    void sequencesOfTheExampleGoWhereThePictureShowsThem() {
        var packing = Packing.of(Array.of(new int[] {3, 2, 1, 6, 4}), 6, false);
        assertThat(ints(packing.sequences().transpose()))
                .startsWith(3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 1, 1, 0, 0, 0, 2, -1, -1, -1, -1, -1, -1, -1, -1);
    }

    @Test
    void everySequenceIsWholeAndInOrderAndRowsWithoutOneComeLast() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            int batch = random.nextInt(12);
            int[] lengths = random.ints(batch, 0, STEPS + 1).toArray();
            boolean timeMajor = seed % 2 == 0;
            var packing = Packing.of(Array.of(lengths), STEPS, timeMajor);
            int[] place = ints(packing.place());
            int[] token = ints(packing.token());
            int[] sequences = ints(packing.sequences());
            assertThat(IntStream.of(place).sorted().toArray())
                    .isEqualTo(IntStream.range(0, STEPS * batch).toArray());
            for (int s = 0; s < batch; s++) {
                for (int t = 0; t < STEPS; t++) {
                    int own = timeMajor ? t * batch + s : s * STEPS + t;
                    assertThat(token[place[own]]).isEqualTo(own);
                    assertThat(sequences[place[own]]).isEqualTo(t < lengths[s] ? s : -1);
                    if (t > 0 && t < lengths[s]) {
                        int before = timeMajor ? own - batch : own - 1;
                        assertThat(place[own]).isEqualTo(place[before] + batch);
                    }
                }
            }
            for (int i = 0; i + 1 < STEPS * batch; i++) {
                if ((i + 1) % batch != 0 && sequences[i] < 0) {
                    assertThat(sequences[i + 1]).isNegative();
                }
            }
        }
    }

    /// First fit decreasing takes at most 11/9 of the rows of the best packing, and no step more than the longest has.
    @Test
    void sequencesTakeFewRowsAndStepsOfTheLongest() {
        for (int seed = 0; seed < 100; seed++) {
            int[] lengths = new Random(seed).ints(40, 1, STEPS - 4).toArray();
            int longest = Arrays.stream(lengths).max().orElseThrow();
            int[] sequences = ints(Packing.of(Array.of(lengths), STEPS, true).sequences());
            int rows =
                    (int) IntStream.range(0, 40).filter(r -> sequences[r] >= 0).count();
            double least = Math.ceil(Arrays.stream(lengths).sum() / (double) longest);
            assertThat((double) rows).isLessThanOrEqualTo(1 + 11 / 9.0 * least);
            assertThat(Arrays.copyOfRange(sequences, longest * 40, STEPS * 40)).containsOnly(-1);
        }
    }

    @Test
    void lengthsThatAreNoneAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Packing.of(Array.of(new int[] {3, 31}), STEPS, true))
                .withMessage("pack: a length lies between 0 and 30, but one is 31");
    }
}
