package dev.linum.bench;

import tools.jackson.databind.node.ObjectNode;

/// What is timed: the same for every peer.
sealed interface Task permits Case, Product {

    /// The multiplications and additions of the matrix products of one run.
    double operations();

    /// Writes this task for a worker.
    ObjectNode json();
}
