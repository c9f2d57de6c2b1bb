package dev.linum.cli;

import dev.linum.graph.Bundle;
import dev.linum.graph.Tensor;
import dev.linum.nn.Bidirectional;
import dev.linum.nn.Dense;
import dev.linum.nn.Dropout;
import dev.linum.nn.Embed;
import dev.linum.nn.GruCell;
import dev.linum.nn.Init;
import dev.linum.nn.Module;
import dev.linum.nn.RnnInput;
import dev.linum.nn.Scope;
import dev.linum.train.Losses;

/// Tells the language of a name from its characters: a GRU reads it from each end, and what both remember decides.
///
/// @param symbols the size of the alphabet
/// @param languages how many there are to choose from
/// @param width the size of each GRU
record Languages(int symbols, int languages, int width) implements Module<Bundle.Tensors, Tensor> {

    private static final int LETTER_FEATURES = 48;
    private static final double LETTER_DEVIATION = 0.3;
    private static final double LETTER_DROPOUT = 0.2;
    private static final double MEMORY_DROPOUT = 0.5;

    /// Takes characters i32 [batch, steps] and lengths i32 [batch]; returns logits f32 [batch, languages].
    @Override
    public Tensor call(Scope scope, Bundle.Tensors batch) {
        var embed = Embed.of(symbols, LETTER_FEATURES).withInit(Init.normal(LETTER_DEVIATION));
        Tensor letters = scope.call("letters", embed, batch.get(0));
        Tensor seen = scope.call("letter_dropout", new Dropout(LETTER_DROPOUT), letters);
        var gru = GruCell.of(width);
        var read = Bidirectional.of(gru, gru)
                .call(
                        scope.child("reader"),
                        RnnInput.<Bundle.Pair<Tensor, Tensor>>of(seen).withLengths(batch.get(1)));
        Tensor memory = Tensor.concat(-1, read.carry().first(), read.carry().second());
        Tensor kept = scope.call("memory_dropout", new Dropout(MEMORY_DROPOUT), memory);
        return scope.call("language", Dense.of(languages), kept);
    }

    /// Averages the cross-entropy over the rows that hold a name.
    Tensor loss(Scope scope, Bundle.Tensors batch) {
        Tensor each = Losses.softmaxCrossEntropy(call(scope, batch), batch.get(2));
        return Losses.mean(each, batch.get(1).atMost(0).not());
    }
}
