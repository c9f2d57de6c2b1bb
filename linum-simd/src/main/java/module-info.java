/// Vector twins of the CPU kernels.
module dev.linum.simd {
    requires dev.linum.cpu;
    requires jdk.incubator.vector;

    provides dev.linum.cpu.KernelProvider with
            dev.linum.simd.VectorKernelProvider;
}
