package dev.linum.cli;

import dev.linum.cli.LanguageModel.Trained;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.stream.Collectors;

/// Reads names and says which languages they are likeliest in, until an empty line or the end of input.
///
/// @param isInteractive whether somebody sits before it; if not, only answers are written
record LanguagePrompt(Trained trained, PrintWriter out, boolean isInteractive) {

    private static final int ANSWERS = 3;

    static LanguagePrompt of(Trained trained, PrintWriter out) {
        return new LanguagePrompt(
                trained, out, System.console() != null && System.console().isTerminal());
    }

    void run() throws IOException {
        if (isInteractive) {
            out.println("Type a name, such as Deutschland or mercoledì; an empty line ends.");
        }
        var charset = Charset.forName(
                System.getProperty("stdin.encoding", Charset.defaultCharset().name()));
        var in = new BufferedReader(new InputStreamReader(System.in, charset));
        ask();
        for (String line = in.readLine(); line != null && !line.isBlank(); line = in.readLine()) {
            out.println(answer(line.strip()));
            ask();
        }
    }

    private void ask() {
        if (isInteractive) {
            out.print("> ");
        }
        out.flush();
    }

    private String answer(String text) {
        String likeliest = trained.guesses(text).stream()
                .limit(ANSWERS)
                .map(guess -> "%s %.1f%%".formatted(JdkNames.english(guess.tag()), 100 * guess.probability()))
                .collect(Collectors.joining(", "));
        return isInteractive ? likeliest : text + ": " + likeliest;
    }
}
