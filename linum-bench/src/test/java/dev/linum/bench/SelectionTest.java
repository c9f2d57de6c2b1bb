package dev.linum.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.bench.Case.CellKind;
import dev.linum.bench.Case.Direction;
import dev.linum.bench.Case.Lengths;
import dev.linum.bench.Case.Mode;
import dev.linum.bench.Case.Saving;
import dev.linum.bench.Case.Size;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class SelectionTest {

    private static final Size SMALL = new Size(2, 12, 3, 4);

    @Test
    void everyCombinationIsACaseButDropoutIsForTrainingAnLstmAloneAndSavingForTraining() {
        var selection = new Selection(
                List.of(CellKind.LSTM, CellKind.GRU),
                List.of(SMALL),
                List.of(Mode.INFER, Mode.TRAIN),
                List.of(Lengths.DENSE),
                List.of(Direction.UNI),
                List.of(0.0, 0.25),
                List.of(Saving.EVERYTHING, Saving.CHECKPOINTS));
        assertThat(selection.cases().stream().map(Case::toString))
                .containsExactly(
                        "lstm 2x12x3x4 infer",
                        "lstm 2x12x3x4 train",
                        "lstm 2x12x3x4 train checkpoints",
                        "lstm 2x12x3x4 train dropout",
                        "lstm 2x12x3x4 train dropout checkpoints",
                        "gru 2x12x3x4 infer",
                        "gru 2x12x3x4 train",
                        "gru 2x12x3x4 train checkpoints");
    }

    @Test
    void aCaseSurvivesTheWayToAWorker() {
        var what = new Case(CellKind.LNLSTM, SMALL, Mode.TRAIN, Lengths.RAGGED, Direction.BI, 0.25, Saving.COSTLY);
        assertThat(Case.of(what.json())).isEqualTo(what);
        assertThat(what).hasToString("lnlstm 2x12x3x4 train ragged bi dropout costly");
        assertThat(what.width()).isEqualTo(8);
    }

    @Test
    void wrongWordsAreExplained() {
        assertThatThrownBy(() -> Size.parse("32x100x128"))
                .hasMessage("the shape \"32x100x128\" is not batch x steps x inputs x hidden; "
                        + "write it like 32x100x128x256");
        assertThatThrownBy(() -> Case.named(CellKind.class, "mgu"))
                .hasMessage("\"mgu\" is none of simple, lstm, gru, lnlstm, leaky");
        assertThatThrownBy(() -> Peer.named("theano", java.nio.file.Path.of("."), ""))
                .hasMessage("there is no peer \"theano\"; there are [torch, flax, keras, djl, dl4j]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--saving | nothing | \"nothing\" is none of everything, costly, checkpoints",
                "--modes | learn | \"learn\" is none of infer, train",
                "--cells | mgu | \"mgu\" is none of simple, lstm, gru, lnlstm, leaky",
                "--shapes | 1x2 | the shape \"1x2\" is not batch x steps x inputs x hidden; write it like 32x100x128x256"
            })
    void aWrongWordOnTheCommandLineIsExplainedWithoutAnException(String option, String word, String why) {
        var line = new CommandLine(new BenchCommand());
        assertThatThrownBy(() -> line.parseArgs(option, word))
                .isInstanceOf(CommandLine.ParameterException.class)
                .hasMessageStartingWith("Invalid value for option '" + option + "'")
                .hasMessageEndingWith(": " + why)
                .hasMessageNotContaining("java.lang");
    }

    @Test
    void listsOfProcessorsAreRead() {
        assertThat(Processors.ranges("0-2,5")).containsExactly(0, 1, 2, 5);
    }
}
