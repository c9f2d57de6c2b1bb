package dev.linum.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One layer and what is done with it: the same for every peer.
///
/// @param cell the cell
/// @param size batch, steps, input features and hidden features
/// @param mode what is timed
/// @param lengths whether every sequence has all steps
/// @param direction whether a second layer runs from the end
/// @param dropout the rate of the recurrent dropout, 0 for none; one mask per sequence, on the state that enters the
///     products
/// @param saving what Linum keeps for the backward pass; the others do as they always do
public record Case(
        CellKind cell, Size size, Mode mode, Lengths lengths, Direction direction, double dropout, Saving saving)
        implements Task {

    /// The cells, by the names on the command line.
    public enum CellKind {
        SIMPLE,
        LSTM,
        GRU,
        LNLSTM,
        LEAKY
    }

    /// What is timed.
    public enum Mode {
        /// The outputs of all steps.
        INFER,
        /// Loss, gradients and one step of Adam.
        TRAIN
    }

    /// How long the sequences of a batch are.
    public enum Lengths {
        DENSE,
        /// Uniform from 10 to the number of steps.
        RAGGED
    }

    /// The directions in which a layer runs.
    public enum Direction {
        UNI,
        BI
    }

    /// What Linum keeps of the steps for the backward pass: the savings without a number.
    public enum Saving {
        EVERYTHING,
        COSTLY,
        CHECKPOINTS
    }

    /// The sizes of a layer and its inputs `[batch, steps, inputs]`.
    public record Size(int batch, int steps, int inputs, int hidden) {

        /// Reads `32x100x128x256`.
        public static Size parse(String text) {
            String[] parts = text.split("x", -1);
            if (parts.length != 4 || !Arrays.stream(parts).allMatch(p -> p.matches("[1-9]\\d{0,6}"))) {
                throw new IllegalArgumentException("the shape \"" + text
                        + "\" is not batch x steps x inputs x hidden; write it like 32x100x128x256");
            }
            int[] n = Arrays.stream(parts).mapToInt(Integer::parseInt).toArray();
            return new Size(n[0], n[1], n[2], n[3]);
        }

        @Override
        public String toString() {
            return batch + "x" + steps + "x" + inputs + "x" + hidden;
        }
    }

    /// Reads a name of one of the kinds above as it is written on the command line.
    public static <E extends Enum<E>> E named(Class<E> kind, String text) {
        return Arrays.stream(kind.getEnumConstants())
                .filter(one -> name(one).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("\"" + text + "\" is none of "
                        + Arrays.stream(kind.getEnumConstants()).map(Case::name).collect(Collectors.joining(", "))));
    }

    static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /// The number of features of the outputs.
    public int width() {
        return direction == Direction.BI ? 2 * size.hidden() : size.hidden();
    }

    /// Per step of a sequence and gate, `x W` and `h U`; in training the gradients of W, U and h too.
    ///
    /// Nobody is asked for the gradients of the inputs. What is computed for padded steps, or a second time to
    /// save memory, does not count.
    @Override
    public double operations() {
        long tokens = IntStream.of(Fixture.lengths(this)).asLongStream().sum();
        int gates = switch (cell) {
            case SIMPLE, LEAKY -> 1;
            case GRU -> 3;
            case LSTM, LNLSTM -> 4;
        };
        int rows = switch (mode) {
            case INFER -> size.inputs() + size.hidden();
            case TRAIN -> 2 * size.inputs() + 3 * size.hidden();
        };
        return 2.0 * tokens * rows * gates * width();
    }

    @Override
    public ObjectNode json() {
        ObjectNode node = JsonMapper.shared().createObjectNode();
        node.put("cell", name(cell));
        node.put("batch", size.batch());
        node.put("steps", size.steps());
        node.put("inputs", size.inputs());
        node.put("hidden", size.hidden());
        node.put("mode", name(mode));
        node.put("lengths", name(lengths));
        node.put("direction", name(direction));
        node.put("dropout", dropout);
        node.put("saving", name(saving));
        return node;
    }

    /// Reads what [#json()] wrote.
    public static Case of(JsonNode node) {
        return new Case(
                named(CellKind.class, node.path("cell").asString()),
                new Size(
                        node.path("batch").asInt(),
                        node.path("steps").asInt(),
                        node.path("inputs").asInt(),
                        node.path("hidden").asInt()),
                named(Mode.class, node.path("mode").asString()),
                named(Lengths.class, node.path("lengths").asString()),
                named(Direction.class, node.path("direction").asString()),
                node.path("dropout").asDouble(),
                named(Saving.class, node.path("saving").asString()));
    }

    /// A short title, such as `lstm 32x100x128x256 train ragged bi`.
    @Override
    public String toString() {
        return name(cell) + " " + size + " " + name(mode)
                + (lengths == Lengths.RAGGED ? " ragged" : "")
                + (direction == Direction.BI ? " bi" : "")
                + (dropout > 0 ? " dropout" : "")
                + (saving == Saving.EVERYTHING ? "" : " " + name(saving));
    }
}
