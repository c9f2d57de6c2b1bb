package dev.linum.graph;

import java.util.List;

/// What runs graphs; found as a service ([java.util.ServiceLoader]).
public interface Backend {

    /// A name for messages, such as "cpu (vector (16 lanes), 2 threads)".
    String name();

    /// Plans a graph once, to run it many times.
    Executable compile(Graph graph);

    /// Runs one operation at once.
    List<Array> run(Op op, List<Array> in);

    /// A planned graph; safe to run from many threads at once.
    interface Executable {
        default List<Array> run(List<Array> in) {
            return run(in, Spare.NONE);
        }

        /// @param spare memory for the results
        List<Array> run(List<Array> in, Spare spare);
    }
}
