package dev.linum.cpu;

import java.util.List;

/// Element-wise work of several functions, of which only some results are kept: what [Kernels#write] makes a loop of.
///
/// Values are counted: first the inputs, then the numbers, then the results of the terms. A value is a row, or one
/// number
/// for each row: a sum of the row is one, and so is what is made of numbers alone.
///
/// ```
///   s = sum x        a number
///   m = s * 1/n      a number
///   d = x - m        a row: the numbers are known before its loop begins
/// ```
///
/// @param inputs how many rows are read
/// @param numbers how many numbers are read, one for each row
/// @param terms the functions, each of values before its own
/// @param outputs the values that are written: at least those rows that are summed, and those read after a number that
///     came later
public record Formula(int inputs, int numbers, List<Term> terms, List<Integer> outputs) {

    /// One function of one or two values, or the sum of a row.
    ///
    /// @param fun null for a sum
    /// @param b -1 if there is no second one
    public record Term(Fun fun, int a, int b) {

        /// The sum of a row.
        public static Term sum(int row) {
            return new Term(null, row, -1);
        }

        public boolean isSum() {
            return fun == null;
        }
    }

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

    /// Says of each value whether it is one number for each row.
    public boolean[] areNumbers() {
        int first = inputs + numbers;
        var are = new boolean[first + terms.size()];
        for (int v = inputs; v < are.length; v++) {
            Term term = v < first ? null : terms.get(v - first);
            are[v] = term == null || term.isSum() || are[term.a] && (term.b < 0 || are[term.b]);
        }
        return are;
    }
}
