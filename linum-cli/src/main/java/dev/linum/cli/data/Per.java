package dev.linum.cli.data;

/// What a target belongs to.
public enum Per {
    SEQUENCE,
    STEP
}
