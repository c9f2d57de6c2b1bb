package dev.linum.bench.parts;

import dev.linum.graph.Compiled;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Functions of single elements over `[elements]`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FunctionBenchmark {

    @Param({"tanh", "sigmoid", "exp"})
    public String function;

    @Param({"8192", "1048576"})
    public int elements;

    private Compiled<Tensor, Tensor> compiled;
    private Tensor in;

    @Setup
    public void prepare() {
        compiled = Compiled.of(x -> switch (function) {
            case "tanh" -> x.tanh();
            case "sigmoid" -> x.sigmoid();
            case "exp" -> x.exp();
            default -> throw new IllegalArgumentException(function);
        });
        in = Key.of(1).normal(Shape.of(elements));
    }

    @Benchmark
    public Tensor run() {
        return compiled.apply(in);
    }
}
