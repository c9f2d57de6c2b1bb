package dev.linum.graph;

import java.lang.reflect.Method;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/// Runs tests with loops as they are, nothing moved out: used by the runs of the build that ask JUnit to
/// detect extensions.
public final class WholeLoops implements InvocationInterceptor {

    @Override
    public void interceptTestMethod(
            Invocation<Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        whole(test);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        whole(test);
    }

    private static void whole(Invocation<Void> test) throws Throwable {
        Optional<Throwable> thrown = Fission.off(() -> {
            try {
                test.proceed();
                return Optional.empty();
            } catch (Throwable failure) {
                return Optional.of(failure);
            }
        });
        if (thrown.isPresent()) {
            throw thrown.get();
        }
    }
}
