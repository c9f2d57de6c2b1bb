package dev.linum.simd;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Rooms outside the heap for what is packed for one product, which threads leave to each other.
///
/// One for each thread would stay behind when the thread ends, until the garbage collector runs, which knows nothing of
/// how large they are. A thread that multiplies again finds the room it had before, if nobody else took it: that is
/// still in its cache.
final class Rooms {

    private static final int COUNT = 64;

    private static final AtomicReferenceArray<MemorySegment> FREE = new AtomicReferenceArray<>(COUNT);

    private Rooms() {}

    /// Takes a room for so many numbers.
    static MemorySegment take(long count) {
        int own = own();
        for (int i = 0; i < COUNT; i++) {
            int place = (own + i) % COUNT;
            MemorySegment room = FREE.get(place) == null ? null : FREE.getAndSet(place, null);
            if (room != null && room.byteSize() >= count * Float.BYTES) {
                return room;
            }
        }
        return Panels.of(count);
    }

    /// Leaves a room to whoever takes it next; if there are enough of them, to the garbage collector.
    static void leave(MemorySegment room) {
        int own = own();
        for (int i = 0; i < COUNT; i++) {
            if (FREE.compareAndSet((own + i) % COUNT, null, room)) {
                return;
            }
        }
    }

    private static int own() {
        return (int) (Thread.currentThread().threadId() % COUNT);
    }
}
