package dev.linum.graph;

import java.util.Optional;

/// The line of the user's own code that asked for an operation, for messages.
public record Site(String text) {

    private static final StackWalker WALKER = StackWalker.getInstance();

    /// Returns the innermost line outside Linum itself.
    public static Site here() {
        Optional<String> line = WALKER.walk(frames -> frames.filter(f -> !inside(f.getClassName()))
                .findFirst()
                .map(f -> f.getFileName() + ":" + f.getLineNumber()));
        return new Site(line.orElse("?"));
    }

    private static boolean inside(String className) {
        return className.startsWith("dev.linum.graph.")
                || className.startsWith("dev.linum.cpu.")
                || className.startsWith("dev.linum.nn.")
                || className.startsWith("dev.linum.train.")
                || className.startsWith("java.")
                || className.startsWith("jdk.");
    }

    @Override
    public String toString() {
        return text;
    }
}
