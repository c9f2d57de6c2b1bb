package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
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
        while (Thread.getAllStackTraces().keySet().stream()
                .anyMatch(t -> t.getName().equals(Background.NAME))) {
            Thread.sleep(100);
        }
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

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
