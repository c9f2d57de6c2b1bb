package dev.linum.cpu;

import dev.linum.graph.Equation;
import dev.linum.graph.Fn;
import dev.linum.graph.Graph;
import dev.linum.graph.Op;
import dev.linum.graph.Shape;
import dev.linum.graph.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// Gathers the element-wise equations of a graph into groups that run block by block in the first-level cache.
///
/// A group stays open while the equations are walked in order: an element-wise equation of the same number of
/// elements joins it. It is put into the list only when something outside reads one of its results, so that
/// as many as possible have joined by then. Nothing is moved before what it reads.
///
/// Reshapes are no equations here: their result is their input ([#root(Value)]). Repetitions and slices are
/// put off: an element-wise reader reads their input by a [Reading]; only another reader has them carried
/// out. So are sequences turned for loops, which may read them where they lie (see [Window]). Sums of rows join the
/// group of the rows, and so does what is made of these sums, one number for each row. The sum of a product and
/// another, or something given, is no equation either: the product is added as it is made.
final class Fusion {

    /// What runs as one: a group of element-wise equations over one grid, one other equation, or loops side
    /// by side.
    ///
    /// @param total the elements of the grid
    /// @param columns the width of the grid; 0 if it is one row
    record Item(List<Equation> equations, boolean isGroup, int total, int columns) {
        Equation one() {
            return equations.getFirst();
        }
    }

    /// What was put off: `input` read in some way.
    record PutOff(Equation equation, Value input, Reading reading) {}

    private static final class Group {
        final List<Equation> equations = new ArrayList<>();

        /// What has one number for each row: sums of rows, and what is made of them.
        final Set<Value> numbers = new HashSet<>();

        final int total;
        int columns;

        Group(int total) {
            this.total = total;
        }
    }

    /// The order of axes that puts the steps of sequences in front of their batch.
    private static final List<Integer> BATCH_SECOND = List.of(1, 0, 2);

    /// Rows of so many numbers are worth a sum of their own.
    private static final int WIDE = 64;

    final List<Item> items = new ArrayList<>();
    private final Map<Value, Value> roots;
    private final Map<Value, PutOff> putOff;
    private final Map<Value, Value> addedTo;
    private final Predicate<Equation> mayAdd;
    private final Predicate<Equation> isGiven;
    private final Map<Value, Integer> products = new HashMap<>();
    private final Map<Value, Integer> ofInputs = new HashMap<>();
    private final Set<Value> given;
    private final Set<Value> results;
    private final Map<Value, List<Equation>> readers = new HashMap<>();
    private final Map<Integer, Group> open = new HashMap<>();
    private final Map<Value, Group> makers = new HashMap<>();

    private Fusion(
            Map<Value, Value> roots,
            Map<Value, PutOff> putOff,
            Map<Value, Value> addedTo,
            Predicate<Equation> mayAdd,
            Predicate<Equation> isGiven,
            Graph graph) {
        this.roots = roots;
        this.putOff = putOff;
        this.addedTo = addedTo;
        this.mayAdd = mayAdd;
        this.isGiven = isGiven;
        this.given = new HashSet<>(graph.in());
        this.results = new HashSet<>(graph.out());
    }

    /// Orders a graph's equations into items; adds to `roots` and `putOff` what is no equation any more, to `addedTo`
    /// the products that are added to something.
    ///
    /// @param mayAdd says whether a product can be added to another as it is made
    /// @param isGiven says whether a product is to be treated as if it were given to the graph
    static List<Item> items(
            Graph graph,
            Map<Value, Value> roots,
            Map<Value, PutOff> putOff,
            Map<Value, Value> addedTo,
            Predicate<Equation> mayAdd,
            Predicate<Equation> isGiven) {
        var fusion = new Fusion(roots, putOff, addedTo, mayAdd, isGiven, graph);
        for (Equation eq : graph.equations()) {
            eq.in()
                    .forEach(v -> fusion.readers
                            .computeIfAbsent(v, _ -> new ArrayList<>())
                            .add(eq));
        }
        graph.equations().forEach(fusion::add);
        List.copyOf(new LinkedHashSet<>(fusion.open.values())).forEach(fusion::close);
        return fusion.items;
    }

    private Value root(Value v) {
        return roots.getOrDefault(v, v);
    }

    private void add(Equation eq) {
        switch (eq.op()) {
            case Op.Reshape _, Op.StopGradient _ -> same(eq);
            case Op.Cast(var to) when to == eq.in().getFirst().type().dtype() -> same(eq);
            case Op.Broadcast op ->
                put(eq, Reading.of(op, eq.in().getFirst().type().shape()));
            case Op.Slice op -> put(eq, Reading.of(op, eq.in().getFirst().type().shape()));
            case Op.Transpose(List<Integer> order)
            when order.equals(BATCH_SECOND) && isForLoops(eq) ->
                putOff.put(eq.out().getFirst(), new PutOff(eq, root(eq.in().getFirst()), Reading.TURNED));
            case Op.Elementwise(Fn fn) when fn == Fn.ADD && isAddedUp(eq) -> addUp(eq);
            case Op.Elementwise _ when joinsAsNumbers(eq) -> {}
            case Op.Elementwise _, Op.Cast _ ->
                join(eq, eq.out().getFirst().type().shape().count(), 0);
            case Op.Concat(int axis) -> {
                Shape part = eq.in().getFirst().type().shape();
                if (eq.in().stream().allMatch(v -> v.type().shape().equals(part)) && part.count() > 0) {
                    // The parts are written side by side by whoever makes them.
                    int columns = part.sub(axis, part.rank()).count();
                    join(eq, part.count(), columns == part.count() ? 0 : columns);
                } else {
                    one(eq);
                }
            }
            case Op.Reduce op -> {
                if (!joinsAsSum(eq, op) && !sumsByRows(eq, op)) {
                    one(eq);
                }
            }
            case Op.Constant _,
                    Op.Iota _,
                    Op.Transpose _,
                    Op.Pad _,
                    Op.Reverse _,
                    Op.ArgMax _,
                    Op.MatMul _,
                    Op.Gather _,
                    Op.ScatterAdd _,
                    Op.Pack _,
                    Op.Threefry _,
                    Op.Random _,
                    Op.Scan _,
                    Op.Remat _ -> one(eq);
        }
    }

    /// Says whether loops alone read what an equation makes, in whatever shape.
    private boolean isForLoops(Equation eq) {
        Value out = eq.out().getFirst();
        return readers.containsKey(out)
                && !results.contains(out)
                && readers.get(out).stream()
                        .allMatch(reader -> reader.op() instanceof Op.Scan
                                || reader.op() instanceof Op.Reshape && isForLoops(reader));
    }

    private void same(Equation eq) {
        roots.put(eq.out().getFirst(), root(eq.in().getFirst()));
    }

    private void put(Equation eq, Reading reading) {
        if (reading == null) {
            one(eq);
        } else if (eq.in().getFirst().type().shape().count()
                == eq.out().getFirst().type().shape().count()) {
            same(eq);
        } else {
            putOff.put(eq.out().getFirst(), new PutOff(eq, root(eq.in().getFirst()), reading));
        }
    }

    private void one(Equation eq) {
        for (Value v : eq.in()) {
            close(source(v));
        }
        if (eq.op() instanceof Op.MatMul && isGiven.test(eq)) {
            ofInputs.put(eq.out().getFirst(), items.size());
        } else if (eq.op() instanceof Op.MatMul && mayAdd.test(eq)) {
            products.put(eq.out().getFirst(), items.size());
        }
        items.add(new Item(List.of(eq), false, 0, 0));
    }

    /// Says whether one of two numbers is a product, the other a product or given, and all that reads them or their
    /// sum lets the one be added to the other as it is made.
    private boolean isAddedUp(Equation sum) {
        Value a = sum.in().get(0);
        Value b = sum.in().get(1);
        List<Equation> after = readers.getOrDefault(sum.out().getFirst(), List.of());
        return (isMadeForOne(a) && (isMadeForOne(b) || isGivenTo(a, b)) || isMadeForOne(b) && isGivenTo(b, a))
                && !results.contains(sum.out().getFirst())
                && after.stream().allMatch(eq -> eq.op() instanceof Op.Elementwise || eq.op() instanceof Op.Slice);
    }

    private boolean isMadeForOne(Value product) {
        return products.containsKey(product) && isForOne(product);
    }

    /// Says whether a value is there before a product, and so that the product may take over its memory or a copy of
    /// it.
    private boolean isGivenTo(Value product, Value v) {
        return given.contains(v) || isForOne(v) && ofInputs.getOrDefault(v, Integer.MAX_VALUE) < products.get(product);
    }

    private boolean isForOne(Value v) {
        return readers.getOrDefault(v, List.of()).size() == 1 && !results.contains(v);
    }

    private void addUp(Equation sum) {
        Value a = sum.in().get(0);
        Value b = sum.in().get(1);
        boolean inOrder = products.getOrDefault(a, -1) < products.getOrDefault(b, -1);
        Value first = inOrder ? a : b;
        Value second = inOrder ? b : a;
        addedTo.put(second, first);
        roots.put(sum.out().getFirst(), second);
    }

    private Value source(Value v) {
        Value root = root(v);
        PutOff off = putOff.get(root);
        return off == null ? root : source(off.input());
    }

    private void join(Equation eq, int total, int wide) {
        Group group = open.get(total);
        int columns = wide;
        Set<Group> ofNumbers = new LinkedHashSet<>();
        for (Value v : eq.in()) {
            PutOff off = putOff.get(root(v));
            Group maker = makers.get(source(v));
            int width = off == null ? 0 : width(off, group);
            if (maker != null && maker != group && canTakeIn(maker, group, columns, total, width)) {
                ofNumbers.add(maker);
                columns = width;
            } else if (maker != null && (maker != group || off != null && !repeatsNumbers(off, group))) {
                close(maker);
            }
            if (off != null && columns == 0) {
                columns = off.reading().columns();
            }
        }
        group = open.get(total);
        if (group != null && columns != 0 && group.columns != 0 && columns != group.columns) {
            close(group);
            group = null;
        }
        if (group == null) {
            group = new Group(total);
            open.put(total, group);
        }
        group.columns = Math.max(group.columns, columns);
        for (Group numbers : ofNumbers) {
            takeIn(numbers, group);
        }
        group.equations.add(eq);
        makers.put(eq.out().getFirst(), group);
    }

    private void takeIn(Group numbers, Group group) {
        if (open.values().remove(numbers)) {
            for (Equation number : numbers.equations) {
                addNumbers(group, number);
            }
        }
    }

    /// The width of the rows over which numbers are repeated; 0 if they are not. One number is repeated over all
    /// there is, which is one row only if such a row is summed.
    private static int width(PutOff off, Group group) {
        return switch (off.reading().mode()) {
            case COLUMN -> off.reading().columns();
            case SCALAR -> group != null && group.columns == group.total ? group.total : 0;
            default -> 0;
        };
    }

    /// Says whether a few simple functions of one number for each row may as well be computed where the rows are.
    private static boolean canTakeIn(Group maker, Group group, int columns, int total, int width) {
        return width > 1
                && maker.total * width == total
                && (columns == 0 || columns == width)
                && (group == null || group.columns == 0 || group.columns == width)
                && maker.columns == 0
                && maker.equations.stream()
                        .allMatch(eq -> isFloat(eq)
                                && eq.op() instanceof Op.Elementwise(Fn fn)
                                && RowFunctions.isSimple(Fun.valueOf(fn.name())));
    }

    /// Says whether numbers of rows are repeated over the rows that they belong to.
    private static boolean repeatsNumbers(PutOff off, Group group) {
        return group.numbers.contains(off.input())
                && (off.reading().mode() == Reading.Mode.COLUMN && off.reading().columns() == group.columns
                        || off.reading().mode() == Reading.Mode.SCALAR && group.total == group.columns);
    }

    /// Has what is computed of sums of rows computed where the sums are.
    private boolean joinsAsNumbers(Equation eq) {
        int count = eq.out().getFirst().type().shape().count();
        Group group = null;
        for (Value v : eq.in()) {
            Group maker = makers.get(root(v));
            if (maker != null && maker.numbers.contains(root(v)) && maker.total == count * maker.columns) {
                group = maker;
            }
        }
        if (group == null || !isFloat(eq)) {
            return false;
        }
        for (Value v : eq.in()) {
            if (makers.get(source(v)) == group && !group.numbers.contains(root(v))) {
                return false;
            }
        }
        for (Value v : eq.in()) {
            Group maker = makers.get(source(v));
            if (maker != null && maker != group && canTakeIn(maker, group, 0, group.total, group.columns)) {
                takeIn(maker, group);
            } else if (maker != null && maker != group) {
                close(maker);
            }
        }
        addNumbers(group, eq);
        return true;
    }

    private static boolean isFloat(Equation eq) {
        return eq.out().getFirst().type().dtype().isFloat()
                && eq.in().stream().allMatch(v -> v.type().dtype().isFloat());
    }

    private void addNumbers(Group group, Equation eq) {
        group.equations.add(eq);
        group.numbers.add(eq.out().getFirst());
        makers.put(eq.out().getFirst(), group);
    }

    /// Has rows summed in a group of their size: the one that makes them, or another if they are made already.
    private boolean joinsAsSum(Equation eq, Op.Reduce op) {
        Value in = eq.in().getFirst();
        Shape shape = in.type().shape();
        if (op.kind() != Op.Reduce.Kind.SUM
                || !op.axes().equals(List.of(shape.rank() - 1))
                || !in.type().dtype().isFloat()
                || shape.count() == 0
                || shape.last() < 2
                || shape.last() > RowProgram.WIDEST
                || putOff.containsKey(root(in))) {
            return false;
        }
        Group maker = makers.get(root(in));
        if (maker != null && maker.total != shape.count()) {
            return false;
        }
        Group group = open.get(shape.count());
        if (group != null && group.columns != 0 && group.columns != shape.last()) {
            close(group);
            group = null;
        }
        if (group == null) {
            group = new Group(shape.count());
            open.put(shape.count(), group);
        }
        group.columns = shape.last();
        addNumbers(group, eq);
        return true;
    }

    /// Has all numbers summed row by row, where they are made if they are made by a group, so that they need not be
    /// stored. Others are summed in the same order.
    private boolean sumsByRows(Equation eq, Op.Reduce op) {
        Value in = eq.in().getFirst();
        Shape shape = in.type().shape();
        if (op.kind() != Op.Reduce.Kind.SUM
                || op.axes().size() != shape.rank()
                || shape.rank() < 2
                || shape.last() < WIDE
                || shape.last() > RowProgram.WIDEST
                || shape.count() == 0
                || !in.type().dtype().isFloat()) {
            return false;
        }
        var rows = new Value(in.type().withShape(shape.sub(0, shape.rank() - 1)));
        var each = new Op.Reduce(op.kind(), List.of(shape.rank() - 1));
        var eachRow = new Equation(each, eq.in(), List.of(rows), eq.site());
        if (!joinsAsSum(eachRow, each)) {
            one(eachRow);
        }
        var all = new Op.Reduce(
                op.kind(),
                IntStream.range(0, rows.type().shape().rank()).boxed().toList());
        one(new Equation(all, List.of(rows), eq.out(), eq.site()));
        return true;
    }

    private void close(Value made) {
        Group group = makers.get(made);
        if (group != null) {
            close(group);
        }
    }

    private void close(Group group) {
        if (open.values().remove(group)) {
            items.add(new Item(inStrands(group), true, group.total, group.columns));
            group.equations.forEach(eq -> makers.remove(eq.out().getFirst()));
        }
    }

    /// One strand after another, each in its order. If rows are summed, what waits for no sum comes first of all, then
    /// what waits for those, and so on, so that few loops over the rows do.
    private List<Equation> inStrands(Group group) {
        List<Equation> all = group.equations;
        int[] strand = Strands.of(
                all.size(),
                i -> all.get(i).out().getFirst(),
                i -> all.get(i).in().stream().map(this::source).toList());
        int[] level = levels(group);
        return IntStream.range(0, all.size())
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> level[i]).thenComparingInt(i -> strand[i]))
                .map(all::get)
                .toList();
    }

    /// Even for rows and their sums, odd for what is made of sums, and so on: what waits for another comes later.
    private int[] levels(Group group) {
        Map<Value, Integer> levels = new HashMap<>();
        int[] all = new int[group.equations.size()];
        for (int i = 0; i < all.length; i++) {
            Equation eq = group.equations.get(i);
            Value out = eq.out().getFirst();
            boolean isOfNumbers = group.numbers.contains(out) && !(eq.op() instanceof Op.Reduce);
            all[i] = isOfNumbers ? -1 : 0;
            for (Value v : eq.in()) {
                Integer from = levels.get(source(v));
                if (from != null) {
                    boolean isWaiting = group.numbers.contains(source(v));
                    all[i] = Math.max(all[i], isOfNumbers ? from | 1 : isWaiting ? (from | 1) + 1 : from);
                }
            }
            levels.put(out, all[i]);
        }
        return all;
    }

    /// The values read as `values`, those included that stand behind a repetition or slice.
    static Set<Value> reads(List<Value> values, Map<Value, Value> roots, Map<Value, PutOff> putOff) {
        Set<Value> all = new LinkedHashSet<>();
        for (Value v : values) {
            Value root = roots.getOrDefault(v, v);
            all.add(root);
            for (PutOff off = putOff.get(root); off != null; off = putOff.get(root)) {
                root = off.input();
                all.add(root);
            }
        }
        return all;
    }
}
