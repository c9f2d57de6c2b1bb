package dev.linum.bench.worker;

import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.nn.Cell;
import dev.linum.nn.Dropout;
import dev.linum.nn.LstmCarry;
import dev.linum.nn.LstmCell;
import dev.linum.nn.Scope;

/// An LSTM that drops parts of the state that enters its product, the same ones at each step.
/// (Gal and Ghahramani 2016.)
public record DroppedLstm(LstmCell cell, double rate) implements Cell<LstmCarry> {

    @Override
    public Step<LstmCarry> step(Scope scope, LstmCarry carry, Tensor x) {
        var dropout = new Dropout(rate).withStream(Dropout.RECURRENT_STREAM);
        Tensor hidden = scope.call("dropout", dropout, carry.hidden());
        return cell.step(scope, new LstmCarry(carry.cell(), hidden), x);
    }

    @Override
    public LstmCarry initialCarry(Key key, Shape input) {
        return cell.initialCarry(key, input);
    }
}
