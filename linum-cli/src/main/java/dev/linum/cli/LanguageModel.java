package dev.linum.cli;

import dev.linum.cli.model.Parameters;
import dev.linum.graph.Bundle;
import dev.linum.graph.Key;
import dev.linum.io.Safetensors;
import dev.linum.nn.Variables;
import dev.linum.train.Buckets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// A network with the alphabet and the languages it was made for.
///
/// @param tags BCP 47 tags of the languages, in the order of their numbers
record LanguageModel(Languages network, Alphabet alphabet, List<String> tags) {

    private static final int ROWS = 256;
    private static final String DEMO = "languages";

    LanguageModel {
        tags = List.copyOf(tags);
    }

    static LanguageModel of(int width, Alphabet alphabet, List<String> tags) {
        return new LanguageModel(new Languages(alphabet.size(), tags.size(), width), alphabet, tags);
    }

    /// A language and how probable the model thinks it is.
    record Guess(String tag, double probability) {}

    /// A model and its numbers, as they are kept in a file.
    record Trained(LanguageModel model, Variables variables) {

        /// Returns all languages, the likeliest first.
        List<Guess> guesses(String text) {
            SpelledNames names = SpelledNames.of(List.of(new Name(Name.plain(text), "", 0)), model.alphabet);
            float[] probabilities = model.network
                    .apply(variables, names.batch(new int[] {0}, 1))
                    .softmax(-1)
                    .array()
                    .toFloats();
            return IntStream.range(0, probabilities.length)
                    .mapToObj(i -> new Guess(model.tags.get(i), probabilities[i]))
                    .sorted(Comparator.comparingDouble(Guess::probability).reversed())
                    .toList();
        }

        void save(Path file) throws IOException {
            Safetensors.save(
                    file,
                    variables,
                    Map.of(
                            "linum.demo", DEMO,
                            "width", Integer.toString(model.network.width()),
                            "alphabet", model.alphabet.characters(),
                            "languages", String.join(" ", model.tags)));
        }
    }

    /// Makes the first numbers.
    Variables init(Key key) {
        return network.init(key, inputs());
    }

    private Bundle.Tensors inputs() {
        return SpelledNames.of(List.of(new Name("a", "", 0)), alphabet).batch(new int[] {0}, 1);
    }

    /// Reads what [Trained#save(Path)] wrote.
    ///
    /// @throws IOException in one sentence, if the file is damaged or holds something else
    static Trained load(Path file) throws IOException {
        Safetensors.Content content = Safetensors.load(file);
        Map<String, String> texts = content.metadata();
        if (!DEMO.equals(texts.get("linum.demo"))) {
            throw new IOException(file + " is not a model of this demo; make one with: ./linum demo languages");
        }
        int width;
        try {
            width = Integer.parseInt(texts.getOrDefault("width", ""));
        } catch (NumberFormatException e) {
            throw damaged(file, "its width is no number");
        }
        List<String> tags = List.of(texts.getOrDefault("languages", "").split(" "));
        if (width < 1 || tags.contains("")) {
            throw damaged(file, "it lacks its width or its languages");
        }
        LanguageModel model = of(width, new Alphabet(texts.getOrDefault("alphabet", "")), tags);
        return new Trained(
                model, new Parameters(file, content.variables()).like(model.network.summary(model.inputs())));
    }

    private static IOException damaged(Path file, String why) {
        return new IOException(file + " is damaged: " + why);
    }

    /// Returns the likeliest language of each name.
    int[] answers(Variables variables, SpelledNames names) {
        var all = new int[names.lengths().length];
        for (int[] rows : Buckets.inOrder(names.lengths(), ROWS)) {
            Bundle.Tensors batch = names.batch(rows, ROWS);
            int[] likeliest = network.apply(variables, batch).argMax(-1).array().toInts();
            for (int i = 0; i < rows.length; i++) {
                all[rows[i]] = likeliest[i];
            }
        }
        return all;
    }

    double accuracy(Variables variables, SpelledNames names) {
        return SpelledNames.accuracy(answers(variables, names), names);
    }
}
