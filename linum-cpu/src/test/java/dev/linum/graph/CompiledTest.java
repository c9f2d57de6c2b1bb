package dev.linum.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CompiledTest {

    @Test
    void aTypeTooManyCostsOneOtherItsPlan() {
        var traced = new AtomicInteger();
        Compiled<Tensor, Tensor> twice = Compiled.of(x -> {
            traced.incrementAndGet();
            return x.times(2);
        });
        for (int size = 1; size <= 257; size++) {
            twice.apply(Array.zeros(DType.F32, size));
        }
        assertThat(traced).hasValue(257);
        for (int size = 200; size < 257; size++) {
            twice.apply(Array.zeros(DType.F32, size));
        }
        assertThat(traced.get()).isLessThanOrEqualTo(259);
    }
}
