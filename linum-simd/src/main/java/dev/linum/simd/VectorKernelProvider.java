package dev.linum.simd;

import dev.linum.cpu.KernelProvider;
import dev.linum.cpu.Kernels;
import java.util.Optional;

/// Offers [VectorKernels] where the JVM was started with the vector module.
public final class VectorKernelProvider implements KernelProvider {

    public VectorKernelProvider() {}

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public int priority() {
        return 10;
    }

    @Override
    public Optional<String> unusable() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? Optional.empty()
                : Optional.of("add the flag --add-modules jdk.incubator.vector");
    }

    @Override
    public Kernels create() {
        return new VectorKernels();
    }
}
