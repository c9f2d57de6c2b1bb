package dev.linum.simd;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

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
}
