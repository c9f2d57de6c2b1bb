/// Tensors, the closed set of operations, graphs of them and their derivatives.
module dev.linum.graph {
    exports dev.linum.graph;

    uses dev.linum.graph.Backend;
}
