package dev.linum.cli.model;

import dev.linum.cli.data.Examples;
import dev.linum.cli.data.Per;
import dev.linum.cli.data.Schema;
import dev.linum.graph.Array;
import dev.linum.graph.Tensor;
import dev.linum.nn.Variables;
import dev.linum.train.Buckets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// What a model says of examples.
public record Predictor(SequenceModel model, Schema schema) {

    private static final int ROWS = 64;

    /// Returns for each example, in order, what is predicted for its steps (one for a target of the sequence): the
    /// probability of each class, or the number alone, in the units of the file.
    public List<float[][]> predict(Variables variables, Examples examples) {
        var all = new ArrayList<float[][]>(Collections.nCopies(examples.size(), new float[0][]));
        int rows = Math.min(ROWS, Math.max(1, examples.size()));
        for (int[] indices : Buckets.inOrder(examples.lengths(), rows)) {
            Tensor out = model.apply(variables, examples.batch(indices, rows));
            Array values = switch (schema.target().task()) {
                case CLASSIFICATION -> out.softmax(-1).array();
                case REGRESSION ->
                    out.times(schema.target().deviation())
                            .plus(schema.target().mean())
                            .array();
            };
            float[] flat = values.toFloats();
            int outputs = model.outputs();
            int perRow = flat.length / rows;
            for (int row = 0; row < indices.length; row++) {
                int steps = model.per() == Per.STEP
                        ? examples.all().get(indices[row]).steps()
                        : 1;
                var mine = new float[steps][outputs];
                for (int step = 0; step < steps; step++) {
                    System.arraycopy(flat, row * perRow + step * outputs, mine[step], 0, outputs);
                }
                all.set(indices[row], mine);
            }
        }
        return all;
    }
}
