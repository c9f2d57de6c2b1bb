package dev.linum.cpu;

import java.util.List;
import java.util.stream.IntStream;

/// Element-wise work of several functions, of which only some results are kept: what [Kernels#write] makes a loop of.
///
/// Values are counted: first the inputs, then the numbers, then the results of the terms. A value is a row, or one
/// number for each row: a sum of the row is one, and so is what is made of numbers alone.
///
/// ```
///   s = sum x                    a loop over x
///   m = s * 1/n                  what is made of numbers
///   d = x - m   v = sum d * d    another loop, and so on
/// ```
///
/// @param inputs how many rows are read
/// @param numbers how many numbers are read, one for each row
/// @param terms the functions, each of values before its own
/// @param outputs the values that are written: at least those rows that a loop reads which another one made
/// @param summed the other rows that are summed; they have a place too, for elements that fill no vector
public record Formula(int inputs, int numbers, List<Term> terms, List<Integer> outputs, List<Integer> summed) {

    /// One function of one or two values, or the sum of a row.
    ///
    /// Numbers alone are negated, added, subtracted, multiplied, divided, or their roots or reciprocals taken.
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
        /// @param registers where inputs, numbers, outputs and summed rows are, in the first three arrays
        void run(Object[] data, int[] offset, int[] step, int[] registers, int rows, int n);
    }

    public Formula {
        terms = List.copyOf(terms);
        outputs = List.copyOf(outputs);
        summed = List.copyOf(summed);
    }

    /// Functions alone.
    public Formula(int inputs, int numbers, List<Term> terms, List<Integer> outputs) {
        this(inputs, numbers, terms, outputs, List.of());
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

    /// The loop of each term, counted from 1; 0 of what is made of numbers. Sums are known when their loop is over.
    public int[] loops() {
        boolean[] areNumbers = areNumbers();
        int first = inputs + numbers;
        int[] loops = new int[terms.size()];
        int loop = 0;
        for (int t = 0; t < loops.length; t++) {
            Term term = terms.get(t);
            if (term.isSum() || !areNumbers[first + t]) {
                boolean isOver = t == 0 || loops[t - 1] == 0;
                for (int v : new int[] {term.a, term.b}) {
                    isOver |= v >= first && areNumbers[v] && loops[v - first] == loop;
                }
                loop += isOver ? 1 : 0;
                loops[t] = loop;
            }
        }
        return loops;
    }

    /// Says whether a loop reads a row that another one made.
    public boolean isReadByAnotherLoop(int value) {
        int first = inputs + numbers;
        int[] loops = loops();
        return !areNumbers()[value]
                && IntStream.range(value + 1 - first, loops.length)
                        .anyMatch(t -> loops[t] != loops[value - first]
                                && (terms.get(t).a == value || terms.get(t).b == value));
    }
}
