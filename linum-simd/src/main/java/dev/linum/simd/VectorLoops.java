package dev.linum.simd;

import static java.lang.classfile.ClassFile.ACC_FINAL;
import static java.lang.classfile.ClassFile.ACC_PUBLIC;
import static java.lang.classfile.ClassFile.ACC_STATIC;

import dev.linum.cpu.Formula;
import dev.linum.cpu.Fun;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.PseudoInstruction;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Writes the loop of a [Formula] as a class: what lies between the functions stays in registers.
///
/// ```
///   for each row:
///       FloatVector k = FloatVector.broadcast(LANES, numbers[no]);
///       FloatVector sum = FloatVector.zero(LANES);
///       for (; i <= n - L; i += L) {
///           FloatVector v0 = FloatVector.fromArray(LANES, a, ao + i);
///           FloatVector v1 = v0.mul(k);
///           FloatVector v2 = ... what VectorMath.tanh does with v1
///           v2.intoArray(out, oo + i);
///           sum = sum.add(v1);
///       }
///       the same with a mask for what is left, whose v1 is stored and added one by one
///       float mean = ... the lanes of sum, and what is made of it
///       more loops, if there are any
/// ```
///
/// Each function is the one that [VectorRows] and [VectorFunctions] call, so the numbers are the same to the last bit.
final class VectorLoops {

    private static final ClassDesc VECTOR = desc(FloatVector.class);
    private static final ClassDesc ANY = desc(Vector.class);
    private static final ClassDesc SPECIES = desc(VectorSpecies.class);
    private static final ClassDesc MASK = desc(VectorMask.class);
    private static final ClassDesc KERNELS = desc(VectorKernels.class);
    private static final ClassDesc ROWS = desc(VectorRows.class);
    private static final ClassDesc LANE_SUM = desc(LaneSum.class);
    private static final ClassDesc SHUFFLE = desc(VectorShuffle.class);
    private static final ClassDesc FLOATS = ClassDesc.ofDescriptor("[F");
    private static final ClassDesc OBJECTS = ClassDesc.ofDescriptor("[Ljava/lang/Object;");
    private static final ClassDesc INTS = ClassDesc.ofDescriptor("[I");
    private static final ClassDesc SELF = ClassDesc.of("dev.linum.simd.WrittenLoop");

    private static final ClassDesc MATH = desc(VectorMath.class);
    private static final Optional<ClassModel> FUNCTIONS = functions();

    private static final MethodTypeDesc RUN = MethodTypeDesc.of(
            ConstantDescs.CD_void, OBJECTS, INTS, INTS, INTS, ConstantDescs.CD_int, ConstantDescs.CD_int);
    private static final MethodTypeDesc LAST = RUN.insertParameterTypes(5, ConstantDescs.CD_int);
    private static final MethodTypeDesc ADD_REST = MethodTypeDesc.of(
            ConstantDescs.CD_float,
            ConstantDescs.CD_float,
            FLOATS,
            ConstantDescs.CD_int,
            ConstantDescs.CD_int,
            ConstantDescs.CD_int);
    private static final MethodTypeDesc TURN = MethodTypeDesc.of(VECTOR, SHUFFLE);
    private static final MethodTypeDesc LANE = MethodTypeDesc.of(ConstantDescs.CD_float, ConstantDescs.CD_int);
    private static final MethodTypeDesc ROOT = MethodTypeDesc.of(ConstantDescs.CD_double, ConstantDescs.CD_double);
    private static final MethodTypeDesc LOAD = MethodTypeDesc.of(VECTOR, SPECIES, FLOATS, ConstantDescs.CD_int);
    private static final MethodTypeDesc LOAD_SOME =
            MethodTypeDesc.of(VECTOR, SPECIES, FLOATS, ConstantDescs.CD_int, MASK);
    private static final MethodTypeDesc STORE = MethodTypeDesc.of(ConstantDescs.CD_void, FLOATS, ConstantDescs.CD_int);
    private static final MethodTypeDesc STORE_SOME =
            MethodTypeDesc.of(ConstantDescs.CD_void, FLOATS, ConstantDescs.CD_int, MASK);
    private static final MethodTypeDesc ZERO = MethodTypeDesc.of(VECTOR, SPECIES);
    private static final MethodTypeDesc REPEAT = MethodTypeDesc.of(VECTOR, SPECIES, ConstantDescs.CD_float);
    private static final MethodTypeDesc RANGE = MethodTypeDesc.of(MASK, ConstantDescs.CD_int, ConstantDescs.CD_int);
    private static final MethodTypeDesc UNARY = MethodTypeDesc.of(VECTOR);
    private static final MethodTypeDesc FUNCTION = MethodTypeDesc.of(VECTOR, VECTOR);
    private static final MethodTypeDesc BINARY = MethodTypeDesc.of(VECTOR, ANY);

    /// The methods of `FloatVector`, or of [VectorMath], that compute the functions.
    private static final Map<Fun, String> METHODS = Map.ofEntries(
            Map.entry(Fun.NEG, "neg"),
            Map.entry(Fun.ABS, "abs"),
            Map.entry(Fun.SQRT, "sqrt"),
            Map.entry(Fun.RECIPROCAL, "div"),
            Map.entry(Fun.EXP, "exp"),
            Map.entry(Fun.TANH, "tanh"),
            Map.entry(Fun.SIGMOID, "sigmoid"),
            Map.entry(Fun.ADD, "add"),
            Map.entry(Fun.SUB, "sub"),
            Map.entry(Fun.MUL, "mul"),
            Map.entry(Fun.DIV, "div"),
            Map.entry(Fun.MAX, "max"),
            Map.entry(Fun.MIN, "min"));

    /// Terms that follow each other: a loop over the row, with sums, or what is computed of numbers.
    ///
    /// @param read the numbers that a loop reads
    private record Stage(int from, int to, boolean isLoop, List<Integer> read) {}

    private final Formula formula;
    private final boolean[] areNumbers;
    private final int first;
    private final int[] arrays;
    private final int[] offsets;
    private final int[] values;
    private final int[] singles;
    private int i;
    private int mask;

    private VectorLoops(Formula formula) {
        this.formula = formula;
        this.areNumbers = formula.areNumbers();
        this.first = formula.inputs() + formula.numbers();
        this.arrays =
                new int[first + formula.outputs().size() + formula.summed().size()];
        this.offsets = new int[arrays.length];
        this.values = new int[areNumbers.length];
        this.singles = new int[areNumbers.length];
    }

    private static ClassDesc desc(Class<?> c) {
        return c.describeConstable().orElseThrow();
    }

    /// Says whether a loop can have a function.
    static boolean has(Fun fun) {
        return FUNCTIONS.isPresent() && METHODS.containsKey(fun);
    }

    static Formula.Loop of(Formula formula) {
        List<Stage> stages = new VectorLoops(formula).stages();
        byte[] written = ClassFile.of().build(SELF, type -> {
            type.withFlags(ACC_PUBLIC | ACC_FINAL).withInterfaceSymbols(desc(Formula.Loop.class));
            type.withMethodBody(
                            ConstantDescs.INIT_NAME,
                            ConstantDescs.MTD_void,
                            ACC_PUBLIC,
                            code -> code.aload(0)
                                    .invokespecial(
                                            ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                                    .return_())
                    .withMethodBody("run", RUN, ACC_PUBLIC, code -> new VectorLoops(formula).whole(code, stages));
            for (Stage stage : stages) {
                if (stage.isLoop) {
                    type.withMethodBody(
                            last(stage), type(stage), ACC_STATIC, code -> new VectorLoops(formula).last(code, stage));
                }
            }
        });
        try {
            return (Formula.Loop) MethodHandles.lookup()
                    .defineHiddenClass(written, true)
                    .lookupClass()
                    .getConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a loop was written that cannot be loaded: " + formula, e);
        }
    }

    /// Writes what a method of [VectorMath] does, its arguments on the stack; it has one way, and returns at its end.
    ///
    /// Calls would not do: C2 takes some of them into a loop, and to the next ones passes vectors as objects.
    private static void inline(CodeBuilder code, String name, MethodTypeDesc type) {
        MethodModel method = FUNCTIONS.orElseThrow().methods().stream()
                .filter(m -> m.methodName().equalsString(name)
                        && m.methodTypeSymbol().equals(type))
                .findFirst()
                .orElseThrow();
        var slots = new HashMap<Integer, Integer>();
        var parameters = new ArrayList<TypeKind>();
        var at = new ArrayList<Integer>();
        int slot = 0;
        for (ClassDesc parameter : type.parameterList()) {
            TypeKind kind = TypeKind.from(parameter);
            parameters.add(kind);
            at.add(slot);
            slot += kind.slotSize();
        }
        for (int p = parameters.size() - 1; p >= 0; p--) {
            code.storeLocal(parameters.get(p), local(code, slots, at.get(p), parameters.get(p)));
        }
        for (CodeElement element : method.code().orElseThrow()) {
            switch (element) {
                case LoadInstruction load -> code.loadLocal(load.typeKind(), slots.get(load.slot()));
                case StoreInstruction store ->
                    code.storeLocal(store.typeKind(), local(code, slots, store.slot(), store.typeKind()));
                case InvokeInstruction call
                when call.owner().asSymbol().equals(MATH) ->
                    inline(code, call.name().stringValue(), call.typeSymbol());
                case ReturnInstruction _, PseudoInstruction _ -> {}
                default -> code.with(element);
            }
        }
    }

    private static int local(CodeBuilder code, Map<Integer, Integer> slots, int slot, TypeKind kind) {
        return slots.computeIfAbsent(slot, _ -> code.allocateLocal(kind));
    }

    /// Nothing if the class loader has no files: then no loop can be written.
    private static Optional<ClassModel> functions() {
        try (var in = VectorMath.class.getResourceAsStream("VectorMath.class")) {
            return in == null
                    ? Optional.empty()
                    : Optional.of(ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG)
                            .parse(in.readAllBytes()));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String last(Stage stage) {
        return "last" + stage.from;
    }

    private static MethodTypeDesc type(Stage stage) {
        return LAST.insertParameterTypes(
                LAST.parameterCount(),
                stage.read.stream().map(_ -> ConstantDescs.CD_float).toArray(ClassDesc[]::new));
    }

    private List<Stage> stages() {
        var stages = new ArrayList<Stage>();
        int[] loops = formula.loops();
        int to;
        for (int from = 0; from < loops.length; from = to) {
            boolean isLoop = loops[from] > 0;
            var read = new LinkedHashSet<Integer>();
            for (to = from; to < loops.length && loops[to] == loops[from]; to++) {
                Formula.Term term = formula.terms().get(to);
                IntStream.of(term.a(), term.b())
                        .filter(v -> isLoop && v >= 0 && areNumbers[v])
                        .forEach(read::add);
            }
            stages.add(new Stage(from, to, isLoop, List.copyOf(read)));
        }
        return stages;
    }

    private IntStream sums(Stage stage) {
        return IntStream.range(stage.from, stage.to)
                .filter(t -> formula.terms().get(t).isSum());
    }

    /// `run(data, offset, step, registers, rows, n)`.
    private void whole(CodeBuilder code, List<Stage> stages) {
        int rows = code.parameterSlot(4);
        int n = code.parameterSlot(5);
        begin(code);
        i = code.allocateLocal(TypeKind.INT);
        int row = code.allocateLocal(TypeKind.INT);
        int end = code.allocateLocal(TypeKind.INT);
        var next = code.newLabel();
        var done = code.newLabel();
        code.iload(n).loadConstant(VectorKernels.LANES.length()).isub().istore(end);
        code.iconst_0().istore(row);
        code.iload(rows).ifle(done);
        code.labelBinding(next);
        for (int x = formula.inputs(); x < first; x++) {
            code.aload(arrays[x]).iload(offsets[x]).faload().fstore(singles[x]);
        }
        for (Stage stage : stages) {
            if (stage.isLoop) {
                loop(code, stage, row, end);
            } else {
                numbers(code, stage);
            }
        }
        code.iinc(row, 1).iload(row).iload(rows).if_icmpge(done);
        for (int x = 0; x < arrays.length; x++) {
            code.iload(offsets[x]);
            register(code, 2, x).iaload().iadd().istore(offsets[x]);
        }
        code.goto_(next);
        code.labelBinding(done).return_();
    }

    private void loop(CodeBuilder code, Stage stage, int row, int end) {
        int n = code.parameterSlot(5);
        var loop = code.newLabel();
        var rest = code.newLabel();
        var over = code.newLabel();
        repeat(code, stage);
        sums(stage).forEach(t -> {
            species(code).invokestatic(VECTOR, "zero", ZERO).astore(values[first + t]);
        });
        code.iconst_0().istore(i);
        code.labelBinding(loop).iload(i).iload(end).if_icmpgt(rest);
        body(code, stage, false);
        code.iinc(i, VectorKernels.LANES.length()).goto_(loop);
        code.labelBinding(rest).iload(i).iload(n).if_icmpge(over);
        for (int p = 0; p < 4; p++) {
            code.aload(code.parameterSlot(p));
        }
        code.iload(row).iload(i).iload(n);
        stage.read.forEach(v -> code.fload(singles[v]));
        code.invokestatic(SELF, last(stage), type(stage));
        code.labelBinding(over);
        sums(stage).forEach(t -> sum(code, t));
    }

    /// Adds up the lanes of a sum, as [LaneSum] does, and what filled no vector.
    private void sum(CodeBuilder code, int t) {
        int v = first + t;
        for (int part = 2; part <= VectorKernels.LANES.length(); part *= 2) {
            code.aload(values[v]).aload(values[v]).getstatic(LANE_SUM, LaneSum.NAMES.get(part), SHUFFLE);
            code.invokevirtual(VECTOR, "rearrange", TURN)
                    .invokevirtual(VECTOR, "add", BINARY)
                    .astore(values[v]);
        }
        code.aload(values[v]).iconst_0().invokevirtual(VECTOR, "lane", LANE);
        int x = place(formula.terms().get(t).a());
        code.aload(arrays[x]).iload(offsets[x]).iload(i).iload(code.parameterSlot(5));
        code.invokestatic(ROWS, "addRest", ADD_REST).fstore(singles[v]);
        store(code, v);
    }

    private void store(CodeBuilder code, int number) {
        int out = place(number);
        if (out >= 0) {
            code.aload(arrays[out]).iload(offsets[out]).fload(singles[number]).fastore();
        }
    }

    /// `last(data, offset, step, registers, row, i, n, ...)`: a method of its own, so that each is compiled by itself.
    private void last(CodeBuilder code, Stage stage) {
        begin(code);
        for (int x = 0; x < arrays.length; x++) {
            code.iload(offsets[x]).iload(code.parameterSlot(4));
            register(code, 2, x).iaload().imul().iadd().istore(offsets[x]);
        }
        for (int v = 0; v < stage.read.size(); v++) {
            code.fload(code.parameterSlot(LAST.parameterCount() + v)).fstore(singles[stage.read.get(v)]);
        }
        repeat(code, stage);
        i = code.parameterSlot(5);
        mask = code.allocateLocal(TypeKind.REFERENCE);
        species(code).iload(i).iload(code.parameterSlot(6)).invokeinterface(SPECIES, "indexInRange", RANGE);
        code.astore(mask);
        body(code, stage, true);
        code.return_();
    }

    /// Fetches arrays and offsets from the parameters.
    private void begin(CodeBuilder code) {
        for (int x = 0; x < arrays.length; x++) {
            arrays[x] = code.allocateLocal(TypeKind.REFERENCE);
            offsets[x] = code.allocateLocal(TypeKind.INT);
            register(code, 0, x).aaload().checkcast(FLOATS).astore(arrays[x]);
            register(code, 1, x).iaload().istore(offsets[x]);
        }
        for (int v = 0; v < values.length; v++) {
            values[v] = code.allocateLocal(TypeKind.REFERENCE);
            if (areNumbers[v]) {
                singles[v] = code.allocateLocal(TypeKind.FLOAT);
            }
        }
    }

    /// Pushes one of the parameters that are arrays, and the place of a register in it.
    private static CodeBuilder register(CodeBuilder code, int parameter, int x) {
        return code.aload(code.parameterSlot(parameter))
                .aload(code.parameterSlot(3))
                .loadConstant(x)
                .iaload();
    }

    /// Where a value lies that is read or written; -1 if it lies nowhere.
    private int place(int value) {
        int output = formula.outputs().indexOf(value);
        int sum = formula.summed().indexOf(value);
        return value < first
                ? value
                : output >= 0
                        ? first + output
                        : sum >= 0 ? first + formula.outputs().size() + sum : -1;
    }

    /// Computes numbers of the row.
    private void numbers(CodeBuilder code, Stage stage) {
        for (int t = stage.from; t < stage.to; t++) {
            number(code, formula.terms().get(t));
            code.fstore(singles[first + t]);
            store(code, first + t);
        }
    }

    private void number(CodeBuilder code, Formula.Term term) {
        int a = singles[term.a()];
        switch (term.fun()) {
            case NEG -> code.fload(a).fneg();
            case RECIPROCAL -> code.fconst_1().fload(a).fdiv();
            case SQRT ->
                code.fload(a).f2d().invokestatic(desc(Math.class), "sqrt", ROOT).d2f();
            case ADD -> code.fload(a).fload(singles[term.b()]).fadd();
            case SUB -> code.fload(a).fload(singles[term.b()]).fsub();
            case MUL -> code.fload(a).fload(singles[term.b()]).fmul();
            case DIV -> code.fload(a).fload(singles[term.b()]).fdiv();
            default -> throw new UnsupportedOperationException(term.fun() + " of numbers of rows cannot be written");
        }
    }

    /// Fills a vector with each of the numbers that a loop reads.
    private void repeat(CodeBuilder code, Stage stage) {
        for (int v : stage.read) {
            species(code).fload(singles[v]);
            code.invokestatic(VECTOR, "broadcast", REPEAT).astore(values[v]);
        }
    }

    private static CodeBuilder species(CodeBuilder code) {
        return code.getstatic(KERNELS, "LANES", SPECIES);
    }

    private void body(CodeBuilder code, Stage stage, boolean masked) {
        var known = new HashSet<>(stage.read);
        for (int t = stage.from; t < stage.to; t++) {
            Formula.Term term = formula.terms().get(t);
            for (int x : new int[] {term.a(), term.b()}) {
                if (x >= 0 && known.add(x)) {
                    at(species(code), place(x), masked);
                    code.invokestatic(VECTOR, "fromArray", masked ? LOAD_SOME : LOAD)
                            .astore(values[x]);
                }
            }
            int value = first + t;
            if (term.isSum()) {
                if (!masked) {
                    code.aload(values[value]).aload(values[term.a()]).invokevirtual(VECTOR, "add", BINARY);
                    code.astore(values[value]);
                }
                continue;
            }
            term(code, term);
            known.add(value);
            code.astore(values[value]);
            if (formula.outputs().contains(value) || masked && formula.summed().contains(value)) {
                at(code.aload(values[value]), place(value), masked);
                code.invokevirtual(VECTOR, "intoArray", masked ? STORE_SOME : STORE);
            }
        }
    }

    private void at(CodeBuilder code, int x, boolean masked) {
        code.aload(arrays[x]).iload(offsets[x]).iload(i).iadd();
        if (masked) {
            code.aload(mask);
        }
    }

    private void term(CodeBuilder code, Formula.Term term) {
        String method = METHODS.get(term.fun());
        switch (term.fun()) {
            case EXP, TANH, SIGMOID -> inline(code.aload(values[term.a()]), method, FUNCTION);
            case RECIPROCAL -> {
                species(code).fconst_1().invokestatic(VECTOR, "broadcast", REPEAT);
                code.aload(values[term.a()]).invokevirtual(VECTOR, method, BINARY);
            }
            case NEG, ABS, SQRT -> code.aload(values[term.a()]).invokevirtual(VECTOR, method, UNARY);
            default -> code.aload(values[term.a()]).aload(values[term.b()]).invokevirtual(VECTOR, method, BINARY);
        }
    }
}
