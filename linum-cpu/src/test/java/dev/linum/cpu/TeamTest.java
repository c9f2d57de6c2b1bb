package dev.linum.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TeamTest {

    @Test
    void everyPartRunsOnceRoundAfterRound() {
        var team = new Team(3);
        for (int round = 0; round < 20_000; round++) {
            int parts = 1 + round % 7;
            var ran = new AtomicIntegerArray(parts);
            team.run(parts, ran::incrementAndGet);
            for (int i = 0; i < parts; i++) {
                assertThat(ran.get(i)).isEqualTo(1);
            }
        }
    }

    @Test
    @Timeout(60)
    void threadsSleepWithoutWorkAndAreAwakeAtIt() {
        var team = new Team(2);
        while (team.areAwake(2)) {
            Thread.onSpinWait();
        }
        var caller = Thread.currentThread();
        var woken = new CountDownLatch(1);
        var awake = new AtomicBoolean();
        team.run(2, _ -> {
            if (Thread.currentThread() != caller) {
                awake.set(team.areAwake(2));
                woken.countDown();
                return;
            }
            try {
                // So that the other thread gets a part.
                woken.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(awake).isTrue();
    }

    @Test
    @Timeout(60)
    void asManyAreAwakeAsWereWoken() {
        var team = new Team(4);
        while (team.areAwake(2)) {
            Thread.onSpinWait();
        }
        assertThat(team.areAwake(1)).isTrue();
        var both = new CyclicBarrier(2);
        var awake = new AtomicBoolean();
        var all = new AtomicBoolean(true);
        team.run(2, i -> {
            meet(both);
            if (i == 0) {
                awake.set(team.areAwake(2));
                all.set(team.areAwake(3));
            }
            meet(both);
        });
        assertThat(awake).isTrue();
        assertThat(all).isFalse();
        var four = new CyclicBarrier(4);
        team.run(4, i -> {
            meet(four);
            if (i == 0) {
                all.set(team.areAwake(4) && team.areAwake(8));
            }
            meet(four);
        });
        assertThat(all).isTrue();
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void severalCallersAndPartsThatCallAgainAreServed() throws Exception {
        var team = new Team(3);
        try (var callers = Executors.newFixedThreadPool(4)) {
            var all = new ArrayList<Future<Integer>>();
            for (int caller = 0; caller < 4; caller++) {
                all.add(callers.submit(() -> {
                    int sum = 0;
                    for (int round = 0; round < 500; round++) {
                        var ran = new AtomicIntegerArray(4);
                        team.run(4, i -> team.run(2, _ -> ran.incrementAndGet(i)));
                        for (int i = 0; i < 4; i++) {
                            sum += ran.get(i);
                        }
                    }
                    return sum;
                }));
            }
            for (Future<Integer> one : all) {
                assertThat(one.get()).isEqualTo(500 * 4 * 2);
            }
        }
    }

    @Test
    void theFailureOfAPartIsThrownAndTheNextRoundRuns() {
        var team = new Team(3);
        for (int round = 0; round < 100; round++) {
            assertThatThrownBy(() -> team.run(6, i -> {
                        if (i == 4) {
                            throw new IllegalStateException("part 4");
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("part 4");
            var ran = new AtomicIntegerArray(5);
            team.run(5, ran::incrementAndGet);
            for (int i = 0; i < 5; i++) {
                assertThat(ran.get(i)).isEqualTo(1);
            }
        }
    }

    @Test
    void aTeamIsTheThreadsThatCouldBeStarted() {
        var asked = new AtomicInteger();
        var team = new Team(5, work -> asked.incrementAndGet() < 3 ? daemon(work) : new Unstartable(work));
        assertThat(team.size()).isEqualTo(3);
        assertThat(new Team(5, Unstartable::new).size()).isEqualTo(1);
        var ran = new AtomicIntegerArray(7);
        team.run(7, ran::incrementAndGet);
        for (int i = 0; i < 7; i++) {
            assertThat(ran.get(i)).isEqualTo(1);
        }
    }

    private static Thread daemon(Runnable work) {
        return Thread.ofPlatform().daemon().unstarted(work);
    }

    @Test
    @Timeout(60)
    void threadsKeepNothingOfTheirFirstCaller() {
        var caller = Thread.currentThread();
        var local = new InheritableThreadLocal<String>();
        ClassLoader before = caller.getContextClassLoader();
        var seen = new AtomicReference<Thread>();
        var inherited = new AtomicReference<String>();
        Team team;
        local.set("the caller's");
        caller.setContextClassLoader(new ClassLoader(before) {});
        try {
            team = new Team(2);
        } finally {
            caller.setContextClassLoader(before);
        }
        while (seen.get() == null) {
            team.run(1 << 10, _ -> {
                if (Thread.currentThread() != caller) {
                    inherited.set(local.get());
                    seen.set(Thread.currentThread());
                }
            });
        }
        local.remove();
        assertThat(inherited).hasNullValue();
        assertThat(seen.get().getContextClassLoader()).isSameAs(ClassLoader.getSystemClassLoader());
    }
}
