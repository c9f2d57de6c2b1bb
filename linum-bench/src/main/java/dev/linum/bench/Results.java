package dev.linum.bench;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/// All that a run gave.
///
/// @param abouts names and versions by peer
/// @param missing why a peer took no part at all
/// @param outcomes of layers
/// @param products outcomes of matrix products
/// @param memory peak bytes by case, then by peer
/// @param startup seconds from the start of a process to its first result, by peer
/// @param sizes bytes of what a user downloads, by peer
record Results(
        Instant date,
        Machine machine,
        boolean pinned,
        List<String> command,
        Match.Effort effort,
        List<String> peers,
        Map<String, String> abouts,
        Map<String, String> missing,
        List<Outcome> outcomes,
        List<Outcome> products,
        Map<String, Map<String, Long>> memory,
        Map<String, double[]> startup,
        Map<String, Long> sizes) {}
