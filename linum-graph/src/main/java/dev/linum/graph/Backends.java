package dev.linum.graph;

import java.util.Optional;
import java.util.ServiceLoader;

/// Finds the backend, once.
public final class Backends {

    private static volatile Backend found;

    private Backends() {}

    /// Returns the backend of this program.
    ///
    /// @throws IllegalStateException if there is none
    public static Backend current() {
        Backend known = found;
        return known != null ? known : find();
    }

    private static synchronized Backend find() {
        if (found == null) {
            found = first(Thread.currentThread().getContextClassLoader())
                    .or(() -> first(Backend.class.getClassLoader()))
                    .orElseThrow(
                            () -> new IllegalStateException(
                                    "no backend found to compute with; add the artifact dev.linum:linum-cpu (dev.linum:linum brings it)"));
        }
        return found;
    }

    private static Optional<Backend> first(ClassLoader loader) {
        return ServiceLoader.load(Backend.class, loader).findFirst();
    }
}
