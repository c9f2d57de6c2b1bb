package dev.linum.bench.peers;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.recurrent.GRU;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.nn.recurrent.RNN;
import ai.djl.nn.recurrent.RecurrentBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Adam;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.util.Pair;
import dev.linum.bench.Case;
import dev.linum.bench.worker.Serve;
import dev.linum.graph.Tensor;
import dev.linum.io.Safetensors;
import dev.linum.nn.Variables;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;

/// The worker process of the Deep Java Library, on its PyTorch engine.
public final class Worker implements dev.linum.bench.worker.Engine {

    private Worker() {}

    public static void main(String[] args) throws IOException {
        String threads = System.getProperty("linum.bench.threads", "1");
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("ai.djl.pytorch.num_threads", threads);
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        Serve.run(new Worker());
    }

    @Override
    public String about() {
        Engine engine = Engine.getInstance();
        return "DJL " + Engine.getDjlVersion() + " on " + engine.getEngineName() + " " + engine.getVersion();
    }

    @Override
    public Trainable prepare(Case what, Path fixture) throws IOException {
        if (what.lengths() == Case.Lengths.RAGGED) {
            throw new UnsupportedOperationException("no sequences of different lengths");
        }
        if (what.dropout() > 0) {
            throw new UnsupportedOperationException("no recurrent dropout");
        }
        if (what.direction() == Case.Direction.BI) {
            throw new UnsupportedOperationException("its layers of two directions fail where they have biases");
        }
        return new Layer(what, Safetensors.load(fixture).variables());
    }

    private static RecurrentBlock block(Case what) {
        RecurrentBlock.BaseBuilder<?> builder =
                switch (what.cell()) {
                    case SIMPLE -> RNN.builder().setActivation(RNN.Activation.TANH);
                    case LSTM -> LSTM.builder();
                    case GRU -> GRU.builder();
                    case LNLSTM, LEAKY -> throw new UnsupportedOperationException("no cells of one's own");
                };
        builder.setStateSize(what.size().hidden()).setNumLayers(1).optBatchFirst(true);
        return switch (builder) {
            case RNN.Builder rnn -> rnn.build();
            case LSTM.Builder lstm -> lstm.build();
            case GRU.Builder gru -> gru.build();
            default -> throw new IllegalStateException();
        };
    }

    private static final class Layer implements Trainable {

        private final Case what;
        private final NDManager manager = NDManager.newBaseManager();
        private final Trainer trainer;
        private final Predictor<NDList, NDList> predictor;
        private final NDArray inputs;
        private final double share;

        Layer(Case what, Variables all) {
            this.what = what;
            Case.Size size = what.size();
            var shape = new Shape(size.batch(), size.steps(), size.inputs());
            RecurrentBlock block = block(what);
            Model model = Model.newInstance("layer");
            model.setBlock(block);
            // The loss is computed by hand: the library wants one named all the same.
            trainer = model.newTrainer(new DefaultTrainingConfig(Loss.l2Loss())
                    .optOptimizer(Adam.builder()
                            .optLearningRateTracker(Tracker.fixed(0.001f))
                            .build()));
            trainer.initialize(shape);
            for (Pair<String, Parameter> parameter : block.getParameters()) {
                NDArray array = parameter.getValue().getArray();
                array.set(FloatBuffer.wrap(values(parameter.getKey(), all, array.getShape())));
            }
            predictor = model.newPredictor(new NoopTranslator());
            inputs = manager.create(all.get("inputs").array().toFloats(), shape);
            share = 1.0 / ((double) size.batch() * size.steps() * what.width());
        }

        /// The numbers of a parameter, whose gates are rows.
        private float[] values(String name, Variables all, Shape shape) {
            List<String> gates =
                    switch (what.cell()) {
                        case LSTM -> List.of("i", "f", "g", "o");
                        case GRU -> List.of("r", "z", "n");
                        default -> List.of("");
                    };
            String side = name.contains("i2h") ? "i" : "h";
            boolean kernel = name.endsWith("WEIGHT");
            var values = new float[(int) shape.size()];
            int rows = what.size().hidden();
            int at = 0;
            for (String gate : gates) {
                String path = "params/cell/" + side + gate + (kernel ? "/kernel" : "/bias");
                int columns = kernel ? values.length / (rows * gates.size()) : 1;
                if (all.contains(path)) {
                    Tensor tensor = kernel ? all.get(path).transpose() : all.get(path);
                    System.arraycopy(tensor.array().toFloats(), 0, values, at, rows * columns);
                }
                at += rows * columns;
            }
            return values;
        }

        private NDList infer() {
            try {
                return predictor.predict(new NDList(inputs));
            } catch (TranslateException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void run() {
            switch (what.mode()) {
                case INFER -> infer().close();
                case TRAIN -> train();
            }
        }

        @Override
        public float[] outputs() {
            try (NDList outputs = infer()) {
                return outputs.head().toFloatArray();
            }
        }

        @Override
        public double train() {
            double value;
            try (NDManager scope = manager.newSubManager();
                    GradientCollector collector = trainer.newGradientCollector()) {
                NDList outputs = trainer.forward(new NDList(inputs));
                outputs.attach(scope);
                NDArray loss = outputs.head().square().sum().mul((float) share);
                collector.backward(loss);
                value = loss.getFloat();
            }
            trainer.step();
            return value;
        }

        @Override
        public String way() {
            return what.cell() == Case.CellKind.SIMPLE ? "RNN" : what.cell().name();
        }
    }
}
