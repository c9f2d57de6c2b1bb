package dev.linum.cli.data;

import java.util.List;

/// A column of features.
///
/// @param categories the texts that its numbers stand for, in order of their first appearance; empty if numeric
public record Column(String name, Kind kind, List<String> categories) {
    public Column {
        categories = List.copyOf(categories);
    }
}
