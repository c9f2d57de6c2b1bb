package dev.linum.cpu;

import java.util.Arrays;

/// How fast workers were in the runs before, so that who is slower is given less.
///
/// Processors are rarely all the same: one is slowed down by another program, by another machine on the same chip or by
/// its clock, often for seconds. A loop whose workers wait for nobody ends when the slowest of them does.
///
/// Runs at the same time may lose each other's measurements, which does no harm.
final class Speeds {

    /// What a new measurement counts against all before it.
    private static final double WEIGHT = 0.2;

    /// One measurement says no more than that a worker is so many times as fast as the others.
    private static final double MOST = 2;

    private final double[] speeds;

    Speeds(int workers) {
        this.speeds = new double[workers];
        Arrays.fill(speeds, 1);
    }

    /// The speed of a worker, about 1.
    double of(int worker) {
        return speeds[worker];
    }

    /// The speed of all workers from one on together.
    double from(int worker, int end) {
        double sum = 0;
        for (int i = worker; i < end; i++) {
            sum += speeds[i];
        }
        return sum;
    }

    /// Takes into account how much each of the first workers did in how much time.
    ///
    /// Of one that had nothing to do nothing is known any more: its speed nears that of the others, and it is tried
    /// again. While code is being compiled, times tell more about that than about workers.
    void saw(double[] work, long[] nanos) {
        if (Background.isUrgent()) {
            return;
        }
        double all = 0;
        int busy = 0;
        for (int i = 0; i < work.length; i++) {
            all += rate(work[i], nanos[i]);
            busy += work[i] > 0 ? 1 : 0;
        }
        for (int i = 0; i < work.length; i++) {
            double now = work[i] > 0 ? rate(work[i], nanos[i]) * busy / all : 1;
            speeds[i] += WEIGHT * (Math.clamp(now, 1 / MOST, MOST) - speeds[i]);
        }
    }

    private static double rate(double work, long nanos) {
        return work / Math.max(1, nanos);
    }
}
