package dev.linum.nn;

import static dev.linum.nn.HandLoop.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle.Pair;
import dev.linum.graph.Bundle.Tensors;
import dev.linum.graph.Compiled;
import dev.linum.graph.DType;
import dev.linum.graph.Gradient;
import dev.linum.graph.Key;
import dev.linum.graph.Loop;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// Every mistake is answered by one sentence: what was found, what was expected, what to do.
class ErrorsTest {

    private static final Array X = numbers(1, 2, 3, 4);
    private static final Rnn<Tensor> RNN = Rnn.of(GruCell.of(5));
    private static final Variables VARIABLES = RNN.init(Key.of(1), X);
    private static final String TOO_LONG =
            "the length of sequence 1 is 4, but the inputs have 3 steps; a length lies between 0 and 3";

    private static void says(ThrowingCallable mistake, String message) {
        assertThatThrownBy(mistake).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    private static RnnInput<Tensor> in(Tensor x) {
        return RnnInput.of(x);
    }

    // ---- lengths

    @Test
    void lengthsOutOfRange() {
        says(() -> RNN.apply(VARIABLES, in(X).withLengths(3, 4)), TOO_LONG);
        says(() -> RNN.withLengths(3, 4).apply(VARIABLES, X), TOO_LONG);
        says(
                () -> RNN.apply(VARIABLES, in(X).withLengths(-1, 3)),
                "the length of sequence 0 is -1, but the inputs have 3 steps; a length lies between 0 and 3");
        says(
                () -> RNN.apply(VARIABLES, in(X).withLengths(1, 2, 3)),
                "lengths are one i32 per sequence, here i32[2], but found i32[3]");
        says(
                () -> RNN.apply(VARIABLES, in(X).withLengths(Array.of(new float[] {1, 2}))),
                "lengths are one i32 per sequence, here i32[2], but found f32[2]");
    }

    private static Tensor loss(Variables variables, Tensor x, Tensor lengths) {
        return RNN.call(Scope.inference(variables), in(x).withLengths(lengths))
                .outputs()
                .square()
                .sum();
    }

    /// Runs a compiled function of inputs and lengths twice: with lengths that are right, then with one too long.
    private static void checksLengths(BiFunction<Tensor, Tensor, Tensor> function) {
        Compiled<Tensors, Tensor> compiled = Compiled.of(in -> function.apply(in.get(0), in.get(1)));
        Array right = Array.of(new int[] {3, 2});
        Array wrong = Array.of(new int[] {3, 4});
        Tensor y = compiled.apply(Tensors.of(X, right));
        says(() -> compiled.apply(Tensors.of(X, wrong)), TOO_LONG);
        Golden.assertClose(compiled.apply(Tensors.of(X, right)), y, 0, "again");
    }

    @Test
    void lengthsOutOfRangeInsideACompiledFunction() {
        checksLengths((x, lengths) -> loss(VARIABLES, x, lengths));
        checksLengths((x, lengths) ->
                Gradient.grad(v -> loss(v, x, lengths), VARIABLES).leaves().getFirst());
        checksLengths((x, lengths) -> Gradient.grad(
                        in -> loss(in.first(), in.second().get(0), in.second().get(1)),
                        Pair.of(VARIABLES, Tensors.of(x, lengths)))
                .second()
                .get(0));
        checksLengths((x, lengths) -> Loop.remat(Tensors.of(x, lengths), in -> loss(VARIABLES, in.get(0), in.get(1))));
        Compiled<Tensors, Tensor> inner = Compiled.of(in -> loss(VARIABLES, in.get(0), in.get(1)));
        checksLengths((x, lengths) -> inner.apply(Tensors.of(x, lengths)));
    }

    @Test
    void lengthsOutOfRangeInLayersOfLayers() {
        var both = Bidirectional.of(RNN, RNN);
        Variables two = both.init(Key.of(1), X);
        says(() -> both.apply(two, RnnInput.<Pair<Tensor, Tensor>>of(X).withLengths(3, 4)), TOO_LONG);
        var stacked = Stacked.of(RNN, Rnn.of(GruCell.of(5)));
        Variables row = stacked.init(Key.of(1), X);
        says(() -> stacked.apply(row, RnnInput.<Stacked.Carries>of(X).withLengths(3, 4)), TOO_LONG);
    }

    // ---- tensors

    /// The message begins with the line of the mistake.
    private static void tellsWhere(ThrowingCallable mistake, String message) {
        assertThatThrownBy(mistake)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("\\S+:\\d+ .*")
                .hasMessageEndingWith(message);
    }

    @Test
    void axesThatAreNotThere() {
        String none = ": axis 3 of shape [2,3,4] does not exist; it has 3 axes";
        tellsWhere(() -> X.sum(3), "sum" + none);
        tellsWhere(() -> X.max(3), "max" + none);
        tellsWhere(() -> X.argMax(3), "argMax" + none);
        tellsWhere(() -> X.softmax(3), "softmax" + none);
        tellsWhere(() -> X.reverse(3), "reverse" + none);
        tellsWhere(() -> X.slice(3, 0, 1), "slice" + none);
        tellsWhere(() -> X.index(3, 0), "index" + none);
        tellsWhere(() -> X.pad(3, 0, 1), "pad" + none);
        tellsWhere(() -> X.split(3, 2), "split" + none);
        tellsWhere(() -> X.squeeze(3), "squeeze" + none);
        tellsWhere(() -> X.moveAxis(0, 3), "moveAxis" + none);
        tellsWhere(() -> Tensor.concat(3, X, X), "concat" + none);
        tellsWhere(() -> X.expand(4), "expand: shape [2,3,4] takes a new axis at 0 to 3 or at -1 to -4, found 4");
        tellsWhere(
                () -> Tensor.stack(-5, List.of(X)),
                "expand: shape [2,3,4] takes a new axis at 0 to 3 or at -1 to -4, found -5");
    }

    @Test
    void whatAnAxisDoesNotAllow() {
        tellsWhere(
                () -> X.squeeze(1), "squeeze: axis 1 of shape [2,3,4] has size 3, only one of size 1 can be removed");
        tellsWhere(() -> X.index(1, 3), "index: axis 1 of [2,3,4] has no element 3");
        tellsWhere(() -> X.index(1, -4), "index: axis 1 of [2,3,4] has no element -4");
        tellsWhere(() -> X.split(0, 0), "split: axis 0 of [2,3,4] does not divide into 0 equal parts");
        tellsWhere(() -> X.slice(1, 0, 0).argMax(1), "argMax: axis 1 of shape [2,0,4] is empty");
        tellsWhere(() -> Tensor.concat(0), "concat: there is nothing to put together");
        tellsWhere(() -> Tensor.stack(0, List.of()), "concat: there is nothing to put together");
        tellsWhere(() -> X.reshape(5, -1), "reshape: shape [2,3,4] does not fill [5, -1] in one way");
        tellsWhere(() -> X.reshape(-1, -1), "reshape: shape [2,3,4] does not fill [-1, -1] in one way");
        says(
                () -> Shape.of(1 << 30, 1 << 30, 16).count(),
                "shape [1073741824,1073741824,16] has more elements than the 2147483647 that one tensor can hold");
        tellsWhere(() -> X.gather(X), "gather: an index is a whole number, i32, found f32[2,3,4]");
    }

    @Test
    void sizesThatAddUpToTooMuch() {
        int most = Integer.MAX_VALUE;
        String tooMany = " has more elements than the 2147483647 that one tensor can hold";
        tellsWhere(
                () -> X.pad(1, most, 5),
                "pad: axis 1 would have size 2147483655, more than the 2147483647 that one can have");
        tellsWhere(() -> X.pad(1, most - 3, 0), "shape [2,2147483647,4]" + tooMany);
        traced(x -> {
            Tensor wide = x.broadcastTo(Shape.of(1, 1_500_000_000));
            tellsWhere(
                    () -> Tensor.concat(1, wide, wide),
                    "concat: axis 1 would have size 3000000000, more than the 2147483647 that one can have");
            tellsWhere(() -> Tensor.concat(0, wide, wide), "shape [2,1500000000]" + tooMany);
            tellsWhere(() -> wide.plus(x.broadcastTo(Shape.of(2, 1))), "shape [2,1500000000]" + tooMany);
            tellsWhere(() -> wide.transpose(1, 0).dot(wide), "shape [1500000000,1500000000]" + tooMany);
            return x;
        });
    }

    /// Runs code while nothing is computed: its tensors may be larger than there is memory for.
    private static void traced(UnaryOperator<Tensor> code) {
        Compiled.of(code).graph(numbers(1, 1));
    }

    @Test
    void stepsOfASliceMayBeLongerThanItsAxis() {
        Golden.assertClose(X.slice(2, 1, 4, Integer.MAX_VALUE), X.slice(2, 1, 2), 0, "slice");
    }

    @Test
    void noSteps() {
        var stepper = Stepper.of(RNN, VARIABLES);
        says(
                () -> stepper.steps(stepper.start(Shape.of(2, 4)), List.of()),
                "steps takes one input for each step, found none");
    }

    // ---- shapes

    @Test
    void inputsWithoutATimeAxis() {
        says(
                () -> RNN.apply(VARIABLES, numbers(1, 4)),
                "a sequence has a time axis and one feature axis, [*batch, time, *features], "
                        + "but the inputs have shape [4]");
        var conv = Rnn.of(ConvLstmCell.of(2, 3, 3));
        says(
                () -> conv.init(Key.of(1), X),
                "a sequence has a time axis and 3 feature axes, [*batch, time, *features], "
                        + "but the inputs have shape [2,3,4]");
    }

    @Test
    void inputsOfAnotherWidth() {
        says(
                () -> RNN.apply(VARIABLES, numbers(1, 2, 3, 9)),
                "the parameter params/cell/ir/kernel has shape [4,5], but [9,5] is needed here; "
                        + "it was made for inputs or features of another size");
    }

    private static void asksTwice(Module<Tensor, Tensor> second, String first, String again) {
        Module<Tensor, Tensor> model = (scope, x) -> scope.call("part", second, scope.call("part", Dense.of(4), x));
        for (Module<Tensor, Tensor> one :
                List.of(model, Rnn.of(new Stateless(model)).outputs())) {
            String path = one == model ? "part" : "cell/part";
            String message = "the parameter params/" + path + "/" + first + " and as " + again
                    + "; the same name means the same weights, so give each part a name of its own";
            says(() -> one.init(Key.of(1), X), message);
            says(() -> one.summary(X), message);
        }
    }

    private record Stateless(Module<Tensor, Tensor> model) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            return new Step<>(carry, model.call(scope, x));
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Array.zeros(DType.F32, 1);
        }
    }

    /// As in a loop of one's own over steps.
    @Test
    void aPartCalledAgainHasTheSameWeights() {
        Module<Tensor, Tensor> twice =
                (scope, x) -> scope.call("part", Dense.of(4), scope.call("part", Dense.of(4), x));
        Variables variables = twice.init(Key.of(1), X);
        assertThat(variables.paths()).containsExactly("params/part/kernel", "params/part/bias");
        Tensor kernel = variables.get("params/part/kernel");
        Golden.assertClose(twice.apply(variables, X), X.dot(kernel).dot(kernel), 1e-5, "both");
    }

    @Test
    void oneNameForPartsOfDifferentSizes() {
        asksTwice(Dense.of(5), "kernel is asked for as f32[4,4]", "f32[4,5]");
        asksTwice(
                (scope, x) -> x.times(scope.param("bias", Shape.of(4), DType.F64, Init.zeros())),
                "bias is asked for as f32[4]",
                "f64[4]");
    }

    @Test
    void featuresThatAreNoneOrTooMany() {
        says(() -> GruCell.of(0), "GruCell needs at least one feature, found 0");
        says(
                () -> ConvLstmCell.of(1 << 29, 3),
                "ConvLstmCell has four gates of features, so at most 536870911, found 536870912");
        says(
                () -> ConvLstmCell.of(2),
                "ConvLstmCell needs a kernel size of at least 1 for each spatial axis, found []");
    }

    // ---- carries

    @Test
    void anInitialCarryOfAnotherShape() {
        says(
                () -> RNN.apply(VARIABLES, in(X).withInitialCarry(Array.zeros(DType.F32, 1, 5))),
                "the carry given is [f32[1,5]], but GruCell over steps of shape [2,4] needs [f32[2,5]]; "
                        + "initialCarry(key, shape) makes one");
        says(
                () -> RNN.apply(VARIABLES, in(X).withInitialCarry(Array.zeros(DType.F64, 2, 5))),
                "the carry given is [f64[2,5]], but GruCell over steps of shape [2,4] needs [f32[2,5]]; "
                        + "initialCarry(key, shape) makes one");
        Array x = numbers(1, 2, 4);
        says(
                () -> Stepper.of(RNN, VARIABLES).step(Array.zeros(DType.F32, 1, 5), x),
                "the carry given is [f32[1,5]], but GruCell over steps of shape [2,4] needs [f32[2,5]]; "
                        + "initialCarry(key, shape) makes one");
        var stacked = Stacked.of(RNN, RNN);
        var one = new Stacked.Carries(List.of(Array.zeros(DType.F32, 2, 5)));
        says(
                () -> stacked.init(Key.of(1), RnnInput.<Stacked.Carries>of(X).withInitialCarry(one)),
                "the initial carry is for 1 layers, but there are 2");
    }

    /// A cell whose carry grows.
    private record Growing() implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            return new Step<>(Tensor.concat(-1, carry, carry), x);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Array.zeros(DType.F32, 2, 1);
        }
    }

    @Test
    void aCarryThatChangesItsType() {
        assertThatThrownBy(() -> Rnn.of(new Growing()).init(Key.of(1), X))
                .hasMessageContaining(
                        "the carry goes into the step as [f32[2,1]] and comes out as [f32[2,2]]; a carry keeps its type");
    }

    // ---- random streams

    @Test
    void aMissingRandomStream() {
        var dropping = Rnn.of(GruCell.of(5).withDropout(0.5));
        says(
                () -> dropping.call(Scope.training(VARIABLES, Keys.none()), X),
                "cell/dropout needs the random stream \"dropout\", but this call was given none; "
                        + "give it with Keys.of(\"dropout\", key)");
        var other = Rnn.of(new Noisy());
        says(
                () -> other.call(Scope.training(Variables.empty(), Keys.of("noise", Key.of(1))), X),
                "cell needs the random stream \"noise\" inside a loop, which is given only "
                        + "[params, recurrent_dropout, dropout]; say with Lift.withSplit(\"noise\") or "
                        + "Lift.withShared(\"noise\") whether each step draws anew");
    }

    private record Noisy() implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            return new Step<>(carry, x.plus(scope.key("noise").normal(x.shape())));
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Array.zeros(DType.F32, 2, 1);
        }
    }

    // ---- variables

    @Test
    void anUnknownParameterPath() {
        says(
                () -> VARIABLES.get("params/cell/hr/bias"),
                "there is no variable at params/cell/hr/bias; nearest are [params/cell/ir/bias, params/cell/hn/bias, "
                        + "params/cell/iz/bias, params/cell/in/bias, params/cell/hr/kernel]");
        says(
                () -> RNN.apply(Variables.empty(), X),
                "there is no variable at params/cell/ir/kernel; there are no variables at all; call init(...) first");
    }

    @Test
    void aStepThatChangesWhatIsTheSameForAll() {
        Cell<Tensor> cell = new Putting("params");
        assertThatThrownBy(() -> Rnn.of(cell).init(Key.of(1), X))
                .hasMessage("a step changes params/cell/w, but the collection \"params\" is the same for all steps; "
                        + "carry it with Lift.withCarried(\"params\") or stack it with Lift.withAxis(\"params\", 0)");
        assertThatThrownBy(() -> Rnn.of(new Putting("mine")).init(Key.of(1), X))
                .hasMessageStartingWith("a step uses mine/cell/w, but only the collections [intermediates, params] "
                        + "reach the inside of the loop; name \"mine\" in Lift.withBroadcast, withCarried or withAxis");
    }

    @Test
    void stateThatAStepPutsWithoutAskingForIt() {
        assertThatThrownBy(() -> Rnn.of(new Putting("mine"))
                        .withLift(Lift.standard().withCarried("mine"))
                        .init(Key.of(1), X))
                .hasMessage("a step puts mine/cell/w, which is carried from step to step but was not there before; "
                        + "ask for it with variable(...) first");
    }

    @Test
    void singleStepsOfParametersThatEachStepHasOfItsOwn() {
        var each = RNN.withLift(Lift.standard().withAxis(Variables.PARAMS, 0).withSplit(Variables.PARAMS));
        Variables variables = each.init(Key.of(1), X);
        Tensor carry = Array.zeros(DType.F32, 2, 5);
        says(
                () -> Stepper.of(each, variables).step(carry, numbers(1, 2, 4)),
                "the collection \"params\" has a value for each step of a sequence, so single steps cannot use it");
    }

    private record Putting(String collection) implements Cell<Tensor> {
        @Override
        public Step<Tensor> step(Scope scope, Tensor carry, Tensor x) {
            scope.put(collection, "w", carry);
            return new Step<>(carry, x);
        }

        @Override
        public Tensor initialCarry(Key key, Shape input) {
            return Array.zeros(DType.F32, 2, 1);
        }
    }

    // ---- stepping and flipping

    @Test
    void steppingThroughWhatStartsAtTheEnd() {
        var both = Bidirectional.of(RNN, RNN);
        says(
                () -> Stepper.of(both, VARIABLES),
                "a Bidirectional reads sequences from both ends, so it cannot go step by step; "
                        + "use an Rnn or a Stacked of them");
        says(
                () -> Stepper.of(RNN.reverse(), VARIABLES),
                "a reversed layer starts at the end of a sequence, so it cannot go step by step; use forward()");
    }

    @Test
    void lengthsThatDoNotFitWhatIsFlipped() {
        says(
                () -> Sequences.flipSequences(numbers(1, 2, 3), Array.of(new int[] {1, 2, 3})),
                "to reverse sequences of shape [2,3] with time at axis 1, lengths are one i32 per sequence, "
                        + "but found i32[3]");
        says(() -> Sequences.flipSequences(numbers(1, 2, 3), Array.of(new int[] {1, 4})), TOO_LONG);
    }
}
