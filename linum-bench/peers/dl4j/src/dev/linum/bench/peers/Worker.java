package dev.linum.bench.peers;

import dev.linum.bench.Case;
import dev.linum.bench.worker.Engine;
import dev.linum.bench.worker.Serve;
import dev.linum.io.Safetensors;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/// The worker process of Deeplearning4j on its native back end.
public final class Worker implements Engine {

    private Worker() {}

    public static void main(String[] args) throws IOException {
        Serve.run(new Worker());
    }

    @Override
    public String about() {
        return "Deeplearning4j 1.0.0-M2.1 on " + Nd4j.getBackend().getClass().getSimpleName();
    }

    @Override
    public Trainable prepare(Case what, Path fixture) throws IOException {
        if (what.dropout() > 0) {
            throw new UnsupportedOperationException("no recurrent dropout");
        }
        return new Network(what, Safetensors.load(fixture).variables());
    }

    private static Layer layer(Case what) {
        int in = what.size().inputs();
        int hidden = what.size().hidden();
        Layer layer =
                switch (what.cell()) {
                    case SIMPLE -> new SimpleRnn.Builder()
                            .nIn(in)
                            .nOut(hidden)
                            .activation(Activation.TANH)
                            .build();
                    case LSTM -> new LSTM.Builder()
                            .nIn(in)
                            .nOut(hidden)
                            .activation(Activation.TANH)
                            .gateActivationFunction(Activation.SIGMOID)
                            .build();
                    case GRU -> throw new UnsupportedOperationException("no GRU");
                    case LNLSTM, LEAKY -> throw new UnsupportedOperationException("no cells of one's own");
                };
        return what.direction() == Case.Direction.BI ? new Bidirectional(Bidirectional.Mode.CONCAT, layer) : layer;
    }

    private static final class Network implements Trainable {

        private final Case what;
        private final MultiLayerNetwork network;
        private final INDArray inputs;
        private final INDArray targets;
        private final INDArray mask;
        private final double steps;

        Network(Case what, Variables all) {
            this.what = what;
            Case.Size size = what.size();
            network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                    .updater(new Adam(0.001))
                    .list()
                    .layer(layer(what))
                    .layer(new RnnLossLayer.Builder()
                            .activation(Activation.IDENTITY)
                            .lossFunction(LossFunction.MSE)
                            .build())
                    .build());
            network.init();
            if (what.direction() == Case.Direction.BI) {
                weights(all, "0_f", "params/forward_rnn/cell/");
                weights(all, "0_b", "params/backward_rnn/cell/");
            } else {
                weights(all, "0_", "params/cell/");
            }
            // Its layout is batch, features, steps.
            inputs = Nd4j.createFromArray(all.get("inputs").array().toFloats())
                    .reshape(size.batch(), size.steps(), size.inputs())
                    .permute(0, 2, 1)
                    .dup('f');
            targets = Nd4j.create(new long[] {size.batch(), what.width(), size.steps()}, 'f');
            int[] lengths = all.get("lengths").array().toInts();
            steps = Arrays.stream(lengths).average().orElseThrow();
            mask = what.lengths() == Case.Lengths.RAGGED ? mask(lengths, size.steps()) : null;
        }

        private static INDArray mask(int[] lengths, int steps) {
            var real = new float[lengths.length][steps];
            for (int i = 0; i < lengths.length; i++) {
                Arrays.fill(real[i], 0, lengths[i], 1);
            }
            return Nd4j.createFromArray(real);
        }

        /// The gates side by side; for the LSTM: new value, forget, output, input.
        private void weights(Variables all, String name, String prefix) {
            List<String> gates = what.cell() == Case.CellKind.LSTM ? List.of("g", "f", "o", "i") : List.of("");
            String biased = what.cell() == Case.CellKind.LSTM ? "h" : "i";
            set(all, name + "W", prefix + "i", gates, "/kernel");
            set(all, name + "RW", prefix + "h", gates, "/kernel");
            set(all, name + "b", prefix + biased, gates, "/bias");
        }

        private void set(Variables all, String name, String prefix, List<String> gates, String part) {
            INDArray[] parts = gates.stream()
                    .map(gate -> all.get(prefix + gate + part))
                    .map(tensor -> Nd4j.createFromArray(tensor.array().toFloats())
                            .reshape(tensor.shape().rank() == 1 ? 1 : tensor.shape().dim(0), what.size().hidden()))
                    .toArray(INDArray[]::new);
            network.getParam(name).assign(Nd4j.concat(1, parts));
        }

        private INDArray infer() {
            return mask == null ? network.output(inputs) : network.output(inputs, false, mask, mask);
        }

        @Override
        public void run() {
            switch (what.mode()) {
                case INFER -> infer();
                case TRAIN -> train();
            }
        }

        @Override
        public float[] outputs() {
            return infer().permute(0, 2, 1).dup('c').reshape(-1).toFloatVector();
        }

        @Override
        public double train() {
            if (mask == null) {
                network.fit(inputs, targets);
            } else {
                network.fit(inputs, targets, mask, mask);
            }
            // It adds the steps up where the others take their mean.
            return network.score() / steps;
        }
    }
}
