package dev.linum.cpu;

import java.util.List;

/// Runs steps of which none reads another, each by one worker in a frame of its own over the same memory: loops
/// ([IndependentLoops]) or products ([IndependentProducts]).
final class SideBySide implements Step, Frame.Shared {

    /// Less work than this is done before another thread has woken up.
    private static final long ASLEEP = 1 << 23;

    private final Step[] each;
    private final long work;

    /// @param work the multiplications of all
    SideBySide(List<Step> each, long work) {
        this.each = each.toArray(Step[]::new);
        this.work = work;
    }

    /// What runs side by side.
    List<Step> each() {
        return List.of(each);
    }

    @Override
    public void run(Frame f) {
        int parts = Math.min(each.length, f.workers.size());
        f.share(this, work >= ASLEEP || f.workers.areAwake(parts) ? parts : 1);
    }

    @Override
    public void part(Frame f, int index, int parts) {
        Frame own = f.fork(index);
        for (int i = index; i < each.length; i += parts) {
            each[i].run(own);
        }
        own.leave();
    }
}
