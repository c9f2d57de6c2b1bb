package dev.linum.train;

/// Checks of the numbers that optimizers and schedules are made with.
final class Limits {

    private Limits() {}

    /// Refuses a number below a least or at or above a limit.
    static void check(String what, double value, double least, double limit) {
        if (!(value >= least && value < limit)) {
            throw new IllegalArgumentException(what + " is at least " + least
                    + (limit == Double.MAX_VALUE ? "" : " and below " + limit) + ", found " + value);
        }
    }
}
