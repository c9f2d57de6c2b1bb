package dev.linum.simd;

import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Rooms outside the heap for what is packed for one product, which threads leave to each other.
///
/// One for each thread would stay behind when the thread ends, until the garbage collector runs, which knows nothing of
/// how large they are. A thread that multiplies again finds the room it had before, if nobody else took it: that is
/// still in its cache.
final class Rooms {

    private static final int COUNT = 64;

    private static final AtomicReferenceArray<MemorySegment> FREE = new AtomicReferenceArray<>(COUNT);

    /// Rooms of up to so many bytes are kept for good. A block of a product takes two million; what takes more is a
    /// whole matrix, and after one product of a large one its room would stay for as long as the program runs.
    private static final long KEPT = 16 << 20;

    /// The largest of the larger rooms that were left, until the garbage collector runs.
    private static final AtomicReference<WeakReference<MemorySegment>> LARGE = new AtomicReference<>();

    private Rooms() {}

    /// Takes a room for so many numbers.
    static MemorySegment take(long count) {
        long size = count * Float.BYTES;
        if (size > KEPT) {
            WeakReference<MemorySegment> left = LARGE.get();
            MemorySegment room = left == null ? null : left.get();
            boolean fits = room != null && room.byteSize() >= size && LARGE.compareAndSet(left, null);
            return fits ? room : Panels.of(count);
        }
        int own = own();
        for (int i = 0; i < COUNT; i++) {
            int place = (own + i) % COUNT;
            MemorySegment room = FREE.get(place);
            if (room != null && room.byteSize() >= size && FREE.compareAndSet(place, room, null)) {
                return room;
            }
        }
        return Panels.of(count);
    }

    /// Leaves a room to whoever takes it next; if there are enough of them, the smaller ones to the garbage collector.
    static void leave(MemorySegment room) {
        if (room.byteSize() > KEPT) {
            WeakReference<MemorySegment> left = LARGE.get();
            MemorySegment other = left == null ? null : left.get();
            if (other == null || other.byteSize() < room.byteSize()) {
                LARGE.set(new WeakReference<>(room));
            }
            return;
        }
        int own = own();
        for (int i = 0; i < COUNT; i++) {
            if (FREE.compareAndSet((own + i) % COUNT, null, room)) {
                return;
            }
        }
        for (int i = 0; i < COUNT; i++) {
            int place = (own + i) % COUNT;
            MemorySegment other = FREE.get(place);
            if (other != null && other.byteSize() < room.byteSize() && FREE.compareAndSet(place, other, room)) {
                return;
            }
        }
    }

    private static int own() {
        return (int) (Thread.currentThread().threadId() % COUNT);
    }
}
