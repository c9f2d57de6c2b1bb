package dev.linum.cli.model;

import dev.linum.cli.data.Schema;
import dev.linum.io.Safetensors;
import dev.linum.nn.Summary;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// A trained model as it is kept in a file: safetensors, with schema and settings as JSON in its metadata.
public record ModelFile(Schema schema, Settings settings, Variables variables) {

    private static final String KIND = "linum.model";
    private static final String SEQUENCES = "sequences-1";
    private static final String SCHEMA = "linum.schema";
    private static final String SETTINGS = "linum.settings";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    public SequenceModel model() {
        return SequenceModel.of(settings, schema);
    }

    public void save(Path file) throws IOException {
        Safetensors.save(
                file,
                variables,
                Map.of(
                        KIND,
                        SEQUENCES,
                        SCHEMA,
                        JSON.writeValueAsString(schema),
                        SETTINGS,
                        JSON.writeValueAsString(settings)));
    }

    /// Reads a model.
    ///
    /// @throws IOException in one sentence, if the file is damaged or holds something else
    public static ModelFile load(Path file) throws IOException {
        Safetensors.Content content = Safetensors.load(file);
        Map<String, String> texts = content.metadata();
        String kind = texts.getOrDefault(KIND, "");
        if (kind.startsWith("sequences-") && !kind.equals(SEQUENCES)) {
            throw new IOException(file + " was written by a newer Linum, as " + kind + ", and this one reads "
                    + SEQUENCES + "; predict with the newer one");
        }
        if (!kind.equals(SEQUENCES)) {
            throw new IOException(
                    file + " is not a model of linum train; make one with: ./linum train DATA --target COLUMN");
        }
        ModelFile model;
        Summary expected;
        try {
            model = new ModelFile(
                    JSON.readValue(texts.getOrDefault(SCHEMA, ""), Schema.class),
                    JSON.readValue(texts.getOrDefault(SETTINGS, ""), Settings.class),
                    content.variables());
            expected = model.model().summary();
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException(file + " is damaged: what it says about its columns and settings cannot be read", e);
        }
        new Parameters(file, model.variables()).like(expected);
        return model;
    }
}
