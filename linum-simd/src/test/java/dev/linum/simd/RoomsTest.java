package dev.linum.simd;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.linum.cpu.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.HashSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoomsTest {

    @Test
    void threadsThatComeAndGoLeaveTheirRoomsToTheNext() throws InterruptedException {
        var addresses = ConcurrentHashMap.<Long>newKeySet();
        for (int i = 0; i < 200; i++) {
            Thread thread = Thread.ofPlatform().start(() -> {
                MemorySegment room = Rooms.take(1000);
                addresses.add(room.address());
                Rooms.leave(room);
            });
            thread.join();
        }
        assertThat(addresses).isNotEmpty().hasSizeLessThanOrEqualTo(64);
    }

    @Test
    void whatIsTakenNobodyElseIsGiven() {
        var addresses = new HashSet<Long>();
        var rooms = new MemorySegment[70];
        for (int i = 0; i < rooms.length; i++) {
            rooms[i] = Rooms.take(100);
            addresses.add(rooms[i].address());
        }
        assertThat(addresses).hasSize(rooms.length);
        for (MemorySegment room : rooms) {
            Rooms.leave(room);
        }
        MemorySegment larger = Rooms.take(1 << 20);
        assertThat(larger.byteSize()).isGreaterThanOrEqualTo(4L << 20);
        assertThat(larger.address() % 64).isZero();
        Rooms.leave(larger);
    }

    @Test
    void aLargerOneLeavesThoseThatAreTooSmall() {
        var rooms = new MemorySegment[70];
        var addresses = new HashSet<Long>();
        for (int i = 0; i < rooms.length; i++) {
            rooms[i] = Rooms.take(1);
            addresses.add(rooms[i].address());
        }
        for (MemorySegment room : rooms) {
            Rooms.leave(room);
        }
        MemorySegment larger = Rooms.take(4 << 20);
        addresses.add(larger.address());
        for (int i = 0; i < 63; i++) {
            assertThat(addresses).contains(Rooms.take(1).address());
        }
        Rooms.leave(larger);
    }

    @Test
    void aLargerOneIsKeptInsteadOfASmallerIfNoPlaceIsFree() {
        for (int i = 0; i < 64; i++) {
            Rooms.take(1);
        }
        for (int i = 0; i < 64; i++) {
            Rooms.leave(Panels.of(1));
        }
        MemorySegment larger = Panels.of(4 << 20);
        Rooms.leave(larger);
        assertThat(Rooms.take(4 << 20)).isSameAs(larger);
        Rooms.leave(larger);
    }

    @Test
    void aVeryLargeOneIsUsedAgainButNotKeptForGood() {
        MemorySegment room = Rooms.take(5 << 20);
        Rooms.leave(room);
        assertThat(Rooms.take(5 << 20)).isSameAs(room);
        Rooms.leave(room);
        var left = new WeakReference<>(room);
        room = null;
        for (int i = 0; i < 20 && left.get() != null; i++) {
            System.gc();
        }
        assertThat(left.get()).isNull();
    }

    /// Until it is compiled, vector code makes objects.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNewThreadNeedsNoRoomForABlockOfA(boolean isTurned) throws InterruptedException {
        int n = 128;
        var kernels = new VectorKernels();
        var a = new float[n * n];
        var c = new float[n * n];
        int row = isTurned ? 1 : n;
        int column = isTurned ? n : 1;
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var fewest = new AtomicLong(Long.MAX_VALUE);
        for (int i = 0; i < 1000 && fewest.get() > 50_000; i++) {
            Thread.ofPlatform()
                    .start(() -> {
                        long before = threads.getCurrentThreadAllocatedBytes();
                        kernels.multiply(n, n, n, a, 0, row, column, a, 0, n, 1, false, c, 0, n, Workers.ALONE);
                        fewest.accumulateAndGet(threads.getCurrentThreadAllocatedBytes() - before, Math::min);
                    })
                    .join();
        }
        assertThat(fewest.get()).isLessThanOrEqualTo(50_000);
    }
}
