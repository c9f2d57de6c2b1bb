package dev.linum.cpu;

import java.util.concurrent.ThreadFactory;

/// Runs something while the operating system refuses the background thread.
public final class NoThread {

    private NoThread() {}

    public static void during(Runnable work) throws InterruptedException {
        while (Background.ONE.getPoolSize() > 0) {
            Thread.sleep(50);
        }
        ThreadFactory before = Background.ONE.getThreadFactory();
        Background.ONE.setThreadFactory(_ -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        try {
            work.run();
        } finally {
            Background.ONE.setThreadFactory(before);
        }
    }
}
