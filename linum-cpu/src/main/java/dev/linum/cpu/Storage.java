package dev.linum.cpu;

import dev.linum.graph.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// Decides while planning which values share memory: a buffer is handed on as soon as its value is not read any
/// more.
final class Storage {

    /// The kind of Java array.
    enum Kind {
        FLOATS,
        DOUBLES,
        INTS;

        static Kind of(Type type) {
            return switch (type.dtype()) {
                case F32 -> FLOATS;
                case F64 -> DOUBLES;
                case I32, BOOL -> INTS;
            };
        }

        Object allocate(int size) {
            return switch (this) {
                case FLOATS -> new float[size];
                case DOUBLES -> new double[size];
                case INTS -> new int[size];
            };
        }
    }

    private final List<Kind> kinds = new ArrayList<>();
    private final List<Integer> sizes = new ArrayList<>();
    private final List<Integer> free = new ArrayList<>();

    /// What is in place of an array in some buffers.
    private final Map<Integer, Supplier<?>> others = new HashMap<>();

    /// The buffers taken since the planning of one of several loops began; see [#apart].
    private final Set<Integer> taken = new HashSet<>();

    /// Takes the free buffer that fits best, or grows or adds one.
    int take(Kind kind, int size) {
        int best = -1;
        for (int buffer : free) {
            if (kinds.get(buffer) == kind && (best < 0 || better(sizes.get(buffer), sizes.get(best), size))) {
                best = buffer;
            }
        }
        if (best < 0) {
            best = fresh(kind, size);
        } else {
            free.remove((Integer) best);
            sizes.set(best, Math.max(sizes.get(best), size));
        }
        taken.add(best);
        return best;
    }

    private static boolean better(int size, int than, int wanted) {
        return size >= wanted ? than < wanted || size < than : than < wanted && size > than;
    }

    /// Adds a buffer that no value had before: for what must outlive the steps of a loop.
    int fresh(Kind kind, int size) {
        kinds.add(kind);
        sizes.add(size);
        return kinds.size() - 1;
    }

    /// Adds a buffer that is no array, and is never released.
    int fresh(Supplier<?> other) {
        int buffer = fresh(Kind.FLOATS, 0);
        others.put(buffer, other);
        return buffer;
    }

    void release(int buffer) {
        free.add(buffer);
    }

    /// Plans what runs at the same time: no buffer that one has used is handed on to another.
    void apart(List<Runnable> plans) {
        var aside = new ArrayList<Integer>();
        for (Runnable plan : plans) {
            taken.clear();
            plan.run();
            free.removeIf(buffer -> taken.contains(buffer) && aside.add(buffer));
        }
        free.addAll(aside);
    }

    Object[] allocate() {
        var all = new Object[kinds.size()];
        for (int i = 0; i < all.length; i++) {
            Supplier<?> other = others.get(i);
            all[i] = other != null ? other.get() : kinds.get(i).allocate(sizes.get(i));
        }
        return all;
    }

    static int length(Object array) {
        return switch (array) {
            case float[] f -> f.length;
            case double[] d -> d.length;
            default -> ((int[]) array).length;
        };
    }

    static void zero(Object array, int from, int count) {
        switch (array) {
            case float[] f -> Arrays.fill(f, from, from + count, 0);
            case double[] d -> Arrays.fill(d, from, from + count, 0);
            default -> Arrays.fill((int[]) array, from, from + count, 0);
        }
    }
}
