package dev.linum.cpu;

import java.util.List;

/// Element-wise work of several functions, of which only some results are kept: what [Kernels#write] makes a loop of.
///
/// Values are counted: first the inputs, then the numbers, then the results of the terms.
///
/// @param inputs how many rows are read
/// @param numbers how many numbers are read, one for each row
/// @param terms the functions, each of values before its own
/// @param outputs the values that are written
public record Formula(int inputs, int numbers, List<Term> terms, List<Integer> outputs) {

    /// One function of one or two values.
    ///
    /// @param b -1 if there is no second one
    public record Term(Fun fun, int a, int b) {}

    /// Reads all, computes all, and writes what is kept, element by element.
    public interface Loop {

        /// Works on some rows of `n` elements each, from the offsets on; a number is one element of an array too.
        ///
        /// @param step from one row of a register to the next
        /// @param registers the places of inputs, numbers and outputs, in this order, in the first three arrays
        void run(Object[] data, int[] offset, int[] step, int[] registers, int rows, int n);
    }

    public Formula {
        terms = List.copyOf(terms);
        outputs = List.copyOf(outputs);
    }
}
