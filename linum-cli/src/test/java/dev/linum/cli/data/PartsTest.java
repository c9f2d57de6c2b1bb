package dev.linum.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.linum.graph.Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartsTest {

    private static final Choice TARGET_Y =
            new Choice(Optional.empty(), Optional.empty(), Optional.of("y"), Set.of(), Set.of());

    @TempDir
    Path folder;

    private Path file(String name, List<String> lines) throws IOException {
        return Files.writeString(folder.resolve(name), String.join("\n", lines));
    }

    private Sequences read(String... lines) throws IOException {
        DataFile file = DataFile.open(file("data.csv", List.of(lines)));
        return file.read(file.wanted(TARGET_Y));
    }

    private static Parts.Plan plan(Per per, Optional<Task> task, Optional<Path> test) {
        return new Parts.Plan(per, task, test, 0.2, 0.2, 1);
    }

    /// A hundred sequences, a fifth of class "rare"; each number x occurs once.
    private List<String> hundred() {
        var lines = new ArrayList<String>(List.of("id,x,y"));
        for (int i = 0; i < 100; i++) {
            lines.add("s" + i + "," + i + "," + (i % 5 == 0 ? "rare" : "usual"));
        }
        return lines;
    }

    @Test
    void partsAreDisjointAndHaveTheSameClasses() throws IOException {
        Parts parts = Parts.read(
                DataFile.open(file("data.csv", hundred())),
                TARGET_Y,
                plan(Per.SEQUENCE, Optional.empty(), Optional.empty()));
        List<Examples> all =
                List.of(parts.training(), parts.validation(), parts.heldOut().orElseThrow());
        assertThat(all).extracting(Examples::size).containsExactly(64, 16, 20);
        var seen = new HashSet<Float>();
        for (Examples part : all) {
            part.all()
                    .forEach(example ->
                            assertThat(seen.add(example.numbers()[0])).isTrue());
        }
        assertThat(parts.schema().target().classes()).containsExactly("rare", "usual");
        assertThat(parts.schema().target().majority()).isEqualTo(1);
        assertThat(all)
                .extracting(part -> part.all().stream()
                        .filter(example -> example.goals()[0] == 0)
                        .count())
                .containsExactly(13L, 3L, 4L);
    }

    @Test
    void meansAndDeviationsAreThoseOfTheTrainingPartAlone() throws IOException {
        Path test = file("test.csv", List.of("id,x,y", "t,1000000,usual"));
        Parts parts = Parts.read(
                DataFile.open(file("data.csv", hundred())),
                TARGET_Y,
                plan(Per.SEQUENCE, Optional.empty(), Optional.of(test)));
        double sum = 0;
        double squares = 0;
        for (Examples.Example example : parts.training().all()) {
            sum += example.numbers()[0];
            squares += example.numbers()[0] * example.numbers()[0];
        }
        assertThat(sum).isCloseTo(0, Offset.offset(1e-4));
        assertThat(squares / parts.training().size()).isCloseTo(1, Offset.offset(1e-4));
        assertThat(parts.heldOut().orElseThrow().size()).isEqualTo(1);
    }

    @Test
    void aColumnOfOneNumberIsHarmless() throws IOException {
        Sequences read = read("id,x,y", "a,5,u", "b,5,v");
        Schema schema = Schema.learn(wanted(), read, read, Per.SEQUENCE, Task.CLASSIFICATION);
        assertThat(Encoder.of(schema, read).encode(read).all().getFirst().numbers())
                .containsExactly(0);
    }

    @Test
    void aNumberTooLargeForADeviationIsNamed() throws IOException {
        String much = ": 1.0E300 is so large that the column has no finite deviation; correct it, or leave the row out";
        for (Task task : Task.values()) {
            Sequences read = read("id,x,y", "a,1,1", "b,1e300,2", "c,2,3");
            assertThatIOException()
                    .isThrownBy(() -> Schema.learn(wanted(), read, read, Per.SEQUENCE, task))
                    .withMessage(folder.resolve("data.csv") + ", line 3, column \"x\"" + much);
        }
        Sequences read = read("id,x,y", "a,1,1", "b,1,2", "c,2,1e300");
        assertThatIOException()
                .isThrownBy(() -> Schema.learn(wanted(), read, read, Per.SEQUENCE, Task.REGRESSION))
                .withMessage(folder.resolve("data.csv") + ", line 4, column \"y\"" + much);
    }

    @Test
    void aNumberTooFarFromThoseTrainedOnIsNamed() throws IOException {
        String far = ": 1.0E300 is too far from the numbers trained on; correct it, or leave the row out";
        Sequences read = read("id,x,y", "a,1,1", "b,2,2", "c,1e300,2", "d,1,1e300");
        Sequences training = read.part(read.all().subList(0, 2));
        Schema schema = Schema.learn(wanted(), read, training, Per.SEQUENCE, Task.REGRESSION);
        assertThatIOException()
                .isThrownBy(() -> Encoder.of(schema, read).encode(read))
                .withMessage(folder.resolve("data.csv") + ", line 4, column \"x\"" + far);
        assertThatIOException()
                .isThrownBy(() -> Encoder.withGoals(schema, read))
                .withMessage(folder.resolve("data.csv") + ", line 5, column \"y\"" + far);
    }

    private Wanted wanted() throws IOException {
        return DataFile.open(folder.resolve("data.csv")).wanted(TARGET_Y);
    }

    @Test
    void categoriesThatTrainingLacksAreUnknown() throws IOException {
        Sequences read = read("id,kind,y", "a,red,u", "b,blue,v", "c,green,u", "d,green,u");
        Schema schema =
                Schema.learn(wanted(), read, read.part(read.all().subList(1, 3)), Per.SEQUENCE, Task.CLASSIFICATION);
        assertThat(schema.features().getFirst().categories()).containsExactly("blue", "green");
        Examples examples = Encoder.withGoals(schema, read).encode(read);
        assertThat(examples.all())
                .extracting(example -> example.categories()[0])
                .containsExactly(2, 0, 1, 1);
        assertThat(examples.unknown().get("kind")).containsExactly("red");
    }

    @ParameterizedTest
    @CsvSource({
        "u v, CLASSIFICATION",
        "1 2 3, CLASSIFICATION",
        "0.5 1, REGRESSION",
        "1 x, CLASSIFICATION",
        "1e0 2, CLASSIFICATION"
    })
    void theTaskIsGuessedFromTheTargets(String targets, Task task) throws IOException {
        var sequences = new Sequences(Path.of("x"), List.of(), List.of(targets.split(" ")), List.of());
        assertThat(Goals.guess("y", sequences)).isEqualTo(task);
    }

    @Test
    void manyWholeNumbersAreNumbers() throws IOException {
        List<String> many = IntStream.range(0, 21).mapToObj(Integer::toString).toList();
        assertThat(Goals.guess("y", new Sequences(Path.of("x"), List.of(), many, List.of())))
                .isEqualTo(Task.REGRESSION);
    }

    @Test
    void targetsWithDecimalCommasAreNoClasses() throws IOException {
        Path file = file("data.csv", List.of("id;x;y", "a;5;1,5", "b;5;-2,25", "c;1;3,5"));
        assertThatIOException()
                .isThrownBy(() -> Parts.read(
                        DataFile.open(file), TARGET_Y, plan(Per.SEQUENCE, Optional.empty(), Optional.empty())))
                .withMessage(
                        file + ", line 2, column \"y\": \"1,5\" has a decimal comma; write numbers with a point, or"
                                + " give --task classification");
        Parts parts = Parts.read(
                DataFile.open(file), TARGET_Y, plan(Per.SEQUENCE, Optional.of(Task.CLASSIFICATION), Optional.empty()));
        assertThat(parts.schema().target().classes()).hasSize(3);
    }

    @Test
    void classesOfNumbersAreInTheOrderOfNumbers() throws IOException {
        Sequences read = read("id,x,y", "a,5,10", "b,5,9", "c,1,-1");
        Schema schema = Schema.learn(wanted(), read, read, Per.SEQUENCE, Task.CLASSIFICATION);
        assertThat(schema.target().classes()).containsExactly("-1", "9", "10");
    }

    @Test
    void aTargetThatChangesIsNamedWithBothLines() {
        assertThatIOException()
                .isThrownBy(() -> Goals.checkConstant(read("id,x,y", "a,1,u", "b,1,u", "a,1,v"), "y"))
                .withMessage(folder.resolve("data.csv")
                        + ", line 4, column \"y\": the target of sequence \"a\" is \"v\" here, but \"u\" in line 2; give"
                        + " --per-step if each step has a target of its own");
    }

    @Test
    void aTargetThatIsNoNumberIsNamed() throws IOException {
        Sequences read = read("id,x,y", "a,1,1", "b,1,2", "c,1,two");
        assertThatIOException()
                .isThrownBy(() -> Schema.learn(wanted(), read, read, Per.SEQUENCE, Task.REGRESSION))
                .withMessage(folder.resolve("data.csv")
                        + ", line 4, column \"y\": \"two\" is no number; correct it, or give --task classification");
    }

    @Test
    void aTargetOfOneClassAndTooFewSequencesAreNamed() throws IOException {
        Sequences same = read("id,x,y", "a,1,u", "b,1,u");
        assertThatIOException()
                .isThrownBy(() -> Schema.learn(wanted(), same, same, Per.SEQUENCE, Task.CLASSIFICATION))
                .withMessage(folder.resolve("data.csv")
                        + ": the target \"y\" is always \"u\"; there is nothing to tell apart");
        Path two = file("data.csv", List.of("id,x,y", "a,1,u", "b,1,v"));
        assertThatIOException()
                .isThrownBy(() -> Parts.read(
                        DataFile.open(two), TARGET_Y, plan(Per.SEQUENCE, Optional.empty(), Optional.empty())))
                .withMessage(two
                        + " has too few sequences, 2: training, validation and held-out part need at least one each");
        Path one = file("one.csv", List.of("id,x,y", "a,1,u"));
        assertThatIOException()
                .isThrownBy(() -> Parts.read(
                        DataFile.open(one), TARGET_Y, plan(Per.SEQUENCE, Optional.empty(), Optional.of(two))))
                .withMessage(one + " has too few sequences, 1: training and validation part need at least one each");
        Path hundred = file("hundred.csv", hundred());
        assertThatIOException()
                .isThrownBy(() -> Parts.read(
                        DataFile.open(hundred),
                        TARGET_Y,
                        new Parts.Plan(Per.STEP, Optional.empty(), Optional.empty(), 0.99, 0.2, 1)))
                .withMessage(hundred + " has 100 sequences, of which --hold-out leaves 1; training and validation part"
                        + " need at least one each");
    }

    @Test
    void aClassThatOnlyTheTestHasIsNamed() throws IOException {
        Path test = file("test.csv", List.of("id,x,y", "t,1,usual", "u,1,odd"));
        assertThatIOException()
                .isThrownBy(() -> Parts.read(
                        DataFile.open(file("data.csv", hundred())),
                        TARGET_Y,
                        plan(Per.SEQUENCE, Optional.empty(), Optional.of(test))))
                .withMessage(test + ", line 3, column \"y\": the class \"odd\" is not among those trained on, \"rare\","
                        + " \"usual\"");
    }

    @Test
    void aPartIsDrawnAnewForEachSeedAndNeverEmpty() throws IOException {
        Sequences read = read("id,x,y", "a,1,u", "b,2,v", "c,3,w", "d,4,x");
        Split split = Split.draw(read, 0.2, Per.SEQUENCE, Task.REGRESSION, new SplittableRandom(1));
        assertThat(split.rest().size()).isEqualTo(1);
        assertThat(split.most().size()).isEqualTo(3);
        assertThat(Split.draw(read, 0.01, Per.SEQUENCE, Task.CLASSIFICATION, new SplittableRandom(1))
                        .rest()
                        .size())
                .isEqualTo(1);
        var drawn = new HashSet<String>();
        for (int seed = 0; seed < 50; seed++) {
            drawn.add(Split.draw(read, 0.2, Per.STEP, Task.CLASSIFICATION, new SplittableRandom(seed))
                    .rest()
                    .all()
                    .getFirst()
                    .id());
        }
        assertThat(drawn).hasSize(4);
    }

    @Test
    void aBatchIsPaddedWithEmptyStepsAndRows() throws IOException {
        Sequences read = read("id,x,kind,y", "a,1,p,u", "a,3,q,v", "b,2,p,u");
        Schema schema = Schema.learn(wanted(), read, read, Per.STEP, Task.CLASSIFICATION);
        Bundle.Tensors batch = Encoder.withGoals(schema, read).encode(read).batch(new int[] {1, 0}, 3);
        assertThat(batch.get(0).shape().dims()).containsExactly(3, 4, 1);
        assertThat(batch.get(1).shape().dims()).containsExactly(3, 4, 1);
        assertThat(batch.get(2).array().toInts()).containsExactly(1, 2, 0);
        assertThat(batch.get(1).array().toInts()).containsExactly(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0);
        assertThat(batch.get(3).array().toInts()).containsExactly(0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0);
        float deviation = (float) Math.sqrt(2 / 3.0);
        assertThat(batch.get(0).array().at(1, 1, 0)).isCloseTo(1 / deviation, Offset.offset(1e-6));
    }
}
