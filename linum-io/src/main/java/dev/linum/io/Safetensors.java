package dev.linum.io;

import dev.linum.graph.Array;
import dev.linum.graph.DType;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import dev.linum.nn.Variables;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Variables in a safetensors file: a JSON header that says what lies where, then the numbers, little-endian.
///
/// Each tensor has the name of its full path, such as `params/cell/hi/kernel`. A file of that name is always a
/// whole one: see [WholeFile].
/// ([Format](https://huggingface.co/docs/safetensors).)
public final class Safetensors {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int LONGEST_HEADER = 100_000_000;

    /// So many bytes are read or written at a time, in whole numbers of any type.
    private static final int CHUNK = 1 << 16;

    private Safetensors() {}

    /// What a file holds.
    ///
    /// @param metadata texts by name, kept as they were given
    public record Content(Variables variables, Map<String, String> metadata) {
        public Content {
            metadata = Map.copyOf(metadata);
        }
    }

    public static void save(Path file, Variables variables) throws IOException {
        save(file, variables, Map.of());
    }

    /// Writes variables and texts; on failure an older file of that name stays as it was.
    public static void save(Path file, Variables variables, Map<String, String> metadata) throws IOException {
        byte[] header = header(variables, metadata);
        WholeFile.of(file).write(out -> {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .array());
            out.write(header);
            for (Tensor tensor : variables.leaves()) {
                write(tensor.array(), out);
            }
        });
    }

    private static byte[] header(Variables variables, Map<String, String> metadata) {
        var root = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            var texts = root.putObject("__metadata__");
            metadata.forEach(texts::put);
        }
        long at = 0;
        for (String path : variables.paths()) {
            Type type = variables.get(path).type();
            long end = at + (long) type.shape().count() * width(type.dtype());
            var entry = root.putObject(path);
            entry.put("dtype", type.dtype().name());
            var shape = entry.putArray("shape");
            type.shape().dims().forEach(shape::add);
            entry.putArray("data_offsets").add(at).add(end);
            at = end;
        }
        byte[] text = JSON.writeValueAsBytes(root);
        byte[] padded = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
        Arrays.fill(padded, text.length, padded.length, (byte) ' ');
        return padded;
    }

    private static int width(DType dtype) {
        return switch (dtype) {
            case F32, I32 -> 4;
            case F64 -> 8;
            case BOOL -> 1;
        };
    }

    private static ByteBuffer chunk() {
        return ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void write(Array array, OutputStream out) throws IOException {
        ByteBuffer chunk = chunk();
        int width = width(array.dtype());
        int count = array.shape().count();
        int n;
        for (int at = 0; at < count; at += n) {
            n = Math.min(CHUNK / width, count - at);
            switch (array.data()) {
                case float[] f -> chunk.asFloatBuffer().put(f, at, n);
                case double[] d -> chunk.asDoubleBuffer().put(d, at, n);
                default -> {
                    int[] whole = (int[]) array.data();
                    if (array.dtype() == DType.I32) {
                        chunk.asIntBuffer().put(whole, at, n);
                    } else {
                        for (int i = 0; i < n; i++) {
                            chunk.put(i, (byte) whole[at + i]);
                        }
                    }
                }
            }
            out.write(chunk.array(), 0, n * width);
        }
    }

    /// Reads a file.
    ///
    /// @throws IOException in one sentence that names the file, if it is damaged or no safetensors file
    public static Content load(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder; give a file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            if (Files.isRegularFile(file)) {
                return content(file, in, Files.size(file));
            }
            // How much a pipe holds is known at its end.
            byte[] all = in.readAllBytes();
            return content(file, new ByteArrayInputStream(all), all.length);
        }
    }

    private static Content content(Path file, InputStream in, long size) throws IOException {
        if (size < 8) {
            throw damaged(file, "it has " + size + " bytes, too few for a header");
        }
        long length =
                ByteBuffer.wrap(in.readNBytes(8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > LONGEST_HEADER || length > size - 8) {
            throw damaged(file, "its header should have " + length + " bytes, but the file has " + size);
        }
        JsonNode header;
        try {
            header = JSON.readTree(new String(in.readNBytes((int) length), StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            throw damaged(file, "its header is not JSON");
        }
        if (!header.isObject()) {
            throw damaged(file, "its header is not a JSON object");
        }
        return content(file, header, in, size - 8 - length);
    }

    private record Entry(String name, String dtype, Shape shape, long start, long end) {}

    /// @param size the bytes behind the header
    private static Content content(Path file, JsonNode header, InputStream in, long size) throws IOException {
        var metadata = new LinkedHashMap<String, String>();
        var entries = new ArrayList<Entry>();
        for (Map.Entry<String, JsonNode> property : header.properties()) {
            if (property.getKey().equals("__metadata__")) {
                for (Map.Entry<String, JsonNode> text : property.getValue().properties()) {
                    if (!text.getValue().isString()) {
                        throw damaged(file, "what it says under \"" + text.getKey() + "\" is no text");
                    }
                    metadata.put(text.getKey(), text.getValue().stringValue());
                }
            } else {
                entries.add(entry(file, property.getKey(), property.getValue()));
            }
        }
        // Where an empty one begins another may, too.
        List<Entry> sorted = entries.stream()
                .sorted(Comparator.comparingLong(Entry::start).thenComparingLong(Entry::end))
                .toList();
        long at = 0;
        for (Entry entry : sorted) {
            if (entry.start() != at || entry.end() < at) {
                throw damaged(file, "the numbers of " + entry.name() + " do not follow those before it");
            }
            at = entry.end();
        }
        if (at != size) {
            throw damaged(file, "it should have " + at + " bytes of numbers, but has " + size);
        }
        var read = new HashMap<String, Tensor>();
        for (Entry entry : sorted) {
            read.put(entry.name(), tensor(file, entry, in));
        }
        var tensors = new LinkedHashMap<String, Tensor>();
        entries.forEach(entry -> tensors.put(entry.name(), read.get(entry.name())));
        return new Content(Variables.of(tensors), metadata);
    }

    private static Entry entry(Path file, String name, JsonNode node) throws IOException {
        JsonNode shape = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        boolean whole = shape.isArray()
                && shape.valueStream().allMatch(n -> n.canConvertToLong() && n.asLong() >= 0)
                && offsets.size() == 2
                && offsets.valueStream().allMatch(JsonNode::canConvertToLong);
        if (!whole) {
            throw damaged(file, "the header entry of " + name + " lacks a shape or two offsets");
        }
        if (isTooLarge(shape)) {
            throw new IOException(file + " holds " + name + " of shape " + shape
                    + ", but a tensor has at most 2147483647 elements, along an axis and in all");
        }
        var dims = new Shape(shape.valueStream().map(JsonNode::asInt).toList());
        return new Entry(
                name,
                node.path("dtype").stringValue(""),
                dims,
                offsets.get(0).asLong(),
                offsets.get(1).asLong());
    }

    private static boolean isTooLarge(JsonNode shape) {
        double count = shape.valueStream().mapToDouble(JsonNode::asDouble).reduce(1, (a, b) -> a * b);
        return count > Integer.MAX_VALUE || shape.valueStream().anyMatch(size -> size.asLong() > Integer.MAX_VALUE);
    }

    private static Tensor tensor(Path file, Entry entry, InputStream in) throws IOException {
        int count = entry.shape().count();
        int width = switch (entry.dtype()) {
            case "F64", "I64" -> 8;
            case "F32", "I32" -> 4;
            case "F16", "BF16" -> 2;
            case "BOOL", "U8" -> 1;
            default -> throw damaged(file, entry.name() + " has the unknown type \"" + entry.dtype() + "\"");
        };
        if (entry.end() - entry.start() != (long) count * width) {
            throw damaged(
                    file,
                    entry.name() + " has shape " + entry.shape() + " of " + entry.dtype() + ", which is "
                            + (long) count * width + " bytes, but " + (entry.end() - entry.start()) + " are given");
        }
        DType dtype = switch (entry.dtype()) {
            case "F64" -> DType.F64;
            case "F32", "F16", "BF16" -> DType.F32;
            case "BOOL" -> DType.BOOL;
            default -> DType.I32;
        };
        Object values = switch (dtype) {
            case F64 -> new double[count];
            case F32 -> new float[count];
            case I32, BOOL -> new int[count];
        };
        ByteBuffer chunk = chunk();
        int n;
        for (int at = 0; at < count; at += n) {
            n = Math.min(CHUNK / width, count - at);
            if (in.readNBytes(chunk.array(), 0, n * width) < n * width) {
                throw damaged(file, "it ended while it was read");
            }
            switch (values) {
                case double[] d -> chunk.asDoubleBuffer().get(d, at, n);
                case float[] f -> floats(entry, chunk, f, at, n);
                default -> ints(file, entry, chunk, (int[]) values, at, n);
            }
        }
        return Array.wrap(new Type(dtype, entry.shape()), values);
    }

    private static void floats(Entry entry, ByteBuffer chunk, float[] values, int at, int n) {
        switch (entry.dtype()) {
            case "F32" -> chunk.asFloatBuffer().get(values, at, n);
            case "F16" -> {
                for (int i = 0; i < n; i++) {
                    values[at + i] = Float.float16ToFloat(chunk.getShort(2 * i));
                }
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    values[at + i] = Float.intBitsToFloat(chunk.getShort(2 * i) << 16);
                }
            }
        }
    }

    private static void ints(Path file, Entry entry, ByteBuffer chunk, int[] values, int at, int n) throws IOException {
        switch (entry.dtype()) {
            case "I64" -> {
                for (int i = 0; i < n; i++) {
                    values[at + i] = whole(file, entry, chunk.getLong(8 * i));
                }
            }
            case "I32" -> chunk.asIntBuffer().get(values, at, n);
            default -> {
                for (int i = 0; i < n; i++) {
                    values[at + i] = chunk.get(i) & 255;
                }
            }
        }
    }

    private static int whole(Path file, Entry entry, long value) throws IOException {
        if (value != (int) value) {
            throw damaged(file, entry.name() + " holds " + value + ", which does not fit into 32 bits");
        }
        return (int) value;
    }

    private static IOException damaged(Path file, String why) {
        return new IOException(file + " is damaged or no safetensors file: " + why);
    }
}
