package dev.linum.graph;

/// The kind of number a tensor holds, from narrow to wide: arithmetic between two kinds promotes to the wider one.
public enum DType {
    BOOL,
    I32,
    F32,
    F64;

    public boolean isFloat() {
        return this == F32 || this == F64;
    }

    /// Returns the wider of two kinds.
    public static DType promote(DType a, DType b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    /// Returns this kind if it is a floating one, else F32: what a layer computes in when fed whole numbers.
    public DType asFloat() {
        return isFloat() ? this : F32;
    }
}
