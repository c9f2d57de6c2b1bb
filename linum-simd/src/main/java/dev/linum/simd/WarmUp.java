package dev.linum.simd;

import dev.linum.cpu.Background;
import java.util.concurrent.TimeUnit;

/// Keeps vector code from being used before the JVM has compiled it.
///
/// ```
///   a product    tiles compiled? --yes--> VectorProduct
///   is wanted          |
///                      no ----> the plain twin, the same numbers
///                      |
///                      +------> in the background, tiles are run on numbers of no meaning until they are fast
/// ```
///
/// An interpreted vector is an object, and each operation on it a call of many methods, each of which the JVM compiles
/// sooner than the tile that calls them. So a first batch took seconds, while plain loops are compiled in a moment. In
/// the background a tile runs with just so many numbers, and so many times, that the JVM compiles it.
///
/// With the property `linum.kernels=vector` vector code is used at once, compiled or not.
final class WarmUp {

    private static final boolean AT_ONCE = "vector".equals(System.getProperty("linum.kernels"));

    /// So many samples have turns at a time, the lowest first: tiles before functions.
    private static final int TOGETHER = 2;

    /// In its first turns code is entered so many times and left again: enough for the JVM to have it count what it
    /// does. These are few, since code that rarely comes to its loop would be compiled as such.
    private static final int ENTRIES = 200;

    private static final int FIRST = 5;

    /// In a turn it is run for so many nanoseconds, until it was run as often as the JVM asks for, and once after that.
    private static final long TURN = TimeUnit.MILLISECONDS.toNanos(1);

    private static final int RUNS = 3000;

    private static final long PAUSE_MILLIS = 2;

    /// So long the JVM is left to compile what results wait for.
    private static final long FIRST_PAUSE_MILLIS = 150;

    /// What is not fast after so many turns, ten seconds or more, stays with the plain twin. If nothing else is fast
    /// either, all does: some JVMs make no vectors, such as one with `-XX:TieredStopAtLevel=1`.
    private static final int MOST = 2000;

    /// So long after a first failure it is tried again; after each more, twice as long.
    private static final long AGAIN = TimeUnit.SECONDS.toNanos(1);

    private static volatile long compiled = AT_ONCE ? -1 : 0;
    private static volatile long asked;
    private static long slow;
    private static boolean running;

    /// When it last failed, such as for want of a thread, and the nanoseconds from then until it is tried again.
    private static long failure = System.nanoTime();

    private static long wait;

    private final Samples samples = new Samples();
    private final int[] runs = new int[Long.SIZE];
    private final int[] turns = new int[Long.SIZE];

    WarmUp() {}

    /// Says whether all of this code is compiled, see [Samples]; if it is not, it will be.
    static boolean isOver(long code) {
        if ((code & ~compiled) == 0) {
            return true;
        }
        if ((code & ~asked) != 0) {
            ask(code);
        }
        return false;
    }

    private static synchronized void ask(long code) {
        if (!running && System.nanoTime() - failure >= wait) {
            running = true;
            if (!Background.first(WarmUp::begin)) {
                failed();
            }
        }
        if (running) {
            asked |= code;
        }
    }

    private static void begin() {
        boolean isDone = false;
        try {
            new WarmUp().run();
            isDone = true;
        } finally {
            if (!isDone) {
                failed();
            }
        }
    }

    /// Lets what is not compiled be asked for again, later on.
    private static synchronized void failed() {
        running = false;
        asked &= compiled | slow;
        wait = Math.max(2 * wait, AGAIN);
        failure = System.nanoTime();
    }

    private static synchronized long left() {
        long left = asked & ~compiled & ~slow;
        running = left != 0;
        return left;
    }

    private void run() {
        Background.pause(FIRST_PAUSE_MILLIS);
        long left;
        while ((left = left()) != 0) {
            for (int i = 0; i < TOGETHER && left != 0; i++, left &= left - 1) {
                int code = Long.numberOfTrailingZeros(left);
                if (isFast(code)) {
                    compiled |= 1L << code;
                } else if (turns[code] > MOST) {
                    slow |= compiled == 0 ? -1 : 1L << code;
                }
            }
            Background.pause(PAUSE_MILLIS);
        }
    }

    /// Gives code a turn and says whether it is fast.
    boolean isFast(int code) {
        for (int n = 0; n < ENTRIES && turns[code] < FIRST; n++) {
            samples.run(code, 0, true);
        }
        turns[code]++;
        long end = System.nanoTime() + TURN;
        do {
            samples.run(code, 1, runs[code]++ % 2 == 0);
        } while (runs[code] < RUNS && System.nanoTime() < end);
        samples.run(code, Samples.LONG, true);
        long begin = System.nanoTime();
        samples.run(code, Samples.LONG, false);
        return System.nanoTime() - begin < Samples.nanos(code);
    }
}
