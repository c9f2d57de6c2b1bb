package dev.linum.io;

import dev.linum.graph.Array;
import dev.linum.graph.DType;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
                out.write(bytes(tensor.array()));
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

    private static byte[] bytes(Array array) {
        var buffer = ByteBuffer.allocate(array.shape().count() * width(array.dtype()))
                .order(ByteOrder.LITTLE_ENDIAN);
        switch (array.data()) {
            case float[] f -> buffer.asFloatBuffer().put(f);
            case double[] d -> buffer.asDoubleBuffer().put(d);
            default -> {
                int[] whole = (int[]) array.data();
                if (array.dtype() == DType.I32) {
                    buffer.asIntBuffer().put(whole);
                } else {
                    for (int truth : whole) {
                        buffer.put((byte) truth);
                    }
                }
            }
        }
        return buffer.array();
    }

    /// Reads a file.
    ///
    /// @throws IOException in one sentence that names the file, if it is damaged or no safetensors file
    public static Content load(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder; give a file");
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.remaining() < 8) {
            throw damaged(file, "it has " + bytes.remaining() + " bytes, too few for a header");
        }
        long length = bytes.getLong(0);
        if (length < 2 || length > LONGEST_HEADER || length > bytes.remaining() - 8) {
            throw damaged(file, "its header should have " + length + " bytes, but the file has " + bytes.remaining());
        }
        JsonNode header;
        try {
            header = JSON.readTree(new String(bytes.array(), 8, (int) length, StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            throw damaged(file, "its header is not JSON");
        }
        if (!header.isObject()) {
            throw damaged(file, "its header is not a JSON object");
        }
        ByteBuffer data =
                bytes.slice(8 + (int) length, bytes.limit() - 8 - (int) length).order(ByteOrder.LITTLE_ENDIAN);
        return content(file, header, data);
    }

    private record Entry(String name, String dtype, Shape shape, long start, long end) {}

    private static Content content(Path file, JsonNode header, ByteBuffer data) throws IOException {
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
        List<Entry> sorted =
                entries.stream().sorted(Comparator.comparingLong(Entry::start)).toList();
        long at = 0;
        for (Entry entry : sorted) {
            if (entry.start() != at || entry.end() < at) {
                throw damaged(file, "the numbers of " + entry.name() + " do not follow those before it");
            }
            at = entry.end();
        }
        if (at != data.remaining()) {
            throw damaged(file, "it should have " + at + " bytes of numbers, but has " + data.remaining());
        }
        var tensors = new LinkedHashMap<String, Tensor>();
        for (Entry entry : entries) {
            tensors.put(entry.name(), tensor(file, entry, data));
        }
        return new Content(Variables.of(tensors), metadata);
    }

    private static Entry entry(Path file, String name, JsonNode node) throws IOException {
        JsonNode shape = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        boolean whole = shape.isArray()
                && shape.valueStream().allMatch(n -> n.canConvertToInt() && n.asInt() >= 0)
                && offsets.size() == 2
                && offsets.valueStream().allMatch(JsonNode::canConvertToLong);
        if (!whole) {
            throw damaged(file, "the header entry of " + name + " lacks a shape or two offsets");
        }
        var dims = new Shape(shape.valueStream().map(JsonNode::asInt).toList());
        return new Entry(
                name,
                node.path("dtype").stringValue(""),
                dims,
                offsets.get(0).asLong(),
                offsets.get(1).asLong());
    }

    private static Tensor tensor(Path file, Entry entry, ByteBuffer data) throws IOException {
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
        ByteBuffer in = data.slice((int) entry.start(), count * width).order(ByteOrder.LITTLE_ENDIAN);
        return switch (entry.dtype()) {
            case "F64" -> {
                var values = new double[count];
                in.asDoubleBuffer().get(values);
                yield Array.wrap(new Type(DType.F64, entry.shape()), values);
            }
            case "F32", "F16", "BF16" -> {
                var values = new float[count];
                for (int i = 0; i < count; i++) {
                    values[i] = switch (entry.dtype()) {
                        case "F32" -> in.getFloat();
                        case "F16" -> Float.float16ToFloat(in.getShort());
                        default -> Float.intBitsToFloat(in.getShort() << 16);
                    };
                }
                yield Array.wrap(new Type(DType.F32, entry.shape()), values);
            }
            default -> {
                var values = new int[count];
                for (int i = 0; i < count; i++) {
                    values[i] = switch (width) {
                        case 8 -> whole(file, entry, in.getLong());
                        case 4 -> in.getInt();
                        default -> in.get() & 255;
                    };
                }
                DType dtype = entry.dtype().equals("BOOL") ? DType.BOOL : DType.I32;
                yield Array.wrap(new Type(dtype, entry.shape()), values);
            }
        };
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
