package dev.linum.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.graph.Array;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Golden values of Flax: a safetensors file among the test resources.
record Golden(Map<String, Array> tensors) {

    private static final Pattern ENTRY = Pattern.compile(
            "\"([^\"]+)\":\\{\"dtype\":\"(\\w+)\",\"shape\":\\[([\\d,]*)\\],\"data_offsets\":\\[(\\d+),(\\d+)\\]\\}");

    static Golden file(String name) {
        try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name + ".safetensors")) {
            ByteBuffer bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
            int header = (int) bytes.getLong();
            var text = new String(bytes.array(), 8, header, StandardCharsets.UTF_8);
            Map<String, Array> tensors = new TreeMap<>();
            Matcher entry = ENTRY.matcher(text);
            while (entry.find()) {
                int[] dims = entry.group(3).isEmpty()
                        ? new int[0]
                        : Arrays.stream(entry.group(3).split(","))
                                .mapToInt(Integer::parseInt)
                                .toArray();
                ByteBuffer data = bytes.slice(
                                8 + header + Integer.parseInt(entry.group(4)),
                                4 * Shape.of(dims).count())
                        .order(ByteOrder.LITTLE_ENDIAN);
                tensors.put(entry.group(1), read(entry.group(2), dims, data));
            }
            return new Golden(tensors);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Array read(String dtype, int[] dims, ByteBuffer data) {
        int count = Shape.of(dims).count();
        switch (dtype) {
            case "F32" -> {
                var values = new float[count];
                data.asFloatBuffer().get(values);
                return Array.wrap(Type.of(DType.F32, dims), values);
            }
            case "I32" -> {
                var values = new int[count];
                data.asIntBuffer().get(values);
                return Array.wrap(Type.of(DType.I32, dims), values);
            }
            default -> throw new IllegalArgumentException("golden values are F32 or I32, found " + dtype);
        }
    }

    Array get(String name) {
        assertThat(tensors).containsKey(name);
        return tensors.get(name);
    }

    /// The tensors `prefix/0`, `prefix/1`, ...
    List<Tensor> leaves(String prefix) {
        var all = new ArrayList<Tensor>();
        for (int i = 0; tensors.containsKey(prefix + "/" + i); i++) {
            all.add(get(prefix + "/" + i));
        }
        return all;
    }

    Variables variables(String prefix) {
        Map<String, Tensor> found = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            if (name.startsWith(prefix + "/")) {
                found.put(name.substring(prefix.length() + 1), tensor);
            }
        });
        assertThat(found).as("variables under %s", prefix).isNotEmpty();
        return Variables.of(found);
    }

    /// The variables that Flax made for a layer and the input `name/x`, which are those that the layer itself makes.
    Variables made(String name, Recurrent<?> layer) {
        Variables expected = variables(name + "/variables");
        assertClose(layer.init(Key.of(1), get(name + "/x")), expected, 1e-6, name + " parameters");
        return expected;
    }

    static void assertClose(Tensor actual, Tensor expected, double tolerance, String what) {
        assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
        for (int i = 0; i < expected.shape().count(); i++) {
            double a = actual.array().get(i);
            double e = expected.array().get(i);
            if (!(Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e)))) {
                throw new AssertionError(what + ": element " + i + " is " + a + ", expected is " + e);
            }
        }
    }

    static void assertClose(List<Tensor> actual, List<Tensor> expected, double tolerance, String what) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertClose(actual.get(i), expected.get(i), tolerance, what + "/" + i);
        }
    }

    static void assertClose(Variables actual, Variables expected, double tolerance, String what) {
        assertThat(actual.paths()).as(what).containsExactlyInAnyOrderElementsOf(expected.paths());
        expected.paths()
                .forEach(path -> assertClose(actual.get(path), expected.get(path), tolerance, what + "/" + path));
    }
}
