package dev.linum.cli.data;

import java.util.Optional;
import java.util.Set;

/// What a user says about the columns of a file; the rest is found out.
///
/// @param id the column that tells sequences apart, `id` by default
public record Choice(
        Optional<String> id,
        Optional<String> time,
        Optional<String> target,
        Set<String> categorical,
        Set<String> ignored) {

    public Choice {
        categorical = Set.copyOf(categorical);
        ignored = Set.copyOf(ignored);
    }
}
