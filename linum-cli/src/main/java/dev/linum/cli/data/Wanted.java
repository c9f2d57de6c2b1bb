package dev.linum.cli.data;

import java.util.List;
import java.util.Optional;

/// Which columns of a file to read, and as what.
///
/// @param id tells sequences apart
/// @param time decides the order of steps; without it they are in the file's order
public record Wanted(String id, Optional<String> time, Optional<String> target, List<Field> fields) {

    /// A column of features.
    public record Field(String name, Kind kind) {}

    public Wanted {
        fields = List.copyOf(fields);
    }

    public Wanted withoutTarget() {
        return new Wanted(id, time, Optional.empty(), fields);
    }
}
