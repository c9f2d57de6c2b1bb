package dev.linum.bench;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One matrix product of floats, `[rows, inner] x [inner, columns]`.
public record Product(Kind kind, int rows, int inner, int columns) implements Task {

    /// Where a layer has such a product.
    public enum Kind {
        /// Nowhere: it is large, and so the measure of the machine.
        SQUARE,
        /// The inputs of all steps times a kernel.
        TALL,
        /// `A' B`, the gradient of a kernel: A is given as `[inner, rows]`.
        GRADIENT,
        /// The state at one step times a kernel, which is the same at each call.
        STEP
    }

    static final List<Product> USUAL = List.of(
            new Product(Kind.SQUARE, 1024, 1024, 1024),
            new Product(Kind.SQUARE, 2048, 2048, 2048),
            new Product(Kind.TALL, 3200, 128, 1024),
            new Product(Kind.TALL, 3200, 512, 2048),
            new Product(Kind.GRADIENT, 256, 3200, 1024),
            new Product(Kind.STEP, 1, 256, 1024),
            new Product(Kind.STEP, 8, 256, 1024),
            new Product(Kind.STEP, 16, 256, 1024),
            new Product(Kind.STEP, 32, 256, 1024),
            new Product(Kind.STEP, 64, 256, 1024),
            new Product(Kind.STEP, 32, 512, 2048),
            new Product(Kind.STEP, 64, 512, 2048),
            new Product(Kind.STEP, 64, 1024, 4096));

    @Override
    public double operations() {
        return 2.0 * rows * inner * columns;
    }

    @Override
    public ObjectNode json() {
        ObjectNode node = JsonMapper.shared().createObjectNode();
        node.put("kind", Case.name(kind));
        node.put("rows", rows);
        node.put("inner", inner);
        node.put("columns", columns);
        return node;
    }

    /// Reads what [#json()] wrote.
    public static Product of(JsonNode node) {
        return new Product(
                Case.named(Kind.class, node.path("kind").asString()),
                node.path("rows").asInt(),
                node.path("inner").asInt(),
                node.path("columns").asInt());
    }

    /// A short title, such as `tall 3200x128x1024`.
    @Override
    public String toString() {
        return Case.name(kind) + " " + rows + "x" + inner + "x" + columns;
    }
}
