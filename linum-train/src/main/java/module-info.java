/// Losses, optimizers and the training loop.
module dev.linum.train {
    requires transitive dev.linum.nn;

    exports dev.linum.train;
}
