package dev.linum.cpu;

import java.util.Optional;

/// Offers a twin of the kernels; found as a service.
public interface KernelProvider {

    /// What the property `linum.kernels` calls it.
    String name();

    /// The usable provider of the highest priority is taken.
    int priority();

    /// Why it cannot be used here and what to do, or empty if it can.
    Optional<String> unusable();

    Kernels create();
}
