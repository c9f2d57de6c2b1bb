package dev.linum.cli;

import dev.linum.graph.Bundle;
import dev.linum.graph.Tensor;
import dev.linum.nn.Bidirectional;
import dev.linum.nn.Dense;
import dev.linum.nn.Dropout;
import dev.linum.nn.Embed;
import dev.linum.nn.GruCell;
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

    static double D1 = Double.parseDouble(System.getProperty("d1", "0.1")), D2 = Double.parseDouble(System.getProperty("d2", "0.5"));
    static int EMBED = Integer.getInteger("embed", 48);
    static boolean POOL = Boolean.getBoolean("pool");

    /// Takes characters i32 [batch, steps] and lengths i32 [batch]; returns logits f32 [batch, languages].
    @Override
    public Tensor call(Scope scope, Bundle.Tensors batch) {
        Tensor letters = scope.call("letters", Embed.of(symbols, EMBED).withInit(dev.linum.nn.Init.normal(Double.parseDouble(System.getProperty("einit","0.3")))), batch.get(0));
        Tensor in = scope.call("letter_dropout", new Dropout(D1).withBroadcast(WORD ? new Integer[]{-1} : new Integer[]{}), letters);
        var gru = GruCell.of(width);
        var read = Bidirectional.of(gru, gru)
                .call(scope.child("reader"), RnnInput.<Bundle.Pair<Tensor, Tensor>>of(in).withLengths(batch.get(1)));
        Tensor memory = Tensor.concat(-1, read.carry().first(), read.carry().second());
        if (POOL) {
            Tensor m = dev.linum.nn.Sequences.mask(batch.get(1), batch.get(0).shape().dim(1)).expand(2).broadcastTo(read.outputs().shape());
            Tensor pooled = m.select(read.outputs(), Tensor.full(read.outputs().type(), -2)).max(1);
            memory = Tensor.concat(-1, memory, pooled);
        }
        Tensor kept = scope.call("memory_dropout", new Dropout(D2), memory);
        return scope.call("language", Dense.of(languages), kept);
    }
    static double LS = Double.parseDouble(System.getProperty("ls","0"));
    static boolean WORD = Boolean.getBoolean("word");

    Tensor loss(Scope scope, Bundle.Tensors batch) {
        Tensor l = call(scope, batch); Tensor each = Losses.softmaxCrossEntropy(l, batch.get(2)); if (LS>0) each = each.times(1-LS).plus(l.logSoftmax(-1).mean(-1).negate().times(LS));
        return Losses.mean(each, batch.get(1).atMost(0).not());
    }
}
