package dev.linum.cli.data;

/// What is predicted.
public enum Task {
    /// One of a set of classes.
    CLASSIFICATION,
    /// A number.
    REGRESSION
}
