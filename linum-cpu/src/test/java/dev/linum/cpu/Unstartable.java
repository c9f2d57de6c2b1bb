package dev.linum.cpu;

/// A thread that the operating system refuses.
final class Unstartable extends Thread {

    Unstartable(Runnable work) {
        super(work);
    }

    @Override
    public void start() {
        throw new OutOfMemoryError("unable to create native thread");
    }
}
