package dev.linum.graph;

/// The element-wise functions. Derivatives are in [VjpRules].
public enum Fn {
    NEG(1),
    EXP(1),
    LOG(1),
    LOG1P(1),
    TANH(1),
    SIGMOID(1),
    SQRT(1),
    ABS(1),
    SIGN(1),
    SIN(1),
    COS(1),
    FLOOR(1),
    RECIPROCAL(1),
    NOT(1),
    ADD(2),
    SUB(2),
    MUL(2),
    DIV(2),
    MAX(2),
    MIN(2),
    POW(2),
    AND(2),
    OR(2),
    EQUAL(2),
    LESS(2),
    LESS_EQUAL(2),
    /// `select(condition, a, b)`: a where the condition holds, b elsewhere; the other side is not read.
    SELECT(3);

    private final int arity;

    Fn(int arity) {
        this.arity = arity;
    }

    public int arity() {
        return arity;
    }

    /// Says whether the result is BOOL whatever the inputs are.
    public boolean isTest() {
        return this == EQUAL || this == LESS || this == LESS_EQUAL;
    }
}
