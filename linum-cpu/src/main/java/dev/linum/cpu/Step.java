package dev.linum.cpu;

/// One action of a plan.
interface Step {
    void run(Frame frame);
}
