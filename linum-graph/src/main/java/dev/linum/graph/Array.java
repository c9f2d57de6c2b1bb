package dev.linum.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A tensor with numbers, row-major: `float[]` for F32, `double[]` for F64, `int[]` for I32 and BOOL (0 or 1).
///
/// Its numbers never change once it is made: the factories copy what they are given, the readers copy what they
/// return. They may be given up ([Spare]); who reads them then is told so.
public final class Array implements Tensor {

    private final Type type;
    private final Object data;
    private boolean isGiven;
    private boolean isKept;

    private Array(Type type, Object data) {
        this.type = type;
        this.data = data;
    }

    /// Makes a tensor over an array that nobody changes afterwards; nothing is copied.
    ///
    /// @param data `float[]`, `double[]` or `int[]`, as the type wants, of exactly the shape's count
    public static Array wrap(Type type, Object data) {
        int length = switch (data) {
            case float[] f when type.dtype() == DType.F32 -> f.length;
            case double[] d when type.dtype() == DType.F64 -> d.length;
            case int[] i when type.dtype() == DType.I32 || type.dtype() == DType.BOOL -> i.length;
            default ->
                throw new IllegalArgumentException("a " + type + " tensor is not stored in a "
                        + data.getClass().getSimpleName());
        };
        if (length != type.shape().count()) {
            throw new IllegalArgumentException("shape " + type.shape() + " has "
                    + type.shape().count() + " elements, but the array given has " + length);
        }
        return new Array(type, data);
    }

    /// An F32 tensor; without dims it is one axis as long as the data.
    public static Array of(float[] data, int... dims) {
        return wrap(new Type(DType.F32, shape(dims, data.length)), data.clone());
    }

    /// An F64 tensor; without dims it is one axis as long as the data.
    public static Array of(double[] data, int... dims) {
        return wrap(new Type(DType.F64, shape(dims, data.length)), data.clone());
    }

    /// An I32 tensor; without dims it is one axis as long as the data.
    public static Array of(int[] data, int... dims) {
        return wrap(new Type(DType.I32, shape(dims, data.length)), data.clone());
    }

    /// A BOOL tensor; without dims it is one axis as long as the data.
    public static Array of(boolean[] data, int... dims) {
        var stored = new int[data.length];
        for (int i = 0; i < stored.length; i++) {
            stored[i] = data[i] ? 1 : 0;
        }
        return wrap(new Type(DType.BOOL, shape(dims, data.length)), stored);
    }

    public static Array scalar(float value) {
        return new Array(new Type(DType.F32, Shape.scalar()), new float[] {value});
    }

    public static Array scalar(double value) {
        return new Array(new Type(DType.F64, Shape.scalar()), new double[] {value});
    }

    public static Array scalar(int value) {
        return new Array(new Type(DType.I32, Shape.scalar()), new int[] {value});
    }

    /// One number of a given kind.
    public static Array scalar(DType dtype, double value) {
        return full(new Type(dtype, Shape.scalar()), value);
    }

    /// A tensor of one number repeated.
    public static Array full(Type type, double value) {
        int count = type.shape().count();
        return switch (type.dtype()) {
            case F32 -> {
                var data = new float[count];
                Arrays.fill(data, (float) value);
                yield new Array(type, data);
            }
            case F64 -> {
                var data = new double[count];
                Arrays.fill(data, value);
                yield new Array(type, data);
            }
            case I32 -> {
                var data = new int[count];
                Arrays.fill(data, (int) value);
                yield new Array(type, data);
            }
            case BOOL -> {
                var data = new int[count];
                Arrays.fill(data, value != 0 ? 1 : 0);
                yield new Array(type, data);
            }
        };
    }

    public static Array zeros(DType dtype, int... dims) {
        return full(Type.of(dtype, dims), 0);
    }

    private static Shape shape(int[] dims, int length) {
        return dims.length == 0 ? Shape.of(length) : Shape.of(dims);
    }

    @Override
    public Type type() {
        return type;
    }

    /// The numbers themselves, not a copy: for backends and writers, which must not change them.
    public Object data() {
        if (isGiven) {
            throw new IllegalStateException("this " + type + " tensor belongs to a state that was given up for the"
                    + " next one; read the state that Trainer.advance returned, or take steps with Trainer.step");
        }
        return data;
    }

    /// Says whether the numbers can be given up.
    synchronized boolean isFree() {
        return !isGiven && !isKept;
    }

    /// Gives up the numbers; nothing if they were given up before, or belong to a program.
    synchronized Optional<Object> surrender() {
        if (isGiven || isKept) {
            return Optional.empty();
        }
        isGiven = true;
        return Optional.of(data);
    }

    /// Keeps the numbers for good: a program reads them as a constant whenever it runs.
    synchronized void keep() {
        data();
        isKept = true;
    }

    /// A copy of the numbers as floats, whatever kind they are.
    public float[] toFloats() {
        var out = new float[shape().count()];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) get(i);
        }
        return out;
    }

    /// A copy of the numbers as doubles, whatever kind they are.
    public double[] toDoubles() {
        var out = new double[shape().count()];
        for (int i = 0; i < out.length; i++) {
            out[i] = get(i);
        }
        return out;
    }

    /// A copy of the numbers as ints; floating numbers are cut towards zero.
    public int[] toInts() {
        var out = new int[shape().count()];
        for (int i = 0; i < out.length; i++) {
            out[i] = data() instanceof int[] ints ? ints[i] : (int) get(i);
        }
        return out;
    }

    /// Returns the element at a position in row-major order.
    public double get(int position) {
        return switch (data()) {
            case float[] f -> f[position];
            case double[] d -> d[position];
            default -> ((int[]) data)[position];
        };
    }

    /// Returns the element at one index per axis.
    public double at(int... index) {
        if (index.length != shape().rank()) {
            throw new IllegalArgumentException(
                    "shape " + shape() + " needs " + shape().rank() + " indices, found " + Arrays.toString(index));
        }
        int position = 0;
        for (int i = 0; i < index.length; i++) {
            if (index[i] < 0 || index[i] >= shape().dim(i)) {
                throw new IndexOutOfBoundsException(
                        "index " + Arrays.toString(index) + " lies outside shape " + shape());
            }
            position = position * shape().dim(i) + index[i];
        }
        return get(position);
    }

    /// Returns the only element of a tensor of one element.
    public double item() {
        if (shape().count() != 1) {
            throw new IllegalArgumentException("item() needs a tensor of one element, found shape " + shape());
        }
        return get(0);
    }

    @Override
    public List<Tensor> leaves() {
        return List.of(this);
    }

    @Override
    public String toString() {
        var text = new StringBuilder(type.toString()).append(' ');
        print(text, 0, 0);
        return text.toString();
    }

    private int print(StringBuilder text, int axis, int position) {
        if (axis == shape().rank()) {
            double value = get(position);
            text.append(
                    switch (type.dtype()) {
                        case F32 -> String.valueOf((float) value);
                        case F64 -> String.valueOf(value);
                        case I32 -> String.valueOf((int) value);
                        case BOOL -> String.valueOf(value != 0);
                    });
            return position + 1;
        }
        text.append('[');
        int size = shape().dim(axis);
        int inner = shape().sub(axis + 1, shape().rank()).count();
        for (int i = 0; i < size; i++) {
            if (i > 0) {
                text.append(", ");
            }
            if (i == 8 && size > 10) {
                text.append("... ").append(size - i).append(" more");
                position += (size - i) * inner;
                break;
            }
            position = print(text, axis + 1, position);
        }
        text.append(']');
        return position;
    }
}
