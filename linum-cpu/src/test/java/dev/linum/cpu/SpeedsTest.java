package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SpeedsTest {

    @Test
    void aSlowWorkerIsKnownAfterSomeRunsAndForgottenAfterOthers() {
        var speeds = new Speeds(2);
        assertThat(speeds.of(1)).isEqualTo(1);
        for (int run = 0; run < 40; run++) {
            speeds.saw(new double[] {100, 100}, new long[] {1000, 2000});
        }
        assertThat(speeds.of(0) / speeds.of(1)).isCloseTo(2, within(0.01));
        assertThat(speeds.from(0, 2)).isCloseTo(2, within(0.01));
        for (int run = 0; run < 40; run++) {
            speeds.saw(new double[] {100, 50}, new long[] {2000, 1000});
        }
        assertThat(speeds.of(0) / speeds.of(1)).isCloseTo(1, within(0.01));
    }

    @Test
    void oneRunThatWasInterruptedChangesLittle() {
        var speeds = new Speeds(3);
        speeds.saw(new double[] {10, 10, 10}, new long[] {100, 100, 1_000_000_000});
        assertThat(speeds.of(2)).isCloseTo(0.9, within(1e-9));
        assertThat(speeds.of(0)).isCloseTo(1.1, within(0.1));
    }

    @Test
    void aWorkerWithoutWorkIsTriedAgain() {
        var speeds = new Speeds(2);
        for (int run = 0; run < 40; run++) {
            speeds.saw(new double[] {100, 100}, new long[] {1000, 9000});
        }
        assertThat(speeds.of(0) / speeds.of(1)).isGreaterThan(3);
        for (int run = 0; run < 40; run++) {
            speeds.saw(new double[] {200, 0}, new long[] {2000, 5});
        }
        assertThat(speeds.of(0)).isCloseTo(1, within(0.01));
        assertThat(speeds.of(1)).isCloseTo(1, within(0.01));
    }
}
