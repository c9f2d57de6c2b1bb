package dev.linum.nn;

import dev.linum.graph.Bundle;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Where a module is in the model, during one call: the place its parameters, random keys and state come from.
///
/// The same `call` body serves initialisation and application. While initialising, [#param] makes a parameter
/// that is not there yet, from the key that its path decides, so adding a layer does not change the others.
/// Keys are derived as Flax linen derives them: fold the SHA-1 of the path's names and of a per-scope counter
/// into the stream's root key.
///
/// The same name means the same weights: a part that is called again under its name, as in a loop of
/// one's own over steps, uses the parameters it had before, and two parts of one name share what they
/// ask for. Parts that are to have weights of their own have names of their own.
///
/// A scope lives for one call and in one thread.
public final class Scope {

    private final Call call;
    private final List<String> path;

    Scope(Call call, List<String> path) {
        this.call = call;
        this.path = List.copyOf(path);
    }

    /// A scope for computing outputs: dropout is off, and no random stream is needed.
    public static Scope inference(Variables variables) {
        return new Scope(new Call(variables, Keys.none(), Call.Mode.INFERENCE), List.of());
    }

    /// A scope for training: dropout is on and draws from the streams given.
    public static Scope training(Variables variables, Keys keys) {
        return new Scope(new Call(variables, keys, Call.Mode.TRAINING), List.of());
    }

    /// A scope that makes the variables that a model asks for.
    public static Scope initialising(Key key) {
        return making(key, Call.Mode.INITIALISING);
    }

    /// A scope that notes which variables a model asks for, and draws none of them.
    static Scope summarising() {
        return making(Key.of(0), Call.Mode.SUMMARISING);
    }

    private static Scope making(Key key, Call.Mode mode) {
        return new Scope(new Call(Variables.empty(), Keys.of(Variables.PARAMS, key), mode), List.of());
    }

    /// Returns the scope of a part, one name further down the path.
    public Scope child(String name) {
        var longer = new ArrayList<>(path);
        longer.add(name);
        return new Scope(call, longer);
    }

    /// Calls a part under a name; called again under the same name it has the same weights.
    public <I extends Bundle<I>, O extends Bundle<O>> O call(String name, Module<I, O> module, I in) {
        return module.call(child(name), in);
    }

    /// Says whether dropout and the like are on.
    public boolean isTraining() {
        return call.mode() == Call.Mode.TRAINING;
    }

    /// Says whether variables are being made rather than used.
    public boolean isInitialising() {
        return call.mode().makesVariables();
    }

    /// Returns a trainable parameter of this scope, the same one whenever it is asked for.
    ///
    /// @throws IllegalArgumentException if there is none at this path, or one of another shape, or if it
    ///     was asked for as another type before
    public Tensor param(String name, Shape shape, DType dtype, Init init) {
        String full = at(Variables.PARAMS, name);
        call.asked(full, new Type(dtype, shape), init);
        Tensor value = call.read(full, () -> first(shape, dtype, init));
        if (!value.shape().equals(shape)) {
            throw new IllegalArgumentException("the parameter " + full + " has shape " + value.shape() + ", but "
                    + shape + " is needed here; it was made for inputs or features of another size");
        }
        return value;
    }

    private Tensor first(Shape shape, DType dtype, Init init) {
        return call.mode() == Call.Mode.SUMMARISING
                ? Tensor.zeros(new Type(dtype, shape))
                : init.draw().draw(key(Variables.PARAMS), shape, dtype);
    }

    /// Returns a trainable F32 parameter of this scope.
    public Tensor param(String name, Shape shape, Init init) {
        return param(name, shape, DType.F32, init);
    }

    /// Returns a variable that is not trained, such as a running mean; made by `initial` if it is not there while
    /// initialising.
    public Tensor variable(String collection, String name, Supplier<Tensor> initial) {
        return call.read(at(collection, name), initial);
    }

    /// Returns whether a variable is there.
    public boolean has(String collection, String name) {
        return call.has(at(collection, name));
    }

    /// Gives a variable a new value, to be found in [#updates()] after the call.
    public void put(String collection, String name, Tensor value) {
        call.write(at(collection, name), value);
    }

    /// Leaves a value for whoever looks into [#updates()] afterwards, in the collection `intermediates`.
    public void record(String name, Tensor value) {
        if (!isInitialising()) {
            call.write(at("intermediates", name), value);
        }
    }

    /// Returns the next key of a random stream for this scope: another one at each call, the same ones in each run.
    ///
    /// @throws IllegalArgumentException if the call was given no such stream
    public Key key(String stream) {
        int counter = call.count(stream, path);
        return call.root(stream, path).foldIn(hash(path, counter));
    }

    /// Returns the variables as they stand after the call, what was made or changed included.
    public Variables variables() {
        return call.variables();
    }

    /// Returns the variables made in this call, with the values they start from.
    Variables made() {
        return call.made();
    }

    /// Returns the variables that were changed or recorded in this call.
    public Variables updates() {
        return call.updates();
    }

    /// Returns the name of the initialiser of each parameter that was asked for.
    Map<String, String> initialisers() {
        return call.initialisers();
    }

    Call call() {
        return call;
    }

    List<String> path() {
        return path;
    }

    Scope with(Call other) {
        return new Scope(other, path);
    }

    private String at(String collection, String name) {
        return path.isEmpty() ? collection + "/" + name : collection + "/" + String.join("/", path) + "/" + name;
    }

    /// The first four bytes of the SHA-1 of the names and the counter, without separators: Flax's `_fold_in_static`.
    static int hash(List<String> path, int counter) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-1");
            for (String name : path) {
                sha.update(name.getBytes(StandardCharsets.UTF_8));
            }
            for (int shift = 24; shift >= 0; shift -= 8) {
                if (counter >>> shift != 0) {
                    sha.update((byte) (counter >>> shift));
                }
            }
            byte[] digest = sha.digest();
            return (digest[0] & 255) << 24 | (digest[1] & 255) << 16 | (digest[2] & 255) << 8 | digest[3] & 255;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
