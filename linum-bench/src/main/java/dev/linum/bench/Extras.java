package dev.linum.bench;

/// What else to measure, besides times.
///
/// @param memory the peak memory of a fresh process for each case
/// @param startup the time from starting a process to its first result
/// @param size what a user downloads
record Extras(boolean memory, boolean startup, boolean size) {}
