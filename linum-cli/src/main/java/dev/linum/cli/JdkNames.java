package dev.linum.cli;

import java.time.DayOfWeek;
import java.time.Month;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Names of countries, languages, currencies, months and weekdays in forty languages.
///
/// They come from the Unicode CLDR, which every JDK carries.
///
/// Left out are
///
/// - fall-backs: names that are a code, or the same as in English in another language than English (some of these are
///   translations that happen to be the same, but nothing tells them apart);
/// - names that more than [#SHARED] languages have, such as "andorra": they say nothing about the language;
/// - names with digits, such as the currency "afghani (1927–2002)", and names above [#LONGEST] characters.
final class JdkNames {

    /// The most languages that may have the same name.
    static final int SHARED = 3;

    /// The most characters of a name.
    static final int LONGEST = 32;

    /// BCP 47 tags of the languages: 31 in Latin script, and nine in six others.
    static final List<String> TAGS =
            List.of(("af ca cs da de en es et eu fi fr gl hr hu id is it lt lv ms nl no pl pt ro sk sl sq sv tr vi"
                            + " bg ru uk ar fa el hi ja zh")
                    .split(" "));

    private static final Pattern DIGIT = Pattern.compile("\\p{N}");

    private JdkNames() {}

    /// What something is called in each language.
    private record Concept(String kind, String code, Function<Locale, String> in) {
        String key() {
            return kind + " " + code;
        }
    }

    /// Returns the name of a language in English.
    static String english(String tag) {
        return Locale.forLanguageTag(tag).getDisplayLanguage(Locale.ENGLISH);
    }

    /// A name before it is known whether it says anything about its language.
    private record Candidate(Name name, Origin origin) {}

    private enum Origin {
        TRANSLATED,
        AS_IN_ENGLISH
    }

    /// Returns the names in the languages of [#TAGS], each text once per language.
    ///
    /// @throws IllegalStateException if this JDK has names in English only
    static List<Name> all() {
        List<Candidate> candidates = candidates();
        var languages = new HashMap<String, Set<Integer>>();
        for (Candidate candidate : candidates) {
            languages
                    .computeIfAbsent(candidate.name().text(), _ -> new HashSet<>())
                    .add(candidate.name().language());
        }
        var kept = new LinkedHashMap<String, Name>();
        for (Candidate candidate : candidates) {
            Name name = candidate.name();
            if (candidate.origin() == Origin.TRANSLATED
                    && languages.get(name.text()).size() <= SHARED) {
                kept.putIfAbsent(name.language() + name.text(), name);
            }
        }
        return List.copyOf(kept.values());
    }

    private static List<Candidate> candidates() {
        var all = new ArrayList<Candidate>();
        List<Concept> concepts = concepts();
        for (int i = 0; i < TAGS.size(); i++) {
            Locale locale = Locale.forLanguageTag(TAGS.get(i));
            int before = all.size();
            for (Concept concept : concepts) {
                String text = Name.plain(concept.in().apply(locale));
                boolean asInEnglish = !locale.equals(Locale.ENGLISH)
                        && text.equals(Name.plain(concept.in().apply(Locale.ENGLISH)));
                if (!text.equalsIgnoreCase(concept.code())
                        && text.codePointCount(0, text.length()) <= LONGEST
                        && !DIGIT.matcher(text).find()) {
                    all.add(new Candidate(
                            new Name(text, concept.key(), i), asInEnglish ? Origin.AS_IN_ENGLISH : Origin.TRANSLATED));
                }
            }
            if (all.stream().skip(before).allMatch(candidate -> candidate.origin() == Origin.AS_IN_ENGLISH)) {
                throw new IllegalStateException("this Java has no names in " + english(TAGS.get(i))
                        + ": its module jdk.localedata is missing; use a whole JDK 25");
            }
        }
        return all;
    }

    private static List<Concept> concepts() {
        var all = new ArrayList<Concept>();
        for (String code : Locale.getISOCountries()) {
            all.add(new Concept("country", code, Locale.of("", code)::getDisplayCountry));
        }
        var languages = new TreeSet<String>(List.of(Locale.getISOLanguages()));
        for (Locale locale : Locale.getAvailableLocales()) {
            if (!locale.getLanguage().isEmpty()) {
                languages.add(locale.getLanguage());
            }
        }
        for (String code : languages) {
            all.add(new Concept("language", code, Locale.of(code)::getDisplayLanguage));
        }
        Currency.getAvailableCurrencies().stream()
                .sorted(Comparator.comparing(Currency::getCurrencyCode))
                .forEach(currency ->
                        all.add(new Concept("currency", currency.getCurrencyCode(), currency::getDisplayName)));
        for (TextStyle style : List.of(TextStyle.FULL, TextStyle.FULL_STANDALONE)) {
            for (Month month : Month.values()) {
                all.add(new Concept("month", month.name(), in -> month.getDisplayName(style, in)));
            }
            for (DayOfWeek day : DayOfWeek.values()) {
                all.add(new Concept("weekday", day.name(), in -> day.getDisplayName(style, in)));
            }
        }
        return all;
    }
}
