package dev.linum.cli.model;

/// What a user decides about a model.
///
/// @param width of each layer in each direction
/// @param dropout on what goes into every layer but the first, and into the head
public record Settings(CellKind cell, int width, int layers, Direction direction, double dropout) {

    /// Which way the layers read.
    public enum Direction {
        FORWARD,
        BOTH
    }

    public Settings {
        if (width < 1 || layers < 1 || !(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "width and layers are at least 1 and dropout is from 0 to below 1, found " + width + ", " + layers
                            + " and " + dropout);
        }
    }
}
