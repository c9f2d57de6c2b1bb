package dev.linum.graph;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/// Memory of tensors that nobody will read again, for the results of later runs.
///
/// New memory is not free: it is set to zero, it is not in any cache, and large arrays keep the garbage collector busy.
/// A training step that writes the next state over the last one, or into the memory of the one before, goes without.
///
/// Safe to use from many threads.
public final class Spare {

    private record Size(Class<?> kind, int count) {}

    /// Nothing spare: every result is new memory.
    static final Spare NONE = new Spare();

    private final Map<Size, ArrayDeque<Object>> free = new HashMap<>();

    /// What a run that reads it may write over, and what one does.
    private final Set<Object> offered = Collections.newSetFromMap(new IdentityHashMap<>());

    private final Set<Object> taken = Collections.newSetFromMap(new IdentityHashMap<>());

    /// Takes the memory of a tensor, which cannot be read any more; nothing if it was taken before, or if the tensor is
    /// a constant of a program, such as that of a stepper.
    public void give(Array array) {
        array.surrender()
                .ifPresent(data -> put(new Size(data.getClass(), array.shape().count()), data));
    }

    private synchronized void put(Size size, Object data) {
        offered.remove(data);
        if (!taken.remove(data)) {
            free.computeIfAbsent(size, _ -> new ArrayDeque<>()).push(data);
        }
    }

    /// Lets the next run that reads a tensor write a result over it, where nothing reads it afterwards. Then comes
    /// [#give], or [#withdraw] if the run failed.
    public void offer(Array array) {
        if (array.isFree()) {
            Object data = array.data();
            synchronized (this) {
                offered.add(data);
            }
        }
    }

    /// Takes back an offer; if a result may have been written over the tensor it cannot be read any more.
    public void withdraw(Array array) {
        Object data = array.data();
        boolean isSpoilt;
        synchronized (this) {
            offered.remove(data);
            isSpoilt = taken.remove(data);
        }
        if (isSpoilt) {
            array.surrender();
        }
    }

    /// For runs: takes the memory of an input for a result, if it was offered.
    public synchronized boolean takeOver(Object data) {
        return offered.remove(data) && taken.add(data);
    }

    /// For runs that fail: nothing was written over this memory.
    public synchronized void leave(Object data) {
        if (taken.remove(data)) {
            offered.add(data);
        }
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
