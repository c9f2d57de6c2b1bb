package dev.linum.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// The sizes of a tensor's axes, outermost first; no axes means a single number.
public record Shape(List<Integer> dims) {

    private static final Shape SCALAR = new Shape(List.of());

    public Shape {
        dims = List.copyOf(dims);
        for (int size : dims) {
            if (size < 0) {
                throw new IllegalArgumentException("a shape has sizes of 0 or more, found " + dims);
            }
        }
    }

    public static Shape of(int... dims) {
        return new Shape(Arrays.stream(dims).boxed().toList());
    }

    public static Shape scalar() {
        return SCALAR;
    }

    public int rank() {
        return dims.size();
    }

    /// Returns the size of one axis; negative axes count from the end.
    public int dim(int axis) {
        return dims.get(axis(axis));
    }

    /// Returns the size of the last axis.
    public int last() {
        return dim(-1);
    }

    /// Turns an axis that may count from the end into one that counts from the front.
    public int axis(int axis) {
        int at = axis < 0 ? axis + rank() : axis;
        if (at < 0 || at >= rank()) {
            throw new IllegalArgumentException(
                    "axis " + axis + " of shape " + this + " does not exist; it has " + rank() + " axes");
        }
        return at;
    }

    /// Returns the number of elements.
    public int count() {
        long count = 1;
        for (int axis = 0; axis < dims.size() && count <= Integer.MAX_VALUE; axis++) {
            count *= dims.get(axis);
        }
        if (count > Integer.MAX_VALUE && !dims.contains(0)) {
            throw new IllegalArgumentException(
                    "shape " + this + " has more elements than the 2147483647 that one tensor can hold");
        }
        return dims.contains(0) ? 0 : (int) count;
    }

    /// Returns this shape with the size of one axis replaced.
    public Shape with(int axis, int size) {
        var next = new ArrayList<>(dims);
        next.set(axis(axis), size);
        return new Shape(next);
    }

    /// Returns this shape with a new axis put in front of position `at`.
    public Shape insert(int at, int size) {
        var next = new ArrayList<>(dims);
        next.add(at, size);
        return new Shape(next);
    }

    /// Returns this shape without one axis.
    public Shape drop(int axis) {
        var next = new ArrayList<>(dims);
        next.remove(axis(axis));
        return new Shape(next);
    }

    /// Returns the axes from `from` up to, not including, `to`.
    public Shape sub(int from, int to) {
        return new Shape(dims.subList(from, to));
    }

    /// Returns this shape followed by more axes.
    public Shape plus(int... more) {
        var next = new ArrayList<>(dims);
        for (int size : more) {
            next.add(size);
        }
        return new Shape(next);
    }

    /// Returns this shape followed by another.
    public Shape plus(Shape tail) {
        var next = new ArrayList<>(dims);
        next.addAll(tail.dims);
        return new Shape(next);
    }

    public int[] toArray() {
        return dims.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String toString() {
        return dims.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
    }
}
