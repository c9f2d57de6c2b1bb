package dev.linum.cpu;

import java.util.ArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// Daemon threads that wait for work; the caller takes part.
///
/// The property `linum.threads` sets their number, the processors available by default. A team serves one
/// caller at a time: a second caller, or a part that calls again, runs its parts alone, which gives the same
/// numbers. The threads stay for good, so they inherit nothing from whom happened to call first: neither thread locals
/// nor a class loader.
final class Team implements Workers {

    private static final class Shared {
        static final Team TEAM = new Team(wanted(System.getProperty("linum.threads")));
    }

    /// So often a caller looks whether the others are done before it lets somebody else have the processor.
    private static final int PATIENCE = 2000;

    private static final int SPINS = 100;

    /// So many nanoseconds after its last part a thread falls asleep: to wake it takes about as long, where its
    /// processor has fallen asleep too.
    private static final long AWAKE = 300_000;

    private final Thread[] threads;
    private final ReentrantLock busy = new ReentrantLock();

    /// The round in the upper half, how many of its parts nobody has taken yet in the lower.
    ///
    /// The first part is the caller's, so that of two parts each goes to the same thread round after round, which
    /// has the weights that it reads in its own cache.
    private final AtomicLong tickets = new AtomicLong();

    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicInteger asleep = new AtomicInteger();
    private int parts;
    private Part part;
    private volatile Throwable failure;

    Team(int size) {
        this(
                size,
                Thread.ofPlatform()
                        .daemon()
                        .inheritInheritableThreadLocals(false)
                        .name("linum-", 1)
                        .factory());
    }

    /// If not all threads can be started, those that could be are the team.
    Team(int size, ThreadFactory factory) {
        var started = new ArrayList<Thread>();
        try {
            for (int i = 1; i < size; i++) {
                Thread thread = factory.newThread(this::work);
                thread.start();
                started.add(thread);
            }
        } catch (OutOfMemoryError e) {
            System.getLogger("dev.linum")
                    .log(
                            System.Logger.Level.WARNING,
                            "of " + size + " threads only " + (started.size() + 1) + " could be started: "
                                    + e.getMessage());
        }
        threads = started.toArray(Thread[]::new);
    }

    /// Returns the team of this JVM.
    ///
    /// @throws IllegalArgumentException if the property `linum.threads` is no number of threads
    static Team shared() {
        wanted(System.getProperty("linum.threads"));
        return Shared.TEAM;
    }

    private static int wanted(String threads) {
        if (threads == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        if (!threads.matches("[1-9]\\d{0,3}")) {
            throw new IllegalArgumentException(
                    "linum.threads is \"" + threads + "\", but it is a number of threads from 1 to 9999");
        }
        return Integer.parseInt(threads);
    }

    @Override
    public int size() {
        return threads.length + 1;
    }

    @Override
    public void run(int count, Part work) {
        if (count <= 1 || threads.length == 0 || busy.isHeldByCurrentThread() || !busy.tryLock()) {
            for (int i = 0; i < count; i++) {
                work.run(i);
            }
            return;
        }
        try {
            part = work;
            parts = count;
            failure = null;
            pending.set(count - 1);
            long round = (tickets.get() >>> 32) + 1 & 0xFFFFFFFFL;
            tickets.set(round << 32 | count - 1);
            if (asleep.get() > 0) {
                for (int i = 0; i < Math.min(threads.length, count - 1); i++) {
                    LockSupport.unpark(threads[i]);
                }
            }
            try {
                work.run(0);
            } catch (RuntimeException | Error e) {
                failed(e);
            }
            take(round);
            for (int spin = 0; pending.get() > 0; spin++) {
                if (spin < PATIENCE) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            part = null;
            rethrow(failure);
        } finally {
            busy.unlock();
        }
    }

    @Override
    public boolean areAwake(int parts) {
        return asleep.get() <= threads.length - Math.min(threads.length, parts - 1);
    }

    private static void rethrow(Throwable thrown) {
        switch (thrown) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(thrown);
        }
    }

    private void failed(Throwable thrown) {
        if (failure == null) {
            failure = thrown;
        }
    }

    /// Runs parts of a round as long as there are any. A thread that comes late finds none, or another round.
    private void take(long round) {
        for (long t = tickets.get(); t >>> 32 == round && (int) t > 0; t = tickets.get()) {
            if (tickets.compareAndSet(t, t - 1)) {
                try {
                    part.run(parts - (int) t);
                } catch (RuntimeException | Error e) {
                    failed(e);
                } finally {
                    pending.decrementAndGet();
                }
            }
        }
    }

    private void work() {
        long seen = 0;
        while (true) {
            await(seen);
            seen = tickets.get() >>> 32;
            take(seen);
        }
    }

    /// Returns when another round has begun.
    private void await(long seen) {
        long begin = System.nanoTime();
        while (tickets.get() >>> 32 == seen) {
            for (int spin = 0; spin < SPINS && tickets.get() >>> 32 == seen; spin++) {
                Thread.onSpinWait();
            }
            if (System.nanoTime() - begin > AWAKE) {
                asleep.incrementAndGet();
                while (tickets.get() >>> 32 == seen) {
                    LockSupport.park(this);
                }
                asleep.decrementAndGet();
            }
        }
    }
}
