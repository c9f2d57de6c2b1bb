package dev.linum.cli;

import dev.linum.train.Fit;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// How well a model does on the held-out names, beside two baselines, and which languages it mixes up.
record LanguageReport(NameSplit names, LanguageModel model, Fit.Best best) {

    private static final int PAIRS = 10;

    void print(PrintWriter out) {
        List<Name> test = names.test();
        SpelledNames spelled = SpelledNames.of(test, model.alphabet());
        int[] answers = model.answers(best.variables(), spelled);
        BigramBayes bayes = BigramBayes.tuned(
                names.training(), names.validation(), model.tags().size());
        int majority = majority(names.training());
        out.printf("best on validation after epoch %d%n%n", best.epoch());
        out.printf("held-out accuracy%n");
        row(out, SpelledNames.accuracy(answers, spelled), "this model");
        row(out, bayes.accuracy(test), "naive Bayes over pairs of characters");
        row(out, share(test, majority), "always " + english(majority) + ", the most frequent");
        row(out, NameSplit.ceiling(test), "the most possible: some names are the same in several languages");
        out.printf("%nmost mixed up             times  same in both   such as%n");
        MixUps.of(test, answers).stream().limit(PAIRS).forEach(pair -> out.println(line(pair)));
    }

    private String line(MixUps pair) {
        String example = pair.example()
                .map(name -> name.text() + " is " + english(name.language()))
                .orElse("");
        return "  %-22s%7d%14d   %s"
                .formatted(english(pair.first()) + ", " + english(pair.second()), pair.count(), pair.shared(), example)
                .stripTrailing();
    }

    private static void row(PrintWriter out, double accuracy, String of) {
        out.printf("  %.4f  %s%n", accuracy, of);
    }

    private String english(int language) {
        return JdkNames.english(model.tags().get(language));
    }

    private static int majority(List<Name> training) {
        return training.stream()
                .collect(Collectors.groupingBy(Name::language, Collectors.counting()))
                .entrySet()
                .stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }

    private static double share(List<Name> names, int language) {
        return (double) names.stream()
                        .filter(name -> name.language() == language)
                        .count()
                / names.size();
    }
}
