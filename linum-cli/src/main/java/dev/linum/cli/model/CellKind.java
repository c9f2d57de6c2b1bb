package dev.linum.cli.model;

import dev.linum.nn.GruCell;
import dev.linum.nn.LstmCell;
import dev.linum.nn.MguCell;
import dev.linum.nn.Recurrent;
import dev.linum.nn.Rnn;
import dev.linum.nn.SimpleCell;

/// The cells a user can choose from.
public enum CellKind {
    LSTM,
    GRU,
    MGU,
    SIMPLE;

    Recurrent<?> layer(int width, double recurrentDropout) {
        return switch (this) {
            case LSTM -> Rnn.of(LstmCell.of(width).withRecurrentDropout(recurrentDropout));
            case GRU -> Rnn.of(GruCell.of(width).withRecurrentDropout(recurrentDropout));
            case MGU -> Rnn.of(MguCell.of(width).withRecurrentDropout(recurrentDropout));
            case SIMPLE -> Rnn.of(SimpleCell.of(width).withRecurrentDropout(recurrentDropout));
        };
    }
}
