package dev.linum.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Array;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {

    @TempDir
    Path folder;

    private static Variables variables() {
        return Variables.empty()
                .with("params/cell/hi/kernel", Array.of(new float[] {1.5f, -2, 3, 4}, 2, 2))
                .with("params/cell/hi/bias", Array.of(new double[] {0.1, 0.2}))
                .with("state/count", Array.scalar(7))
                .with("state/seen", Array.of(new boolean[] {true, false, true}))
                .with("state/none", Array.of(new float[0], 0, 3));
    }

    @Test
    void whatIsSavedIsLoaded() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Safetensors.save(file, variables(), Map.of("made by", "a \"test\""));
        Safetensors.Content content = Safetensors.load(file);
        assertThat(content.metadata()).isEqualTo(Map.of("made by", "a \"test\""));
        assertThat(content.variables().paths()).isEqualTo(variables().paths());
        for (String path : variables().paths()) {
            Array expected = variables().get(path).array();
            assertThat(content.variables().get(path).type()).isEqualTo(expected.type());
            assertThat(content.variables().get(path).array().toDoubles()).isEqualTo(expected.toDoubles());
        }
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void theFormatIsTheOneOthersRead() throws IOException {
        Path file = folder.resolve("one.safetensors");
        Safetensors.save(file, Variables.empty().with("a/b", Array.of(new float[] {1})));
        String header = "{\"a/b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        byte[] bytes = Files.readAllBytes(file);
        assertThat(bytes[0]).isEqualTo((byte) ((header.length() + 7) / 8 * 8));
        assertThat(new String(bytes, 8, bytes[0], StandardCharsets.UTF_8).strip())
                .isEqualTo(header);
        assertThat(Arrays.copyOfRange(bytes, bytes.length - 4, bytes.length)).containsExactly(0, 0, -128, 63);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                                                        | too few for a header
            [1]                                                                       | not a JSON object
            {"a":                                                                     | not JSON
            {"a":{"dtype":"F32","shape":[1]}}                                         | lacks a shape or two offsets
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}                    | which is 8 bytes, but 4 are given
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}                    | do not follow
            {"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}                     | unknown type "Q4"
            {"a":{"dtype":[],"shape":[1],"data_offsets":[0,4]}}                       | unknown type
            {"__metadata__":{"width":[]}}                                             | under "width" is no text
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}                    | should have 8 bytes of numbers
            """)
    void damageGivesOneSentence(String header, String message) throws IOException {
        Path file = folder.resolve("broken.safetensors");
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[text.length == 0 ? 3 : 8 + text.length + 4];
        if (text.length > 0) {
            bytes[0] = (byte) text.length;
            System.arraycopy(text, 0, bytes, 8, text.length);
        }
        Files.write(file, bytes);
        assertThatThrownBy(() -> Safetensors.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("broken.safetensors")
                .hasMessageContaining(message);
    }

    @Test
    void foldersThatAreNoneOrNoFilesAreSaid() {
        assertThatThrownBy(() -> Safetensors.load(folder)).hasMessage(folder + " is a folder; give a file");
        Path file = folder.resolve("none").resolve("model");
        assertThatThrownBy(() -> Safetensors.save(file, variables()))
                .isInstanceOf(IOException.class)
                .hasMessage(file + " cannot be written: there is no folder " + folder.resolve("none"));
    }

    @Test
    void aFolderIsNotReplaced() {
        assertThatThrownBy(() -> Safetensors.save(folder, variables()))
                .isInstanceOf(IOException.class)
                .hasMessage(folder + " is a folder; give a file");
    }

    @Test
    void aTruncatedFileIsFound() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Safetensors.save(file, variables());
        byte[] bytes = Files.readAllBytes(file);
        for (int length = 0; length < bytes.length; length++) {
            Files.write(file, Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> Safetensors.load(file)).isInstanceOf(IOException.class);
        }
    }
}
