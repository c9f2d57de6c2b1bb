package dev.linum.cpu;

/// The memory of one run of a plan: for each slot an array and an offset into it.
///
/// Inside a loop the offset of a per-step value moves by one step's size; nothing is copied or allocated.
final class Frame {

    final Object[] data;
    final int[] offset;

    Frame(int slots) {
        data = new Object[slots];
        offset = new int[slots];
    }

    float[] floats(int slot) {
        return (float[]) data[slot];
    }

    double[] doubles(int slot) {
        return (double[]) data[slot];
    }

    int[] ints(int slot) {
        return (int[]) data[slot];
    }

    void set(int slot, Object array, int at) {
        data[slot] = array;
        offset[slot] = at;
    }
}
