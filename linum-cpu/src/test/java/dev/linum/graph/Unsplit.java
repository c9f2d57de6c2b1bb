package dev.linum.graph;

import java.util.function.Supplier;

/// Records loops as they are, nothing moved out.
public final class Unsplit {

    private Unsplit() {}

    public static <R> R loops(Supplier<R> code) {
        return Fission.off(code::get);
    }
}
