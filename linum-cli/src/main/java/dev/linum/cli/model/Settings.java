package dev.linum.cli.model;

/// What a user decides about a model.
///
/// @param width of each layer in each direction
/// @param dropout on what goes into every layer but the first, and into the head
/// @param recurrentDropout on the state of the cells, one mask for a whole sequence
public record Settings(
        CellKind cell, int width, int layers, Direction direction, double dropout, double recurrentDropout) {

    /// Which way the layers read.
    public enum Direction {
        FORWARD,
        BOTH
    }

    public Settings {
        boolean rates = dropout >= 0 && dropout < 1 && recurrentDropout >= 0 && recurrentDropout < 1;
        if (width < 1 || layers < 1 || !rates) {
            throw new IllegalArgumentException(
                    "width and layers are at least 1 and rates of dropout from 0 to below 1, found " + width + ", "
                            + layers + ", " + dropout + " and " + recurrentDropout);
        }
    }
}
