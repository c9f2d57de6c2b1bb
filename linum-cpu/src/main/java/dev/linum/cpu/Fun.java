package dev.linum.cpu;

/// The element-wise functions that both twins of [Kernels] have; each is one loop over a block.
public enum Fun {
    COPY,
    NEG,
    EXP,
    LOG,
    LOG1P,
    TANH,
    SIGMOID,
    SQRT,
    ABS,
    SIGN,
    SIN,
    COS,
    FLOOR,
    RECIPROCAL,
    ADD,
    SUB,
    MUL,
    DIV,
    MAX,
    MIN,
    POW
}
