package dev.linum.graph;

import java.util.ServiceLoader;

/// Finds the backend, once.
public final class Backends {

    private Backends() {}

    private static final class Holder {
        static final Backend FOUND = ServiceLoader.load(Backend.class)
                .findFirst()
                .or(() -> ServiceLoader.load(Backend.class, Backend.class.getClassLoader())
                        .findFirst())
                .orElseThrow(
                        () -> new IllegalStateException(
                                "no backend found to compute with; add the artifact dev.linum:linum-cpu (dev.linum:linum brings it)"));
    }

    /// Returns the backend of this program.
    public static Backend current() {
        return Holder.FOUND;
    }
}
