package dev.linum.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// The baseline: naive Bayes over pairs of neighbouring characters, ends included.
///
/// Each pair counts as seen `smoothing` times more than it was, also those never seen.
final class BigramBayes {

    private static final double[] SMOOTHINGS = {0.003, 0.01, 0.03, 0.1, 0.3, 1};

    private final double[] prior;
    private final double[] unseen;
    private final Map<String, double[]> likelihoods = new HashMap<>();

    private BigramBayes(List<Name> names, int languages, double smoothing) {
        prior = new double[languages];
        unseen = new double[languages];
        var totals = new double[languages];
        var counts = new HashMap<String, double[]>();
        for (Name name : names) {
            prior[name.language()]++;
            for (String pair : pairs(name.text())) {
                counts.computeIfAbsent(pair, _ -> new double[languages])[name.language()]++;
                totals[name.language()]++;
            }
        }
        for (int i = 0; i < languages; i++) {
            prior[i] = Math.log((prior[i] + 1) / (names.size() + languages));
            totals[i] += smoothing * (counts.size() + 1);
            unseen[i] = Math.log(smoothing / totals[i]);
        }
        counts.forEach((pair, seen) -> {
            var logs = new double[languages];
            for (int i = 0; i < languages; i++) {
                logs[i] = Math.log((seen[i] + smoothing) / totals[i]);
            }
            likelihoods.put(pair, logs);
        });
    }

    static BigramBayes of(List<Name> names, int languages, double smoothing) {
        return new BigramBayes(names, languages, smoothing);
    }

    /// Learns from the training part with the smoothing that is best on the validation part.
    static BigramBayes tuned(List<Name> training, List<Name> validation, int languages) {
        BigramBayes best = of(training, languages, SMOOTHINGS[0]);
        for (double smoothing : SMOOTHINGS) {
            BigramBayes other = of(training, languages, smoothing);
            if (other.accuracy(validation) > best.accuracy(validation)) {
                best = other;
            }
        }
        return best;
    }

    /// Returns the logarithm of the probability of a text together with each language.
    double[] score(String text) {
        double[] score = prior.clone();
        for (String pair : pairs(text)) {
            double[] logs = likelihoods.getOrDefault(pair, unseen);
            for (int i = 0; i < score.length; i++) {
                score[i] += logs[i];
            }
        }
        return score;
    }

    /// Returns the likeliest language of a text.
    int language(String text) {
        double[] score = score(text);
        int best = 0;
        for (int i = 1; i < score.length; i++) {
            best = score[i] > score[best] ? i : best;
        }
        return best;
    }

    double accuracy(List<Name> names) {
        return (double) names.stream()
                        .filter(name -> language(name.text()) == name.language())
                        .count()
                / names.size();
    }

    private static List<String> pairs(String text) {
        int[] characters = ("\n" + text + "\n").codePoints().toArray();
        return IntStream.range(1, characters.length)
                .mapToObj(i -> Character.toString(characters[i - 1]) + Character.toString(characters[i]))
                .toList();
    }
}
