package dev.linum.cli;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import dev.linum.nn.Cell;
import dev.linum.nn.Dense;
import dev.linum.nn.Dropout;
import dev.linum.nn.LstmCarry;
import dev.linum.nn.LstmCell;
import dev.linum.nn.Module;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.Scope;
import dev.linum.nn.Sequences;
import dev.linum.nn.Variables;
import dev.linum.train.Losses;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Addition as translation: reads the characters of "61+535", writes those of "596".
/// (Sutskever et al., "Sequence to sequence learning", 2014.)
///
/// An encoder reads the question into its carry; a decoder starts from that carry and writes, at each step
/// reading only the character it wrote before, so it is trained as it is used.
///
/// @param width the size of both LSTMs
record Addition(int width) implements Module<Bundle.Tensors, Tensor> {

    static final int DIGITS = 3;
    private static final String SYMBOLS = "_$0123456789+=";
    private static final int END = 1;
    private static final int QUESTION = 2 * DIGITS + 1;
    private static final int ANSWER = DIGITS + 2;

    /// What the decoder hands on: the LSTM's carry and the character just written, one-hot.
    record Writing(LstmCarry lstm, Tensor written) implements Bundle<Writing> {
        @Override
        public List<Tensor> leaves() {
            return List.of(lstm.cell(), lstm.hidden(), written);
        }

        @Override
        public Writing rebuild(List<Tensor> leaves) {
            return new Writing(lstm.rebuild(leaves.subList(0, 2)), leaves.get(2));
        }
    }

    /// One written character; the input is not read. In training it is drawn from what the model thinks possible.
    record Writer(int width) implements Cell<Writing> {
        @Override
        public Step<Writing> step(Scope scope, Writing carry, Tensor x) {
            var lstm = LstmCell.of(width).step(scope.child("lstm"), carry.lstm(), carry.written());
            Tensor logits = scope.call("projection", Dense.of(SYMBOLS.length()), lstm.output());
            Tensor chosen = scope.isTraining()
                    ? scope.key(Dropout.STREAM).categorical(logits.stopGradient())
                    : logits.argMax(-1);
            Tensor written = chosen.oneHot(SYMBOLS.length(), DType.F32);
            return new Step<>(new Writing(lstm.carry(), written), logits);
        }

        @Override
        public Writing initialCarry(Key key, Shape input) {
            Tensor first = Array.of(new int[] {SYMBOLS.indexOf('=')})
                    .oneHot(SYMBOLS.length(), DType.F32)
                    .broadcastTo(input.with(-1, SYMBOLS.length()));
            return new Writing(LstmCell.of(width).initialCarry(key, input), first);
        }
    }

    /// Questions and answers as numbers: question i32 [batch, 7], its length, answer i32 [batch, 5], its length.
    static Bundle.Tensors batch(List<int[]> sums) {
        int n = sums.size();
        var questions = new int[n * QUESTION];
        var answers = new int[n * ANSWER];
        var questionLengths = new int[n];
        var answerLengths = new int[n];
        for (int i = 0; i < n; i++) {
            int a = sums.get(i)[0];
            int b = sums.get(i)[1];
            questionLengths[i] = put(a + "+" + b, questions, i * QUESTION);
            answerLengths[i] = put(Integer.toString(a + b), answers, i * ANSWER) + 1;
            answers[i * ANSWER + answerLengths[i] - 1] = END;
        }
        return Bundle.Tensors.of(
                Array.of(questions, n, QUESTION),
                Array.of(questionLengths),
                Array.of(answers, n, ANSWER),
                Array.of(answerLengths));
    }

    private static int put(String text, int[] into, int at) {
        for (int i = 0; i < text.length(); i++) {
            into[at + i] = SYMBOLS.indexOf(text.charAt(i));
        }
        return text.length();
    }

    /// Draws sums of a number below 100 and one below 1000, the smaller one first.
    static List<int[]> sums(RandomGenerator random, int count) {
        var all = new ArrayList<int[]>();
        for (int i = 0; i < count; i++) {
            int a = random.nextInt(100);
            int b = random.nextInt(1000);
            all.add(new int[] {Math.min(a, b), Math.max(a, b)});
        }
        return all;
    }

    /// Returns logits f32 [batch, 5, symbols].
    @Override
    public Tensor call(Scope scope, Bundle.Tensors batch) {
        Tensor question = batch.get(0).oneHot(SYMBOLS.length(), DType.F32);
        int rows = question.shape().dim(0);
        var encoder = Rnn.of(LstmCell.of(width));
        LstmCarry read = encoder.call(
                        scope.child("encoder"), RnnInput.<LstmCarry>of(question).withLengths(batch.get(1)))
                .carry();
        var writer = new Writer(width);
        Tensor blank = Tensor.zeros(Type.of(DType.F32, rows, ANSWER, 1));
        Writing start = writer.initialCarry(Key.of(0), Shape.of(rows, 1));
        return Rnn.of(writer)
                .call(
                        scope.child("decoder"),
                        RnnInput.<Writing>of(blank).withInitialCarry(new Writing(read, start.written())))
                .outputs();
    }

    Tensor loss(Scope scope, Bundle.Tensors batch) {
        Tensor each = Losses.softmaxCrossEntropy(call(scope, batch), batch.get(2));
        return Losses.mean(each, Sequences.mask(batch.get(3), ANSWER));
    }

    /// Returns what the model writes for each question of a batch.
    List<String> answers(Variables variables, Bundle.Tensors batch) {
        int[] written = apply(variables, batch).argMax(-1).array().toInts();
        var texts = new ArrayList<String>();
        for (int i = 0; i < written.length / ANSWER; i++) {
            var text = new StringBuilder();
            for (int j = 0; j < ANSWER && written[i * ANSWER + j] != END; j++) {
                text.append(SYMBOLS.charAt(written[i * ANSWER + j]));
            }
            texts.add(text.toString());
        }
        return texts;
    }

    /// Returns the part of the sums that are answered without a single wrong character.
    double accuracy(Variables variables, List<int[]> sums) {
        List<String> answers = answers(variables, batch(sums));
        int right = 0;
        for (int i = 0; i < sums.size(); i++) {
            right += answers.get(i).equals(Integer.toString(sums.get(i)[0] + sums.get(i)[1])) ? 1 : 0;
        }
        return (double) right / sums.size();
    }
}
