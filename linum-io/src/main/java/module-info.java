/// Reads and writes variables.
module dev.linum.io {
    requires transitive dev.linum.nn;
    requires tools.jackson.databind;

    exports dev.linum.io;
}
