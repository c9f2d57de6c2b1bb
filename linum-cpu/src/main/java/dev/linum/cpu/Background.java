package dev.linum.cpu;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A thread for what makes later runs faster and no result waits for. It ends when there is nothing left to do, and
/// keeps no JVM alive. It inherits neither thread locals nor a class loader from who has it started.
public final class Background {

    /// The name of the thread.
    public static final String NAME = "linum-background";

    private static final System.Logger LOG = System.getLogger("dev.linum");

    static final ThreadPoolExecutor ONE = new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> Thread.ofPlatform()
                    .daemon()
                    .inheritInheritableThreadLocals(false)
                    .name(NAME)
                    .unstarted(work));

    static {
        ONE.allowCoreThreadTimeOut(true);
    }

    private static final Queue<Runnable> URGENT = new ConcurrentLinkedQueue<>();

    /// Of what is urgent, how much is not done yet.
    private static final AtomicInteger LEFT = new AtomicInteger();

    private Background() {}

    /// Runs some work after what was given before. What it throws is logged, and else has no consequence; nor
    /// has it that no thread can be started to run it.
    public static void run(Runnable work) {
        execute(() -> logging(work));
    }

    /// Runs some work as soon as what runs now makes a pause.
    ///
    /// @return whether it will be run: false if no thread can be started
    public static boolean first(Runnable work) {
        LEFT.incrementAndGet();
        URGENT.add(work);
        if (execute(Background::urgent) || !URGENT.remove(work)) {
            return true;
        }
        LEFT.decrementAndGet();
        return false;
    }

    private static boolean execute(Runnable work) {
        try {
            ONE.execute(work);
            return true;
        } catch (OutOfMemoryError e) {
            LOG.log(System.Logger.Level.DEBUG, "no thread can be started for what makes later runs faster", e);
            return false;
        }
    }

    /// Says whether work given to [#first] is not done yet: what runs meanwhile will soon be faster.
    static boolean isUrgent() {
        return LEFT.get() > 0;
    }

    /// Does what is urgent, and lets the compiler, and who waits for results, have the processor for some milliseconds.
    ///
    /// @return the nanoseconds that urgent work took
    public static long pause(long millis) {
        long begin = System.nanoTime();
        urgent();
        long nanos = System.nanoTime() - begin;
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return nanos;
    }

    private static void urgent() {
        Runnable work;
        while ((work = URGENT.poll()) != null) {
            try {
                logging(work);
            } finally {
                LEFT.decrementAndGet();
            }
        }
    }

    private static void logging(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.DEBUG, "what would have made later runs faster failed", e);
        }
    }
}
