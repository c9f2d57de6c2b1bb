package dev.linum.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExamplesTest {

    @Test
    void echoLearns() {
        assertThat(Echo.train(150)).isLessThan(Echo.train(1) / 3);
    }
}
