package dev.linum.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.cli.LanguageModel.Trained;
import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.io.Safetensors;
import dev.linum.train.Adam;
import dev.linum.train.Fit;
import dev.linum.train.Trainer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LanguagesTest {

    private static final List<Name> NAMES = JdkNames.all();

    @TempDir
    Path folder;

    private static List<String> texts(String tag) {
        return NAMES.stream()
                .filter(name -> name.language() == JdkNames.TAGS.indexOf(tag))
                .map(Name::text)
                .toList();
    }

    @Test
    void namesAreTranslated() {
        assertThat(JdkNames.TAGS).hasSize(40).doesNotHaveDuplicates();
        assertThat(texts("de")).contains("deutschland", "ungarisch", "schweizer franken", "freitag");
        assertThat(texts("cs")).contains("německo", "maďarština", "švýcarský frank", "únor", "února");
        assertThat(texts("el")).contains("γερμανία");
        for (String tag : JdkNames.TAGS) {
            assertThat(texts(tag)).as(tag).hasSizeGreaterThan(250).doesNotHaveDuplicates();
        }
    }

    @Test
    void codesFallBacksAndNamesOfManyLanguagesAreLeftOut() {
        // English for Danish too, and the same in most languages.
        assertThat(NAMES).extracting(Name::text).doesNotContain("andorra", "cuba", "xaf", "zu");
        assertThat(texts("ms")).doesNotContain("switzerland");
        assertThat(texts("en")).contains("switzerland");
        var languages = new HashMap<String, Set<Integer>>();
        NAMES.forEach(name ->
                languages.computeIfAbsent(name.text(), _ -> new HashSet<>()).add(name.language()));
        assertThat(languages.values()).allMatch(some -> some.size() <= JdkNames.SHARED);
    }

    @Test
    void noTextAndNoConceptOfATestNameIsLearnt() {
        NameSplit split = NameSplit.of(NAMES);
        assertThat(split.count()).isEqualTo(NAMES.size());
        Set<String> texts = new HashSet<>();
        Set<String> concepts = new HashSet<>();
        for (List<Name> learnt : List.of(split.training(), split.validation())) {
            learnt.forEach(name -> texts.add(name.text()));
        }
        split.test().forEach(name -> concepts.add(name.concept()));
        assertThat(split.test()).hasSizeGreaterThan(3000).noneMatch(name -> texts.contains(name.text()));
        var trainingTexts = new HashSet<String>();
        split.training().forEach(name -> trainingTexts.add(name.text()));
        assertThat(split.validation()).hasSizeGreaterThan(1500).noneMatch(name -> trainingTexts.contains(name.text()));
        // What names two things, one of them for training, is learnt; all else of a test concept is not.
        assertThat(split.training().stream().filter(name -> concepts.contains(name.concept())))
                .hasSizeLessThan(200)
                .allMatch(name -> NAMES.stream()
                        .anyMatch(other -> other.text().equals(name.text()) && !concepts.contains(other.concept())));
    }

    @Test
    void theCeilingCountsOneAnswerPerText() {
        assertThat(NameSplit.ceiling(List.of(new Name("a", "", 0), new Name("a", "", 1), new Name("b", "", 0))))
                .isEqualTo(2.0 / 3);
    }

    @Test
    void textsAreMadePlain() {
        assertThat(Name.plain(" E\u0301tats\u00a0 Unis\u200e ")).isEqualTo("états unis");
        assertThat(Name.plain("İzlanda")).isEqualTo("izlanda");
    }

    @Test
    void rareAndForeignCharactersAreUnknown() {
        Alphabet alphabet = Alphabet.of(List.of(new Name("abba", "", 0), new Name("x𝄞𝄞", "", 0)));
        assertThat(alphabet.size()).isEqualTo(4);
        assertThat(alphabet.numbers(List.of("ax𝄞b?")).getFirst()).containsExactly(1, 0, 3, 2, 0);
    }

    @Test
    void naiveBayesCountsPairs() {
        // Two languages as frequent as one another; pairs of language 0 with ends: ^a ab b$, of language 1: ^b ba a$.
        List<Name> names = List.of(new Name("ab", "", 0), new Name("ba", "", 1));
        BigramBayes bayes = BigramBayes.of(names, 2, 0.5);
        assertThat(bayes.language("abab")).isZero();
        assertThat(bayes.language("bab")).isZero();
        assertThat(bayes.language("bababa")).isEqualTo(1);
        // log 1/2 + log((1 + s) / (3 + 7 s)) for each of three pairs, s = 0.5
        assertThat(bayes.score("ab")[0]).isEqualTo(Math.log(0.5) + 3 * Math.log(1.5 / 6.5), offset(1e-12));
        assertThat(bayes.score("ab")[1]).isEqualTo(Math.log(0.5) + 3 * Math.log(0.5 / 6.5), offset(1e-12));
        assertThat(bayes.accuracy(names)).isEqualTo(1);
    }

    private static Offset<Double> offset(double most) {
        return Offset.offset(most);
    }

    @Test
    void mixUpsAreCountedForBothDirections() {
        var names = List.of(
                new Name("eins", "", 0),
                new Name("een", "", 1),
                new Name("acht", "", 0),
                new Name("acht", "", 1),
                new Name("un", "", 2));
        assertThat(MixUps.of(names, new int[] {1, 0, 0, 0, 2}))
                .containsExactly(new MixUps(0, 1, 1, List.of(names.get(1), names.get(0))));
        assertThat(MixUps.of(names, new int[] {2, 1, 0, 1, 0}))
                .extracting(MixUps::count)
                .containsExactly(2);
    }

    private static Trained small() {
        List<Name> names = List.of(new Name("aa", "", 0), new Name("abb", "", 1), new Name("bbbb", "", 2));
        LanguageModel model = LanguageModel.of(8, Alphabet.of(names), List.of("de", "fr", "it"));
        SpelledNames spelled = SpelledNames.of(names, model.alphabet());
        var trainer = Trainer.<Bundle.Tensors>of(model.network()::loss, Adam.of(0.03));
        var state = trainer.start(model.init(Key.of(0)));
        Bundle.Tensors batch = spelled.batch(new int[] {0, 1, 2}, 4);
        for (int i = 0; i < 120; i++) {
            state = trainer.step(state, batch, Key.of(i)).state();
        }
        assertThat(model.answers(state.variables(), spelled)).containsExactly(0, 1, 2);
        return new Trained(model, state.variables());
    }

    @Test
    void aSavedModelAnswersAsBefore() throws IOException {
        Trained trained = small();
        Path file = folder.resolve("small.safetensors");
        trained.save(file);
        Trained loaded = LanguageModel.load(file);
        assertThat(loaded.model()).isEqualTo(trained.model());
        assertThat(loaded.guesses("ABB")).isEqualTo(trained.guesses("abb"));
        assertThat(loaded.guesses("abb").getFirst().tag()).isEqualTo("fr");
        assertThat(loaded.guesses("abb").stream()
                        .mapToDouble(LanguageModel.Guess::probability)
                        .sum())
                .isEqualTo(1, offset(1e-5));
    }

    @Test
    void thePromptEndsWithTheInputOrAnEmptyLine() throws IOException {
        Trained trained = small();
        Path file = folder.resolve("small.safetensors");
        trained.save(file);
        assertThat(answers(file, "aa\nbbbb")).hasSize(2).satisfies(lines -> {
            assertThat(lines.get(0)).matches("aa: German \\d+\\.\\d%, .*");
            assertThat(lines.get(1)).startsWith("bbbb: Italian ");
        });
        assertThat(answers(file, "aa\n\nbbbb\n")).hasSize(1);
        assertThat(answers(file, "")).isEmpty();
    }

    private static List<String> answers(Path file, String input) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            String printed = run(0, "demo", "languages", "--load", file.toString());
            return printed.lines().toList();
        } finally {
            System.setIn(before);
        }
    }

    /// Runs a command line and returns what it prints.
    private static String run(int status, String... args) {
        var printed = new StringWriter();
        var to = new PrintWriter(printed, true);
        assertThat(Main.commandLine().setOut(to).setErr(to).execute(args)).isEqualTo(status);
        return printed.toString();
    }

    @Test
    void damagedAndForeignFilesEndWithOneSentence() throws IOException {
        Path file = Files.writeString(folder.resolve("broken"), "no model at all");
        assertThat(run(1, "demo", "languages", "--load", file.toString()).lines())
                .singleElement()
                .asString()
                .contains("is damaged or no safetensors file");
        Trained trained = small();
        Safetensors.save(file, trained.variables(), Map.of("linum.demo", "addition"));
        assertThatThrownBy(() -> LanguageModel.load(file))
                .hasMessage(file + " is not a model of this demo; make one with: ./linum demo languages");
        Map<String, String> texts =
                Map.of("linum.demo", "languages", "width", "9", "alphabet", "ab", "languages", "de fr it");
        Safetensors.save(file, trained.variables(), texts);
        assertThatThrownBy(() -> LanguageModel.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageMatching(".* is damaged: params/\\S+ is f32.* and should be f32.*");
        Safetensors.save(file, trained.variables(), Map.of("linum.demo", "languages"));
        assertThatThrownBy(() -> LanguageModel.load(file)).hasMessageContaining("its width is no number");
        assertThat(run(1, "demo", "languages", "--load", folder.resolve("none").toString()))
                .contains("there is no file");
    }

    @Test
    void wrongOptionsEndWithOneSentence() {
        assertThat(run(2, "demo", "languages", "--epochs", "0"))
                .contains("--epochs, --batch and --width are at least 1");
        assertThat(run(1, "demo", "languages", "--save", folder.toString()))
                .contains("linum: --save " + folder + ": this is a folder; give a file");
        Path none = folder.resolve("none");
        assertThat(run(1, "demo", "languages", "--save", none.resolve("x").toString()))
                .contains("linum: --save " + none.resolve("x") + ": there is no folder " + none);
    }

    @Test
    void aLossThatGrowsWithoutBoundEndsTheTraining() throws IOException {
        Path file = folder.resolve("model.safetensors");
        String[] args = {"demo", "languages", "--rate", "1e38", "--width", "4", "--batch", "2048", "--save"};
        String[] all =
                Stream.concat(Stream.of(args), Stream.of(file.toString())).toArray(String[]::new);
        assertThat(run(1, all)).contains("linum: the loss became infinite; try a --rate below 1.0E38");
        assertThat(file).doesNotExist();
    }

    @Test
    void theReportNamesBaselinesAndMixUps() {
        NameSplit split = new NameSplit(
                List.of(new Name("aa", "", 0), new Name("abb", "", 1), new Name("aab", "", 1)),
                List.of(new Name("aa", "", 0)),
                List.of(new Name("bbbb", "", 0), new Name("aa", "", 0), new Name("aa", "", 1)));
        Trained trained = small();
        var best = new Fit.Best(trained.variables(), 4, 0.5, Fit.End.EPOCHS);
        var text = new StringWriter();
        new LanguageReport(split, trained.model(), best).print(new PrintWriter(text, true));
        assertThat(text.toString()
                        .lines()
                        .map(line -> line.replaceAll(" +", " ").strip()))
                .contains(
                        "best on validation after epoch 4",
                        "0.3333 this model",
                        "0.3333 always French, the most frequent",
                        "0.6667 the most possible: some names are the same in several languages",
                        "German, French 1 1",
                        "German, Italian 1 0 bbbb is German");
    }

    @Test
    void aShortTrainingReportsAndSaves() throws IOException {
        Path file = folder.resolve("model.safetensors");
        String printed = run(
                0, "demo", "languages", "--epochs", "1", "--width", "4", "--batch", "1024", "--save", file.toString());
        assertThat(printed)
                .contains("names in 40 languages", "parameters", "held-out accuracy", "naive Bayes", "most mixed up")
                .contains("epoch 1: loss ", "saved to " + file, "try: ./linum demo languages --load " + file)
                .doesNotContain("Type a name");
        assertThat(Safetensors.load(file).metadata()).containsEntry("width", "4");
        try (var files = Files.list(folder)) {
            assertThat(Arrays.asList(files.toArray())).containsExactly(file);
        }
    }
}
