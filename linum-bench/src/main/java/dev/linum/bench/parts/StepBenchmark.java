package dev.linum.bench.parts;

import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.nn.Cell;
import dev.linum.nn.LstmCarry;
import dev.linum.nn.LstmCell;
import dev.linum.nn.Rnn;
import dev.linum.nn.Stepper;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// One step of an LSTM for one event, as on a stream.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StepBenchmark {

    @Param({"64", "256"})
    public int hidden;

    private Stepper<LstmCarry> stepper;
    private LstmCarry carry;
    private Tensor x;

    @Setup
    public void prepare() {
        var rnn = Rnn.of(LstmCell.of(hidden));
        x = Key.of(1).normal(Shape.of(1, hidden));
        stepper = Stepper.of(rnn, rnn.init(Key.of(0), Key.of(1).normal(Shape.of(1, 1, hidden))));
        carry = stepper.start(Shape.of(1, hidden));
    }

    @Benchmark
    public Cell.Step<LstmCarry> run() {
        Cell.Step<LstmCarry> step = stepper.step(carry, x);
        carry = step.carry();
        return step;
    }
}
