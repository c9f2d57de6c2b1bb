package dev.linum.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/// Names in three parts, divided by what they name.
///
/// If Germany is in the test part, it is there in all languages, so that no language's "Deutschland" or
/// "Tyskland" can be learnt by heart from its neighbour's. A text that names something else besides, in whatever
/// language, goes with all its occurrences to the part that is nearest to training. So no text is in two parts.
///
/// @param validation chooses the epoch and the smoothing of the baseline
/// @param test is only counted
record NameSplit(List<Name> training, List<Name> validation, List<Name> test) {

    private static final int PARTS = 20;
    private static final int TEST = 3;
    private static final int VALIDATION = 2;

    /// Divides names, always in the same way: 15 of 100 things for the test, 10 for validation.
    static NameSplit of(List<Name> names) {
        var concepts = new TreeSet<String>();
        names.forEach(name -> concepts.add(name.concept()));
        var order = new ArrayList<>(concepts);
        Collections.shuffle(order, new Random(0));
        var parts = new HashMap<String, Integer>();
        for (int i = 0; i < order.size(); i++) {
            int slot = i % PARTS;
            parts.put(order.get(i), slot < TEST ? 2 : slot < TEST + VALIDATION ? 1 : 0);
        }
        var ofText = new HashMap<String, Integer>();
        names.forEach(name -> ofText.merge(name.text(), parts.get(name.concept()), Math::min));
        var divided = List.of(new ArrayList<Name>(), new ArrayList<Name>(), new ArrayList<Name>());
        names.forEach(name -> divided.get(ofText.get(name.text())).add(name));
        return new NameSplit(List.copyOf(divided.get(0)), List.copyOf(divided.get(1)), List.copyOf(divided.get(2)));
    }

    int count() {
        return training.size() + validation.size() + test.size();
    }

    /// The most of the names that can be told right when each text gets one answer: some have several languages.
    static double ceiling(List<Name> names) {
        return (double) names.stream().map(Name::text).distinct().count() / names.size();
    }
}
