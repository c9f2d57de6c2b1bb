package dev.linum.cli.data;

/// Mean and standard deviation of numbers as they come. (Welford 1962.)
final class Moments {

    private long count;
    private double mean;
    private double squares;

    Moments() {}

    void add(double value) {
        count++;
        double off = value - mean;
        mean += off / count;
        squares += off * (value - mean);
    }

    /// Says whether mean and deviation are numbers: they are not where the squares of numbers are too large for one.
    boolean areFinite() {
        return Double.isFinite(mean) && Double.isFinite(squares);
    }

    double mean() {
        return mean;
    }

    /// Returns the deviation, or 1 where all numbers are the same, so that dividing by it does no harm.
    double deviation() {
        double deviation = count == 0 ? 0 : Math.sqrt(squares / count);
        return deviation > 1e-9 * Math.abs(mean) && deviation > 0 ? deviation : 1;
    }
}
