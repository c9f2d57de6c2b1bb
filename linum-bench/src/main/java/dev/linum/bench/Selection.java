package dev.linum.bench;

import dev.linum.bench.Case.CellKind;
import dev.linum.bench.Case.Direction;
import dev.linum.bench.Case.Lengths;
import dev.linum.bench.Case.Mode;
import dev.linum.bench.Case.Saving;
import dev.linum.bench.Case.Size;
import java.util.ArrayList;
import java.util.List;

/// Which cases to run: every combination of what is listed.
record Selection(
        List<CellKind> cells,
        List<Size> sizes,
        List<Mode> modes,
        List<Lengths> lengths,
        List<Direction> directions,
        List<Double> dropouts,
        List<Saving> savings) {

    static final double RATE = 0.25;

    /// The combinations that make sense: dropout does nothing in inference and is compared for the LSTM alone, and
    /// without a backward pass nothing is kept.
    List<Case> cases() {
        var all = new ArrayList<Case>();
        for (CellKind cell : cells) {
            for (Size size : sizes) {
                for (Mode mode : modes) {
                    for (Lengths length : lengths) {
                        for (Direction direction : directions) {
                            for (double dropout : dropouts) {
                                if (dropout == 0 || mode == Mode.TRAIN && cell == CellKind.LSTM) {
                                    savings.stream()
                                            .filter(s -> s == Saving.EVERYTHING || mode == Mode.TRAIN)
                                            .map(s -> new Case(cell, size, mode, length, direction, dropout, s))
                                            .forEach(all::add);
                                }
                            }
                        }
                    }
                }
            }
        }
        return all;
    }
}
