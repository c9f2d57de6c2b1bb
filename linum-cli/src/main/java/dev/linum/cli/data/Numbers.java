package dev.linum.cli.data;

import java.util.OptionalDouble;
import java.util.regex.Pattern;

/// Numbers as data files write them: decimal, with a point, finite.
final class Numbers {

    private static final Pattern DECIMAL_COMMA = Pattern.compile("-?\\d+,\\d+");

    private Numbers() {}

    static OptionalDouble parse(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // Java itself would read NaN, 0x1p3 and 1d as well.
            if (!(c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E')) {
                return OptionalDouble.empty();
            }
        }
        try {
            double value = Double.parseDouble(text);
            return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    /// Says whether a text is a number with a comma where this reads a point.
    static boolean hasDecimalComma(String text) {
        return DECIMAL_COMMA.matcher(text).matches();
    }

    static boolean isNumber(String text) {
        return parse(text).isPresent();
    }
}
