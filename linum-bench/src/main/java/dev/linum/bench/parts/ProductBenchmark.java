package dev.linum.bench.parts;

import dev.linum.graph.Bundle.Tensors;
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

/// `[m, k] x [k, n]`: the skinny products of single steps and large square ones.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ProductBenchmark {

    /// m x k x n.
    @Param({
        "1x256x1024",
        "8x256x1024",
        "16x256x1024",
        "32x256x1024",
        "64x256x1024",
        "32x512x2048",
        "64x1024x4096",
        "512x512x512",
        "1024x1024x1024"
    })
    public String size;

    private Compiled<Tensors, Tensor> product;
    private Tensors in;

    @Setup
    public void prepare() {
        int[] n = sizes(size);
        product = Compiled.of(pair -> pair.get(0).dot(pair.get(1)));
        in = Tensors.of(Key.of(1).normal(Shape.of(n[0], n[1])), Key.of(2).normal(Shape.of(n[1], n[2])));
    }

    @Benchmark
    public Tensor run() {
        return product.apply(in);
    }

    static int[] sizes(String text) {
        return java.util.Arrays.stream(text.split("x"))
                .mapToInt(Integer::parseInt)
                .toArray();
    }
}
