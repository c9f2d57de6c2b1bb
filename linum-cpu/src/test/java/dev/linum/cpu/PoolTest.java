package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoolTest {

    @Test
    void threadsThatComeAndGoLeaveTheirRoomsToTheNext() throws InterruptedException {
        var made = new AtomicInteger();
        var pool = new Pool<>(() -> new int[] {made.incrementAndGet()});
        for (int i = 0; i < 200; i++) {
            Thread.startVirtualThread(() -> pool.leave(pool.take())).join();
        }
        assertThat(made).hasValue(1);
    }

    @Test
    void whatIsTakenNobodyElseIsGiven() {
        var made = new AtomicInteger();
        var pool = new Pool<>(made::incrementAndGet);
        var taken = new HashSet<Integer>();
        for (int i = 0; i < 70; i++) {
            taken.add(pool.take());
        }
        assertThat(taken).hasSize(70);
        taken.forEach(pool::leave);
        taken.clear();
        for (int i = 0; i < 64; i++) {
            taken.add(pool.take());
        }
        assertThat(taken).hasSize(64);
        assertThat(made).hasValue(70);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNewThreadNeedsNoRoomOfItsOwn(boolean isDouble) throws InterruptedException {
        int n = 100;
        var kernels = new ScalarKernels();
        var floats = new float[n * n];
        var doubles = new double[n * n];
        Runnable product = isDouble
                ? () -> kernels.multiply(
                        n, n, n, doubles, 0, n, 1, doubles, 0, 1, n, false, new double[n * n], 0, n, Workers.ALONE)
                : () -> kernels.multiply(
                        n, n, n, floats, 0, n, 1, floats, 0, 1, n, false, new float[n * n], 0, n, Workers.ALONE);
        product.run();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var bytes = new AtomicLong();
        Thread.ofPlatform()
                .start(() -> {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    product.run();
                    bytes.set(threads.getCurrentThreadAllocatedBytes() - before);
                })
                .join();
        long result = (long) n * n * (isDouble ? Double.BYTES : Float.BYTES);
        assertThat(bytes.get()).isLessThan(result + 2000);
    }
}
