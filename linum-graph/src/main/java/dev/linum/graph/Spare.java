package dev.linum.graph;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/// Memory of tensors that nobody will read again, for the results of later runs.
///
/// New memory is not free: it is set to zero, it is not in any cache, and large arrays keep the garbage collector busy.
/// A training step that writes its next state into the memory of the one before the last goes without.
///
/// Safe to use from many threads.
public final class Spare {

    private record Size(Class<?> kind, int count) {}

    /// Nothing spare: every result is new memory.
    static final Spare NONE = new Spare();

    private final Map<Size, ArrayDeque<Object>> free = new HashMap<>();

    /// Takes the memory of a tensor, which cannot be read any more; nothing if it was taken before, or if the tensor is
    /// a constant of a program, such as that of a stepper.
    public void give(Array array) {
        array.surrender()
                .ifPresent(data -> put(new Size(data.getClass(), array.shape().count()), data));
    }

    private synchronized void put(Size size, Object data) {
        free.computeIfAbsent(size, _ -> new ArrayDeque<>()).push(data);
    }

    /// Returns an array for a tensor, which holds any numbers; a new one if none was given.
    public Object take(Type type) {
        int count = type.shape().count();
        Object spare = this == NONE ? null : poll(new Size(kind(type), count));
        if (spare != null) {
            return spare;
        }
        return switch (type.dtype()) {
            case F32 -> new float[count];
            case F64 -> new double[count];
            case I32, BOOL -> new int[count];
        };
    }

    private synchronized Object poll(Size size) {
        ArrayDeque<Object> same = free.get(size);
        return same == null ? null : same.poll();
    }

    private static Class<?> kind(Type type) {
        return switch (type.dtype()) {
            case F32 -> float[].class;
            case F64 -> double[].class;
            case I32, BOOL -> int[].class;
        };
    }
}
