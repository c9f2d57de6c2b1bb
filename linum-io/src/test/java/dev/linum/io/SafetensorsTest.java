package dev.linum.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Array;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
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
    void tensorsOfSeveralChunksAreSavedAndLoaded() throws IOException {
        int count = 70_001;
        var random = new Random(1);
        Variables variables = Variables.empty()
                .with("f32", Array.of(new float[] {1}))
                .with("f32s", Key.of(1).normal(Shape.of(count)))
                .with("f64s", Array.of(random.doubles(count).toArray()))
                .with("i32s", Array.of(random.ints(count).toArray()))
                .with("bools", Key.of(2).normal(Shape.of(count)).greaterThan(0));
        Path file = folder.resolve("model.safetensors");
        Safetensors.save(file, variables);
        Variables loaded = Safetensors.load(file).variables();
        for (String path : variables.paths()) {
            assertThat(loaded.get(path).array().data())
                    .isEqualTo(variables.get(path).array().data());
        }
    }

    @ParameterizedTest
    @CsvSource({"F16, 2", "BF16, 2", "I64, 8", "U8, 1"})
    void numbersOfOtherTypesAreWidened(String type, int width) throws IOException {
        int count = 70_001;
        var bytes = ByteBuffer.allocate(count * width).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            int value = i % 250;
            switch (type) {
                case "F16" -> bytes.putShort(Float.floatToFloat16(value));
                case "BF16" -> bytes.putShort((short) (Float.floatToIntBits(value) >>> 16));
                case "I64" -> bytes.putLong(value);
                default -> bytes.put((byte) value);
            }
        }
        String header = "{\"a\":{\"dtype\":\"" + type + "\",\"shape\":[" + count + "],\"data_offsets\":[0,"
                + count * width + "]}}";
        Path file = write(header, 0);
        Files.write(file, bytes.array(), StandardOpenOption.APPEND);
        double[] loaded = Safetensors.load(file).variables().get("a").array().toDoubles();
        assertThat(loaded).hasSize(count);
        for (int i = 0; i < count; i++) {
            assertThat(loaded[i]).isEqualTo(i % 250);
        }
    }

    /// A file of a header and so many zeros, which take no room where files may have holes.
    private Path write(String header, long rest) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("made.safetensors");
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.writeLong(Long.reverseBytes(text.length));
            out.write(text);
            out.setLength(8 + text.length + rest);
        }
        return file;
    }

    @Test
    void anEmptyTensorMayStandAnywhereInTheHeader() throws IOException {
        Path file = write(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[0,2],\"data_offsets\":[0,0]}}",
                4);
        assertThat(Safetensors.load(file).variables().paths()).containsExactly("a", "b");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void filesMayBeLargerThanAnArray() throws IOException {
        long size = 3L << 30;
        String one = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        Path file = write(one, size);
        assertThatIOException()
                .isThrownBy(() -> Safetensors.load(file))
                .withMessageEndingWith("it should have 4 bytes of numbers, but has " + size);
    }

    @ParameterizedTest
    @EnabledOnOs({OS.LINUX, OS.MAC})
    @CsvSource(
            delimiter = '|',
            value = {"[3221225472]", "[65536,49152]", "[4294967296,4294967296]"})
    void aTensorOfMoreElementsThanAnArrayHoldsIsSaid(String shape) throws IOException {
        long size = 3L << 30;
        Path file = write("{\"a\":{\"dtype\":\"U8\",\"shape\":" + shape + ",\"data_offsets\":[0," + size + "]}}", size);
        assertThatIOException()
                .isThrownBy(() -> Safetensors.load(file))
                .withMessage(file + " holds a of shape " + shape
                        + ", but a tensor has at most 2147483647 elements, along an axis and in all");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aPipeIsRead() throws Exception {
        Path file = folder.resolve("model.safetensors");
        Safetensors.save(file, variables());
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        var written = CompletableFuture.runAsync(() -> {
            try {
                Files.write(pipe, Files.readAllBytes(file), StandardOpenOption.WRITE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(Safetensors.load(pipe).variables().paths())
                .isEqualTo(variables().paths());
        written.get(30, TimeUnit.SECONDS);
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
