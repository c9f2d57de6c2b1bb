package dev.linum.graph;

/// A condition on the numbers of an argument, which its type cannot express.
///
/// A traced function sees no numbers. It states the condition by [Trace#check]; whoever runs the graph asks it with
/// each argument before anything is computed. It costs nothing in the graph, where it does not appear.
public interface Check {

    /// Throws [IllegalArgumentException] if the numbers cannot be used.
    void accept(Array numbers);
}
