package dev.linum.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BucketsTest {

    private static final int[] LENGTHS =
            new SplittableRandom(1).ints(103, 0, 200).toArray();

    @Test
    void everySequenceIsInOneBatch() {
        for (List<int[]> batches :
                List.of(Buckets.shuffled(LENGTHS, 10, new SplittableRandom(2)), Buckets.inOrder(LENGTHS, 10))) {
            assertThat(batches).hasSize(11);
            assertThat(batches.stream().filter(batch -> batch.length < 10)).hasSize(1);
            assertThat(batches.stream().flatMapToInt(Arrays::stream).sorted().toArray())
                    .isEqualTo(IntStream.range(0, LENGTHS.length).toArray());
        }
    }

    @Test
    void similarLengthsAreTogetherInOtherCompanyEachTime() {
        var random = new SplittableRandom(3);
        List<int[]> first = Buckets.shuffled(LENGTHS, 10, random);
        List<int[]> second = Buckets.shuffled(LENGTHS, 10, random);
        var companies = first.stream().map(BucketsTest::sorted).toList();
        assertThat(second.stream().map(BucketsTest::sorted).filter(companies::contains))
                .hasSizeLessThan(companies.size() / 2);
        int cells = first.stream()
                .mapToInt(batch -> batch.length * Buckets.padded(LENGTHS, batch))
                .sum();
        int real = Arrays.stream(LENGTHS).sum();
        assertThat(cells).isLessThan(real * 5 / 4);
    }

    private static String sorted(int[] batch) {
        return Arrays.toString(Arrays.stream(batch).sorted().toArray());
    }

    @Test
    void theOrderForEvaluationIsByLength() {
        assertThat(Buckets.inOrder(new int[] {5, 1, 3}, 2)).containsExactly(new int[] {1, 2}, new int[] {0});
    }

    @Test
    void stepsArePaddedToFewSizes() {
        assertThat(IntStream.of(0, 1, 4, 5, 29, 32, 33, 64, 65, 72, 73, 1000).map(Buckets::padded))
                .containsExactly(4, 4, 4, 8, 32, 32, 36, 64, 72, 72, 80, 1024);
        assertThat(IntStream.rangeClosed(0, 1024).map(Buckets::padded).distinct())
                .hasSize(48);
    }

    @Test
    void noSequencesMakeNoBatchesAndABatchIsNeverEmpty() {
        assertThat(Buckets.shuffled(new int[0], 4, new SplittableRandom(4))).isEmpty();
        assertThat(Buckets.inOrder(new int[0], 4)).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Buckets.inOrder(LENGTHS, 0))
                .withMessage("a batch has at least one sequence, found size 0");
    }
}
