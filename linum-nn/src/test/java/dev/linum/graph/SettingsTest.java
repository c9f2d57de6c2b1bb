package dev.linum.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.linum.nn.LstmCell;
import dev.linum.nn.Rnn;
import dev.linum.nn.RnnInput;
import dev.linum.nn.Scope;
import org.junit.jupiter.api.Test;

/// The build runs the comparisons with Flax several times: this run has the settings that the build asked
/// for.
class SettingsTest {

    @Test
    void kernelsAndThreadsAreThoseAskedFor() {
        String kernels = System.getProperty("linum.kernels", "vector");
        int threads = Integer.getInteger("linum.threads", Runtime.getRuntime().availableProcessors());
        assertThat(Backends.current().name()).startsWith("cpu (" + kernels).endsWith(", " + threads + " threads)");
    }

    @Test
    void loopsAreSplitUnlessTheBuildAskedForWholeOnes() {
        var rnn = Rnn.of(LstmCell.of(4));
        Tensor x = Array.zeros(DType.F32, 2, 5, 3);
        var variables = rnn.init(Key.of(1), x);
        Graph graph = Compiled.of((Bundle.Tensors in) -> rnn.call(Scope.inference(variables), RnnInput.of(in.get(0))))
                .graph(Bundle.Tensors.of(x));
        boolean whole = "whole".equals(System.getProperty("test.loops"));
        assertThat(graph.scans().getFirst().body().count(Op.MatMul.class)).isEqualTo(whole ? 2 : 1);
    }
}
