package dev.linum.cli.data;

import java.util.OptionalDouble;

/// Numbers as data files write them: decimal, with a point, finite.
final class Numbers {

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

    static boolean isNumber(String text) {
        return parse(text).isPresent();
    }
}
