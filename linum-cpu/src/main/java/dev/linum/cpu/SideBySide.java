package dev.linum.cpu;

import java.util.List;

/// Runs loops of which none reads another, each by one worker in a frame of its own over the same memory; see
/// [IndependentLoops].
final class SideBySide implements Step, Frame.Shared {

    private final Step[] loops;

    SideBySide(List<Step> loops) {
        this.loops = loops.toArray(Step[]::new);
    }

    @Override
    public void run(Frame f) {
        f.share(this, Math.min(loops.length, f.workers.size()));
    }

    @Override
    public void part(Frame f, int index, int parts) {
        Frame own = f.fork(index);
        for (int i = index; i < loops.length; i += parts) {
            loops[i].run(own);
        }
        own.leave();
    }
}
