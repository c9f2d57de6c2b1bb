package dev.linum.cli;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Turns the first Ctrl-C into a wish, and lets the process end once it is fulfilled.
///
/// The JVM ends after its shutdown hooks; the hook waits until this is closed. Before there is anything to keep it
/// says so and does not wait.
final class Interruption implements AutoCloseable {

    /// The exit status of a command that was interrupted.
    static final int STATUS = 130;

    private static final long LONGEST_WAIT_SECONDS = 60;

    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = new Thread(this::waitForTheEnd, "interruption");
    private final PrintWriter out;
    private volatile boolean begun;
    private volatile boolean asked;

    private Interruption(PrintWriter out) {
        this.out = out;
    }

    static Interruption watch(PrintWriter out) {
        var interruption = new Interruption(out);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /// Tells that there will be something to keep from now on.
    void begin() {
        begun = true;
    }

    boolean isAsked() {
        return asked;
    }

    private void waitForTheEnd() {
        asked = true;
        if (!begun) {
            out.println("stopped; nothing was saved");
            out.flush();
            return;
        }
        try {
            done.await(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        done.countDown();
        if (!asked) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The JVM is ending already, which is what the hook is there for.
            }
        }
    }
}
