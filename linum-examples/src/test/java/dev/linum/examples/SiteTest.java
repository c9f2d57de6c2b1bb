package dev.linum.examples;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Array;
import dev.linum.graph.Compiled;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.nn.Cell;
import dev.linum.nn.Init;
import dev.linum.nn.Rnn;
import dev.linum.nn.Scope;
import dev.linum.nn.Variables;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// Errors about shapes name the line of the user's own code, at once, inside loops and inside compiled functions.
class SiteTest {

    private static final Array X = Array.zeros(DType.F32, 2, 3, 4);

    /// The line of the caller.
    private static int here() {
        return StackWalker.getInstance()
                .walk(frames -> frames.skip(1).findFirst().orElseThrow().getLineNumber());
    }

    private static void names(ThrowingCallable mistake, int line, String message) {
        assertThatThrownBy(mistake)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("SiteTest.java:" + line + " ")
                .hasMessageContaining(message);
    }

    /// A cell whose product does not fit: its kernel is `[features, features]`, its input is wider or narrower.
    private record Wrong(int features, AtomicInteger line) implements Cell<Tensor> {

        @Override
        public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
            Tensor kernel = scope.param("kernel", Shape.of(features, features), Init.orthogonal());
            line.set(here() + 1);
            Tensor next = h.plus(x.dot(kernel));
            return new Step<>(next, next);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Array.zeros(DType.F32, 2, features);
        }
    }

    @Test
    void aWrongProductInACell() {
        var cell = new Wrong(5, new AtomicInteger());
        assertThatThrownBy(() -> Rnn.of(cell).init(Key.of(0), X)).isInstanceOf(IllegalArgumentException.class);
        names(() -> Rnn.of(cell).init(Key.of(0), X), cell.line().get(), "[2,4]");
        Variables variables = Variables.empty().with("params/cell/kernel", Array.zeros(DType.F32, 5, 5));
        names(() -> Rnn.of(cell).apply(variables, X), cell.line().get(), "[5,5]");
    }

    @Test
    void aWrongSumAtOnce() {
        var line = new AtomicInteger();
        ThrowingCallable mistake = () -> {
            line.set(here() + 1);
            X.plus(Array.zeros(DType.F32, 5));
        };
        assertThatThrownBy(mistake).isInstanceOf(IllegalArgumentException.class);
        names(mistake, line.get(), "[5]");
    }

    @Test
    void aWrongReshapeInACompiledGradient() {
        var line = new AtomicInteger();
        Compiled<Tensor, Tensor> compiled = Compiled.of(x -> Gradient.grad(
                in -> {
                    line.set(here() + 1);
                    return in.reshape(5, 5).sum();
                },
                x));
        assertThatThrownBy(() -> compiled.apply(X)).isInstanceOf(IllegalArgumentException.class);
        names(() -> compiled.apply(X), line.get(), "[5,5]");
    }

    /// A cell whose carry comes out wider than it went in.
    private record Growing() implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor h, Tensor x) {
            return new Step<>(Tensor.concat(-1, h, h), x);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Array.zeros(DType.F32, 2, 1);
        }
    }

    @Test
    void aCarryThatChangesNamesTheCall() {
        int line = here() + 1;
        ThrowingCallable mistake = () -> Rnn.of(new Growing()).init(Key.of(0), X);
        names(mistake, line, "a carry keeps its type");
    }
}
