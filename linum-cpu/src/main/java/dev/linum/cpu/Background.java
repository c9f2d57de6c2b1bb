package dev.linum.cpu;

import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A thread for what makes later runs faster and no result waits for. It ends when there is nothing left to do, and
/// keeps no JVM alive.
public final class Background {

    /// The name of the thread.
    public static final String NAME = "linum-background";

    /// Work, and its place among what waits.
    private record Waiting(Runnable work, long place) implements Runnable, Comparable<Waiting> {
        @Override
        public void run() {
            try {
                work.run();
            } catch (RuntimeException | LinkageError e) {
                System.getLogger("dev.linum")
                        .log(System.Logger.Level.DEBUG, "what would have made later runs faster failed", e);
            }
        }

        @Override
        public int compareTo(Waiting other) {
            return Long.compare(place, other.place);
        }
    }

    private static final ThreadPoolExecutor ONE =
            new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new PriorityBlockingQueue<>(), work -> {
                var thread = new Thread(work, NAME);
                thread.setDaemon(true);
                return thread;
            });

    static {
        ONE.allowCoreThreadTimeOut(true);
    }

    private static final AtomicLong COUNT = new AtomicLong();

    private static final AtomicInteger URGENT = new AtomicInteger();

    private Background() {}

    /// Runs some work after all that waits. What it throws is logged, and else has no consequence.
    public static void run(Runnable work) {
        ONE.execute(new Waiting(work, COUNT.incrementAndGet()));
    }

    /// Runs some work before all that was given to [#run].
    public static void first(Runnable work) {
        URGENT.incrementAndGet();
        Runnable counted = () -> {
            try {
                work.run();
            } finally {
                URGENT.decrementAndGet();
            }
        };
        ONE.execute(new Waiting(counted, Long.MIN_VALUE + COUNT.incrementAndGet()));
    }

    /// Says whether work given to [#first] is not done yet: what runs meanwhile will soon be faster.
    static boolean isUrgent() {
        return URGENT.get() > 0;
    }

    /// Lets the compiler, and who waits for results, have the processor for some milliseconds.
    public static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
