package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BackgroundTest {

    @Test
    void urgentWorkIsDoneInPausesOfWhatRunsAndBeforeWhatWaits() throws InterruptedException {
        List<String> seen = new CopyOnWriteArrayList<>();
        var begun = new CountDownLatch(1);
        var asked = new CountDownLatch(1);
        var done = new CountDownLatch(1);
        Background.run(() -> {
            seen.add("begin");
            begun.countDown();
            await(asked);
            Background.pause(0);
            seen.add("end");
        });
        Background.run(done::countDown);
        await(begun);
        Background.first(() -> {
            seen.add("urgent");
            throw new IllegalStateException("is logged");
        });
        assertThat(Background.isUrgent()).isTrue();
        asked.countDown();
        await(done);
        assertThat(seen).containsExactly("begin", "urgent", "end");
        assertThat(Background.isUrgent()).isFalse();
    }

    @Test
    void theThreadKeepsNothingOfWhoHadItStarted() throws InterruptedException {
        var caller = Thread.currentThread();
        waitForTheEndOfTheThread();
        var local = new InheritableThreadLocal<String>();
        ClassLoader before = caller.getContextClassLoader();
        List<Object> seen = new CopyOnWriteArrayList<>();
        var done = new CountDownLatch(1);
        local.set("the caller's");
        caller.setContextClassLoader(new ClassLoader(before) {});
        try {
            Background.run(() -> {
                seen.add(local.get() == null);
                seen.add(Thread.currentThread().getContextClassLoader());
                done.countDown();
            });
        } finally {
            caller.setContextClassLoader(before);
            local.remove();
        }
        await(done);
        assertThat(seen).containsExactly(true, ClassLoader.getSystemClassLoader());
    }

    @Test
    void aThreadThatCannotBeStartedIsNoFailure() throws InterruptedException {
        waitForTheEndOfTheThread();
        ThreadFactory before = Background.ONE.getThreadFactory();
        Background.ONE.setThreadFactory(_ -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        try {
            Background.run(() -> {});
            assertThat(Background.first(() -> {})).isFalse();
            assertThat(Background.isUrgent()).isFalse();
        } finally {
            Background.ONE.setThreadFactory(before);
        }
        var done = new CountDownLatch(1);
        assertThat(Background.first(done::countDown)).isTrue();
        await(done);
    }

    private static void waitForTheEndOfTheThread() throws InterruptedException {
        while (Background.ONE.getPoolSize() > 0) {
            Thread.sleep(50);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
