package dev.linum.graph;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import org.junit.jupiter.api.Test;

class BackendsTest {

    @Test
    void withoutABackendEachCallSaysWhatToAdd() throws IOException, ReflectiveOperationException {
        var thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        URL here = Backends.class.getProtectionDomain().getCodeSource().getLocation();
        try (var alone = new URLClassLoader(new URL[] {here}, ClassLoader.getPlatformClassLoader())) {
            thread.setContextClassLoader(alone);
            Method current = alone.loadClass(Backends.class.getName()).getMethod("current");
            for (int call = 0; call < 2; call++) {
                assertThatThrownBy(() -> current.invoke(null))
                        .cause()
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageStartingWith("no backend found to compute with; add the artifact");
            }
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
