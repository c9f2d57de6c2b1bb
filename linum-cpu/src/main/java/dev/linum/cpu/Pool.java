package dev.linum.cpu;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/// Rooms that products work in, which threads leave to each other.
///
/// One for each thread would stay as long as the thread does: with ten thousand virtual threads, gigabytes.
/// Here are as many as products run at the same time. A thread that multiplies again finds the room it had
/// before, if nobody else took it: that is still in its cache.
public final class Pool<T> {

    private static final int COUNT = 64;

    /// From one place to the next, so that no two are in one line of the cache.
    private static final int STEP = 16;

    private final AtomicReferenceArray<T> free = new AtomicReferenceArray<>(COUNT * STEP);
    private final Supplier<T> maker;

    /// @param maker makes a room when none is free
    public Pool(Supplier<T> maker) {
        this.maker = maker;
    }

    /// Takes a room, with whatever numbers were left in it.
    public T take() {
        int own = own();
        for (int i = 0; i < COUNT; i++) {
            int place = (own + i) % COUNT * STEP;
            T room = free.get(place);
            if (room != null && free.compareAndSet(place, room, null)) {
                return room;
            }
        }
        return maker.get();
    }

    /// Leaves a room to whoever takes it next; if there are enough of them, to the garbage collector.
    public void leave(T room) {
        int own = own();
        for (int i = 0; i < COUNT; i++) {
            if (free.compareAndSet((own + i) % COUNT * STEP, null, room)) {
                return;
            }
        }
    }

    private static int own() {
        return (int) (Thread.currentThread().threadId() % COUNT);
    }
}
