package dev.linum.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TsFileTest {

    private static final Choice ANY =
            new Choice(Optional.empty(), Optional.empty(), Optional.empty(), Set.of(), Set.of());

    @TempDir
    Path folder;

    private Path file(String... lines) throws IOException {
        return Files.writeString(folder.resolve("data.ts"), String.join("\n", lines));
    }

    private Sequences read(Choice choice, String... lines) throws IOException {
        DataFile file = DataFile.open(file(lines));
        return file.read(file.wanted(choice));
    }

    private Sequences read(String... lines) throws IOException {
        return read(ANY, lines);
    }

    private void assertError(ThrowingCallable call, String message) {
        assertThatIOException().isThrownBy(call).withMessage(folder.resolve("data.ts") + message);
    }

    @Test
    void aLineIsASequenceAndItsPaddingIsCutOff() throws IOException {
        Sequences read = read(
                "# about",
                "@problemName Example",
                "@classLabel true walk run",
                "@data",
                "1,2,3:4,5,6:walk",
                "",
                "7,NaN,NaN:8,?,NaN:run",
                "9:10:run");
        assertThat(read.columns()).extracting(Column::name).containsExactly("dim_1", "dim_2");
        assertThat(read.targets()).containsExactly("walk", "run");
        assertThat(read.all()).extracting(Sequence::id).containsExactly("1", "2", "3");
        assertThat(read.all()).extracting(Sequence::length).containsExactly(3, 1, 1);
        assertThat(read.all().getFirst().rows().get(2).features()).containsExactly(3, 6);
        assertThat(read.all().getFirst().rows().getFirst().line()).isEqualTo(5);
        assertThat(read.all().getLast().rows().getFirst().target()).isEqualTo(1);
    }

    @Test
    void aTargetCanBeANumberAndColumnsLeftOut() throws IOException {
        var choice = new Choice(Optional.empty(), Optional.empty(), Optional.of("target"), Set.of(), Set.of("dim_1"));
        Sequences read = read(choice, "@targetLabel true", "@data", "1,2:3,4:0.5", "1,2:3,4:0.25");
        assertThat(read.targets()).containsExactly("0.5", "0.25");
        assertThat(read.columns()).extracting(Column::name).containsExactly("dim_2");
        assertThat(read.all().getFirst().rows().getFirst().features()).containsExactly(3);
    }

    @Test
    void withoutATargetThereIsSomethingToPredictForButNothingToLearn() throws IOException {
        assertError(() -> read("@data", "1,2:3,4"), " has no @classLabel true, so there is nothing to learn");
        DataFile withTarget = DataFile.open(file("@classLabel true a b", "@data", "1,2:3,4:a"));
        Wanted wanted = withTarget.wanted(ANY);
        Sequences read =
                DataFile.open(file("@classLabel false", "@data", "1,2:3,4")).read(wanted.withoutTarget());
        assertThat(read.all().getFirst().length()).isEqualTo(2);
        assertError(
                () -> DataFile.open(file("@classLabel false", "@data", "1,2:3,4"))
                        .read(wanted),
                " has no @classLabel true, so its sequences have no target");
        assertError(
                () -> DataFile.open(file("@data", "1,2")).read(wanted.withoutTarget()),
                " has no column \"dim_2\", which the model was trained with; there are \"dim_1\"");
    }

    @Test
    void whatDoesNotFitIsNamedWithLineAndDimension() {
        String label = "@classLabel true a b";
        assertError(
                () -> read(label, "@data", "1,2:3,4:a", "1,2:3:b"),
                ", line 4, column \"dim_2\": found 1 steps, but dim_1 has 2");
        assertError(
                () -> read(label, "@data", "1,2:3,4:a", "1,2:b"),
                ", line 4: found 2 parts between colons, but the first sequence has 3");
        assertError(
                () -> read(label, "@data", "1,x:3,4:a"),
                ", line 3, column \"dim_1\": step 2 is \"x\", which is no number; fill gaps in first");
        assertError(
                () -> read(label, "@data", "?,2:3,4:a"),
                ", line 3, column \"dim_1\": step 1 is \"?\", which is no number; fill gaps in first");
        assertError(() -> read(label, "@data", "?,NaN:?,?:a"), ", line 3: the sequence has no steps");
    }

    @Test
    void otherFilesAreNamed() {
        assertError(() -> read("id,x,y", "a,1,u"), " has no line @data, so it is no .ts file of time series");
        assertError(() -> read("@classLabel true a", "@data", ""), " has no sequences after @data");
        assertError(
                () -> read("@classLabel true a", "@data", "1,2,3"),
                " has a first sequence without a colon, so values or target are missing; a line is dim 1:dim 2:...:target");
        assertError(
                () -> read(
                        new Choice(Optional.empty(), Optional.empty(), Optional.empty(), Set.of(), Set.of("dim_1")),
                        "@classLabel true a",
                        "@data",
                        "1,2:a"),
                " has no column left to predict from; --ignore names them all");
        assertError(
                () -> read("@timeStamps true", "@classLabel true a b", "@data", "(1,2),(2,3):a"),
                " has time stamps, which are not read; write it as CSV and give --time");
        assertThatIOException()
                .isThrownBy(() -> read(
                        new Choice(Optional.of("x"), Optional.empty(), Optional.empty(), Set.of(), Set.of()),
                        "@classLabel true a b",
                        "@data",
                        "1:a"))
                .withMessage("--id, --time and --categorical are for CSV; " + folder.resolve("data.ts")
                        + " has a sequence per line");
        assertError(
                () -> read(
                        new Choice(Optional.empty(), Optional.empty(), Optional.of("y"), Set.of(), Set.of()),
                        "@classLabel true a b",
                        "@data",
                        "1:a"),
                " has no column \"y\", which --target names; its only target is \"class\"");
    }
}
