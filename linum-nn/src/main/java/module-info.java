/// Cells, layers and what one needs to write new ones.
module dev.linum.nn {
    requires transitive dev.linum.graph;

    exports dev.linum.nn;
}
