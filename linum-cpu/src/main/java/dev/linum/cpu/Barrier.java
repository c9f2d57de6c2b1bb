package dev.linum.cpu;

import java.util.concurrent.atomic.AtomicInteger;

/// Where workers that run at the same time wait for each other: nobody goes on before all have come.
///
/// They spin, for a wait is mostly shorter than putting a thread to sleep takes.
final class Barrier {

    /// Another worker has failed, so that waiting for it has no end.
    private static final class Broken extends RuntimeException {
        Broken() {
            super("another worker failed", null, false, false);
        }
    }

    private static final int SPINS = 20_000;

    private final int parties;
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile int round;
    private volatile boolean broken;

    Barrier(int parties) {
        this.parties = parties;
    }

    void await() {
        int now = round;
        if (waiting.incrementAndGet() == parties) {
            waiting.set(0);
            round = now + 1;
            return;
        }
        for (int spin = 0; round == now; spin++) {
            if (broken) {
                throw new Broken();
            }
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    /// Lets nobody wait for this worker any more.
    void fail() {
        broken = true;
    }

    /// Says whether an exception only tells that another worker failed.
    static boolean isFollowing(Throwable failure) {
        return failure instanceof Broken;
    }
}
