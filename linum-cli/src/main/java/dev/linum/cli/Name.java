package dev.linum.cli;

import java.text.Normalizer;
import java.util.Locale;

/// What something is called in a language.
///
/// @param text as [#plain(String)] makes it
/// @param concept what is named, such as "country DE", the same in all languages
/// @param language an index into the languages
record Name(String text, String concept, int language) {

    /// Writes a name as the model reads it: lower case, composed, one space between words, no invisible characters.
    static String plain(String written) {
        return Normalizer.normalize(written, Normalizer.Form.NFC)
                .replaceAll("\\p{Cf}", "")
                .replaceAll("[\\s\\p{Z}]+", " ")
                .strip()
                .toLowerCase(Locale.ROOT)
                .replace("i\u0307", "i");
    }
}
