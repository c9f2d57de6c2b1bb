package dev.linum.cli.data;

/// What the cells of a column are.
public enum Kind {
    NUMERIC,
    /// One of a set of texts.
    CATEGORICAL
}
