package dev.linum.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvFileTest {

    @TempDir
    Path folder;

    private static Choice target(String name) {
        return new Choice(Optional.empty(), Optional.empty(), Optional.of(name), Set.of(), Set.of());
    }

    private static Choice byTime(String name) {
        return new Choice(Optional.empty(), Optional.of("at"), Optional.of(name), Set.of(), Set.of());
    }

    private Path file(String... lines) throws IOException {
        return Files.writeString(folder.resolve("data.csv"), String.join("\n", lines));
    }

    private Sequences read(Choice choice, String... lines) throws IOException {
        DataFile file = DataFile.open(file(lines));
        return file.read(file.wanted(choice));
    }

    private void assertError(ThrowingCallable call, String message) {
        assertThatIOException().isThrownBy(call).withMessage(folder.resolve("data.csv") + message);
    }

    @Test
    void rowsAreGatheredByIdInTheOrderOfTheFile() throws IOException {
        Sequences read = read(target("y"), "id,speed,kind,y", "b,1,red,u", "a,2,blue,v", "b,-3.5e1,red,u");
        assertThat(read.columns())
                .containsExactly(
                        new Column("speed", Kind.NUMERIC, List.of()),
                        new Column("kind", Kind.CATEGORICAL, List.of("red", "blue")));
        assertThat(read.targets()).containsExactly("u", "v");
        assertThat(read.all()).extracting(Sequence::id).containsExactly("b", "a");
        assertThat(read.all().getFirst().rows())
                .extracting(row -> row.line() + " " + Arrays.toString(row.features()) + " " + row.target())
                .containsExactly("2 [1.0, 0.0] 0", "4 [-35.0, 0.0] 0");
        assertThat(read.all().getLast().rows().getFirst().features()).containsExactly(2, 1);
    }

    @ParameterizedTest
    @CsvSource({
        "10,9,9.5",
        "2026-03-02,2026-02-28,2026-03-01",
        "2026-03-01T10:00:00,2026-03-01 09:00,2026-03-01T09:30:00.5",
        "2026-03-01T10:00:00+01:00,2026-03-01T08:00:00Z,2026-03-01T10:30:00+02:00"
    })
    void rowsAreSortedByTime(String last, String first, String middle) throws IOException {
        Sequences read =
                read(byTime("y"), "id,at,x,y", "a," + last + ",3,u", "a," + first + ",1,u", "a," + middle + ",2,u");
        assertThat(read.all().getFirst().rows())
                .extracting(row -> row.features()[0])
                .containsExactly(1.0, 2.0, 3.0);
        assertThat(read.all().getFirst().rows().getFirst().time()).isEqualTo(first);
    }

    @Test
    void rowsOfEqualTimeStayInTheirOrder() throws IOException {
        Sequences read = read(byTime("y"), "id,at,x,y", "a,5,1,u", "a,5,2,u", "a,1,0,u");
        assertThat(read.all().getFirst().rows())
                .extracting(row -> row.features()[0])
                .containsExactly(0.0, 1.0, 2.0);
    }

    @Test
    void aTimeIsANumberOrADateThroughout() {
        assertError(
                () -> read(byTime("y"), "id,at,x,y", "a,1,1,u", "a,soon,2,u"),
                ", line 3, column \"at\": \"soon\" is neither a number nor a date such as 2026-03-01 or"
                        + " 2026-03-01T08:30:00");
        assertError(
                () -> read(byTime("y"), "id,at,x,y", "a,1,1,u", "a,2026-01-01,2,u"),
                ", line 3, column \"at\": \"2026-01-01\" is a date, but the rows before it have numbers");
    }

    @Test
    void semicolonsTabsQuotesAndAByteOrderMarkAreRead() throws IOException {
        assertThat(read(target("y"), "\uFEFFid;x;y", "a; 1 ;\"u;v\"").targets()).containsExactly("u;v");
        assertThat(read(target("y"), "id\tx\ty", "a\t1\tu").targets()).containsExactly("u");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"id\",\"a;b;c;d\",way", "\uFEFF\"a;b\"\";;c;d\",id,way", "id,a,\"b\t\t\t\t\",way"})
    void separatorsInQuotedNamesDoNotCount(String header) throws IOException {
        var cells = new String[header.replaceAll("[^,]", "").length() + 1];
        Arrays.fill(cells, "7");
        assertThat(read(target("way"), header, String.join(",", cells)).all()).hasSize(1);
    }

    @Test
    void decimalCommasAreNoCategories() throws IOException {
        assertError(
                () -> read(target("y"), "id;speed;y", "a;1,5;u", "a;;u", "a;-12,25;u"),
                ", column \"speed\": \"1,5\" has a decimal comma; write numbers with a point, or give --categorical"
                        + " speed if the column holds categories");
        var choice = new Choice(Optional.empty(), Optional.empty(), Optional.of("y"), Set.of("speed"), Set.of());
        assertThat(read(choice, "id;speed;y", "a;1,5;u").columns().getFirst().kind())
                .isEqualTo(Kind.CATEGORICAL);
        assertThat(read(target("y"), "id;speed;y", "a;1,5;u", "a;fast;u")
                        .columns()
                        .getFirst()
                        .kind())
                .isEqualTo(Kind.CATEGORICAL);
    }

    @Test
    void aFileWithoutRowsIsNamed() {
        assertError(
                () -> DataFile.open(file("")),
                " is empty; a line of column names and then a line per step are expected");
        assertError(
                () -> DataFile.open(file("id,x,y", "")), " has column names but no rows; a row per step is expected");
    }

    @Test
    void textAmongNumbersIsNamedWithLineAndColumn() {
        assertError(
                () -> read(target("y"), "id,speed,y", "a,1,u", "a,fast,u"),
                ", line 3, column \"speed\": \"fast\" is no number; correct it, or give --categorical speed if the"
                        + " column holds categories");
        assertError(
                () -> read(target("y"), "id,speed,y", "a,fast,u", "a,1,u"),
                ", line 2, column \"speed\": \"fast\" is no number; correct it, or give --categorical speed if the"
                        + " column holds categories");
        for (String odd : List.of("NaN", "1d", "0x1p3", "1e999", "1,5", "-")) {
            assertThatIOException()
                    .isThrownBy(() -> read(target("y"), "id;speed;y", "a;1;u", "a;" + odd + ";u"))
                    .withMessageContaining(", line 3, column \"speed\": \"" + odd + "\" is no number");
        }
    }

    @Test
    void emptyCellsAreNamedWithWhatToDo() {
        assertError(
                () -> read(target("y"), "id,speed,y", "a,1,u", "a,,u"),
                ", line 3, column \"speed\": the cell is empty; fill it in, leave the row out, or leave the column out"
                        + " with --ignore");
        assertError(
                () -> read(target("y"), "id,kind,y", "a,red,u", "a,,u"),
                ", line 3, column \"kind\": the cell is empty; write a category of its own for what is unknown, or"
                        + " leave the row out");
        assertError(
                () -> read(target("y"), "id,x,y", "a,1,"),
                ", line 2, column \"y\": the cell is empty; every row needs a target");
        assertError(
                () -> read(target("y"), "id,x,y", ",1,u"),
                ", line 2, column \"id\": the cell is empty; every row needs an id");
    }

    @Test
    void aLineOfAnotherLengthIsNamed() {
        assertError(
                () -> read(target("y"), "id,x,y", "a,1,u", "a,1"),
                ", line 3: found 2 cells, but the first line names 3 columns");
    }

    @Test
    void columnsThatAreNotThereAreNamedWithThoseThatAre() {
        assertError(
                () -> read(target("z"), "id,x,y", "a,1,u"),
                " has no column \"z\", which --target names; there are \"id\", \"x\", \"y\"");
        assertError(
                () -> read(target("y"), "who,x,y", "a,1,u"),
                " has no column \"id\" that tells sequences apart; name it with --id; there are \"who\", \"x\", \"y\"");
        assertError(
                () -> read(byTime("y"), "id,x,y", "a,1,u"),
                " has no column \"at\", which --time names; there are \"id\", \"x\", \"y\"");
        var none = new Choice(Optional.empty(), Optional.empty(), Optional.empty(), Set.of(), Set.of());
        assertThatIOException()
                .isThrownBy(() -> read(none, "id,x,y", "a,1,u"))
                .withMessage("name the column to predict with --target; " + folder.resolve("data.csv")
                        + " has \"id\", \"x\", \"y\"");
        assertError(() -> read(target("y"), "id,y", "a,1"), " has no column to predict from besides \"id\", \"y\"");
        assertError(
                () -> read(ignoring(Set.of(), "z"), "id,at,y,z", "a,1,u,2"),
                " has no column to predict from besides \"id\", \"at\", \"y\"");
        assertError(() -> read(target("y"), "id,x,x,y", "a,1,1,u"), " has two columns called \"x\"; rename one");
    }

    private static Choice ignoring(Set<String> categorical, String... ignored) {
        return new Choice(Optional.empty(), Optional.of("at"), Optional.of("y"), categorical, Set.of(ignored));
    }

    @Test
    void whatIsUsedCannotBeLeftOut() {
        String leavesOut = ": --ignore leaves out \"";
        assertError(
                () -> read(ignoring(Set.of(), "id"), "id,at,x,y", "a,1,1,u"),
                leavesOut + "id\", but it tells sequences apart; keep it, or name another column with --id");
        assertError(
                () -> read(ignoring(Set.of(), "y"), "id,at,x,y", "a,1,1,u"),
                leavesOut + "y\", but --target names it too; name it in one of them");
        assertError(
                () -> read(ignoring(Set.of(), "at"), "id,at,x,y", "a,1,1,u"),
                leavesOut + "at\", but --time names it too; name it in one of them");
        assertError(
                () -> read(ignoring(Set.of("x"), "x"), "id,at,x,y", "a,1,1,u"),
                leavesOut + "x\", but --categorical names it too; name it in one of them");
    }

    @Test
    void numbersCanBeCategoriesAndColumnsLeftOut() throws IOException {
        var choice =
                new Choice(Optional.of("who"), Optional.empty(), Optional.of("y"), Set.of("code"), Set.of("remark"));
        Sequences read = read(choice, "who,code,remark,y", "a,7,,u", "b,8,fine,v");
        assertThat(read.columns()).containsExactly(new Column("code", Kind.CATEGORICAL, List.of("7", "8")));
    }

    @Test
    void otherThingsThanTextFilesAreNamed() throws IOException {
        Path missing = folder.resolve("missing.csv");
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> DataFile.open(missing))
                .withMessage(missing.toString());
        assertThatIOException()
                .isThrownBy(() -> DataFile.open(folder))
                .withMessage(folder + " is a folder; give a file");
        Path latin = Files.write(folder.resolve("data.csv"), "id,x,größe\na,1,2".getBytes(StandardCharsets.ISO_8859_1));
        assertError(() -> DataFile.open(latin), " is no text in UTF-8; save it as CSV in UTF-8");
    }

    @Test
    void textInAnotherEncodingIsNamedWhereverItIs() throws IOException {
        Path latin = Files.write(
                folder.resolve("data.csv"),
                ("id,x,y\n" + "a,1,groesse\n".repeat(2000) + "a,1,größe\n").getBytes(StandardCharsets.ISO_8859_1));
        DataFile file = DataFile.open(latin);
        assertError(() -> file.read(file.wanted(target("y"))), " is no text in UTF-8; save it as CSV in UTF-8");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aPipeIsReadOnce() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Thread.ofVirtual().start(() -> {
            try (var out = Files.newBufferedWriter(pipe, StandardOpenOption.WRITE)) {
                out.write("id;x;y\na;1;u\nb;2;v\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        DataFile file = DataFile.open(pipe);
        assertThat(file.read(file.wanted(target("y"))).all()).hasSize(2);
    }

    @Test
    void aDashIsStandardInput() throws IOException {
        InputStream before = System.in;
        try {
            System.setIn(new ByteArrayInputStream("id;x;y\na;1;u\nb;2;v\n".getBytes(StandardCharsets.UTF_8)));
            DataFile file = DataFile.open(Path.of("-"));
            assertThat(file.read(file.wanted(target("y"))).all()).hasSize(2);
            assertThatIOException()
                    .isThrownBy(() -> DataFile.open(Path.of("-")))
                    .withMessageStartingWith("standard input is empty");
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void aQuoteThatIsNotClosedIsNamed() {
        assertThatIOException()
                .isThrownBy(() -> read(target("y"), "id,x,y", "a,1,\"u", "b,1,v"))
                .withMessageStartingWith(folder.resolve("data.csv") + " cannot be read as CSV: ");
    }
}
