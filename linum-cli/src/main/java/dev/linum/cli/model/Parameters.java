package dev.linum.cli.model;

import dev.linum.graph.Type;
import dev.linum.nn.Summary;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.nio.file.Path;

/// The parameters that a file of a model holds.
public record Parameters(Path file, Variables variables) {

    /// Returns them if they have the paths and types that the model needs, and finite numbers.
    ///
    /// @throws IOException in one sentence, if one is not there, of another type or not finite
    public Variables like(Summary expected) throws IOException {
        for (Summary.Row row : expected.rows()) {
            String path = row.path();
            if (!variables.contains(path)) {
                throw new IOException(file + " is damaged: it lacks " + path);
            }
            Type found = variables.get(path).type();
            Type wanted = row.type();
            if (!found.equals(wanted)) {
                throw new IOException(file + " is damaged: " + path + " is " + found + " and should be " + wanted);
            }
            for (double number : variables.get(path).array().toDoubles()) {
                if (!Double.isFinite(number)) {
                    throw new IOException(file + " is of no use: " + path + " holds " + number + "; train again");
                }
            }
        }
        return variables;
    }
}
