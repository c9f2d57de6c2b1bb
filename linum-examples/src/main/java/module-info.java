/// Small programs to start from.
module dev.linum.examples {
    requires dev.linum.train;

    exports dev.linum.examples;
}
