package dev.linum.bench;

import dev.linum.io.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Whether two peers compute the same: a benchmark of two different computations is worth nothing.
///
/// @param difference the largest difference between outputs of real steps, or the larger one of the relative
///     differences between the losses of the first training step and between their falls in the next two
/// @param same whether that is rounding
/// @param how what was compared
record Agreement(double difference, boolean same, String how) {

    /// Of 13 million outputs of layer-norm LSTMs with 1024 units the one furthest from Flax's differs by 0.0013.
    private static final double OUTPUTS = 3e-3;

    private static final double LOSS = 1e-4;
    /// Some peers have two biases where others have one, so that their biases move twice as fast.
    private static final double FALL = 0.25;
    /// Masks differ from peer to peer: with dropout the losses agree in size alone.
    private static final double DROPPED = 0.3;

    private static final int STEPS = 3;

    /// What a worker computed.
    record Evidence(float[] outputs, List<Double> losses) {}

    static Evidence evidence(Worker worker, Task what, Path folder) throws Worker.Refused, IOException {
        return switch (what) {
            case Case layer when layer.mode() == Case.Mode.TRAIN -> new Evidence(new float[0], worker.losses(STEPS));
            case Case _, Product _ -> {
                Path file = folder.resolve("outputs-" + worker.peer().name() + ".safetensors");
                worker.ask(Worker.request("outputs").put("file", file.toString()));
                float[] outputs = Safetensors.load(file)
                        .variables()
                        .get("outputs")
                        .array()
                        .toFloats();
                Files.delete(file);
                yield new Evidence(outputs, List.of());
            }
        };
    }

    static Agreement of(Task what, int[] lengths, Evidence a, Evidence b) {
        return switch (what) {
            case Case layer when layer.mode() == Case.Mode.TRAIN -> losses(layer, a.losses(), b.losses());
            case Case layer -> outputs(layer.size().steps(), layer.width(), lengths, a.outputs(), b.outputs());
            case Product product -> outputs(product.rows(), product.columns(), lengths, a.outputs(), b.outputs());
        };
    }

    private static Agreement outputs(int steps, int row, int[] lengths, float[] a, float[] b) {
        if (a.length != b.length) {
            return new Agreement(Double.POSITIVE_INFINITY, false, a.length + " outputs against " + b.length);
        }
        int sequence = steps * row;
        double largest = 0;
        for (int n = 0; n < lengths.length; n++) {
            for (int i = n * sequence; i < n * sequence + lengths[n] * row; i++) {
                double difference = Math.abs((double) a[i] - b[i]);
                largest = Math.max(largest, difference);
            }
        }
        return new Agreement(largest, largest <= OUTPUTS, "outputs");
    }

    private static Agreement losses(Case what, List<Double> a, List<Double> b) {
        double first = Math.abs(a.getFirst() / b.getFirst() - 1);
        double fall = Math.abs((b.getFirst() - b.getLast()) / (a.getFirst() - a.getLast()) - 1);
        boolean same = what.dropout() > 0 ? first <= DROPPED : first <= LOSS && fall <= FALL;
        return new Agreement(Math.max(first, fall), same, "losses " + a + " and " + b);
    }
}
