package dev.linum.cli.data;

import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/// Reads the times of one column: all numbers, or all ISO 8601 dates with or without time and zone (UTC where
/// there is none).
final class Times {

    /// A point in time: a number or an instant.
    record Time(double number, Instant instant) implements Comparable<Time> {

        static final Time NONE = new Time(0, Instant.EPOCH);

        @Override
        public int compareTo(Time other) {
            int numbers = Double.compare(number, other.number);
            return numbers != 0 ? numbers : instant.compareTo(other.instant);
        }
    }

    private enum Style {
        NUMBER,
        DATE
    }

    private Optional<Style> style = Optional.empty();

    Times() {}

    Time parse(Place place, String text) throws IOException {
        var number = Numbers.parse(text);
        Optional<Instant> instant = number.isPresent() ? Optional.empty() : date(text.replace(' ', 'T'));
        if (number.isEmpty() && instant.isEmpty()) {
            throw place.error(
                    "\"" + text + "\" is neither a number nor a date such as 2026-03-01 or 2026-03-01T08:30:00");
        }
        Style found = number.isPresent() ? Style.NUMBER : Style.DATE;
        if (style.orElse(found) != found) {
            throw place.error("\"" + text + "\" is a " + (found == Style.DATE ? "date" : "number")
                    + ", but the rows before it have " + (found == Style.DATE ? "numbers" : "dates"));
        }
        style = Optional.of(found);
        return new Time(number.orElse(0), instant.orElse(Instant.EPOCH));
    }

    private static Optional<Instant> date(String text) {
        try {
            int clock = text.indexOf('T');
            if (clock < 0) {
                return Optional.of(LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC));
            }
            boolean zoned = text.endsWith("Z") || Math.max(text.lastIndexOf('+'), text.lastIndexOf('-')) > clock;
            return Optional.of(
                    zoned
                            ? OffsetDateTime.parse(text).toInstant()
                            : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
