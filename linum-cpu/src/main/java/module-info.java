/// Plans and runs graphs on the processor.
module dev.linum.cpu {
    requires transitive dev.linum.graph;

    exports dev.linum.cpu;

    uses dev.linum.cpu.KernelProvider;

    provides dev.linum.graph.Backend with
            dev.linum.cpu.CpuBackend;
}
