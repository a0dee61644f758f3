"""JavaScript for one forest, by the strategy that was chosen for it.

Each form defines `forest_N(inputs, outputs)`, which puts all raw outputs into `outputs`.
"""

from __future__ import annotations

from collections.abc import Iterable

from decision_engine.targets.choice import ForestChoice, Strategy
from decision_engine.targets.javascript.text import (
    CONDITIONAL,
    EQUALITY,
    OR,
    PRIMARY,
    RELATIONAL,
    UNARY,
    array,
    number,
)
from decision_engine.targets.text import ArrayType, Fragment, array_type, chain, comparison, indent, plain
from decision_engine.trees import (
    CategoryColumn,
    CategorySlot,
    CategorySplit,
    Forest,
    NodeTable,
    NumberColumn,
    NumberCut,
    PrefixAnd,
    Summation,
    Transform,
    Tree,
    TreeNode,
    View,
    cross_tables,
    pack_node_table,
    pack_prefix_and,
)

CROSSED_BYTES = 2 << 20
"""The tables of crossed views have at most so many bytes in all."""
_NAN_LEFT = 1 << 13
"""The bit of a cut whose test sends NaN to the left."""


def emit_forest(index: int, forest: Forest, choice: ForestChoice) -> list[str]:
    """The lines that define `forest_{index}`, with its constants before it."""
    title = f"// {plain(forest.name)}: {choice.trees} trees, {choice.leaves} leaves"
    match choice.strategy:
        case Strategy.TERNARIES:
            return [f"{title}.", *_ternaries(index, forest)]
        case Strategy.PREFIX_AND:
            packing = pack_prefix_and(forest)
            return [f"{title}, prefix-AND over {len(packing.columns)} views.", *_prefix_and(index, forest, packing)]
        case Strategy.NODE_TABLE:
            table = pack_node_table(forest)
            return [f"{title}, {len(table.slot)} nodes in a table.", *_node_table(index, forest, table)]


def _ternaries(index: int, forest: Forest) -> list[str]:
    used = sorted({node.view for tree in forest.trees for node in tree.nodes})
    lines = [f"const x{view} = {_view(forest.views[view])};{_note(forest, forest.views[view])}" for view in used]
    for output in range(forest.outputs):
        trees = forest.trees[output :: forest.outputs]
        start = number(forest.starts[output])
        if forest.summation is Summation.FLOAT32:
            lines.append(f"{'' if output else 'let '}sum = {start};")
            lines += [f"sum = Math.fround(sum + {_tree(tree).at(UNARY)});" for tree in trees]
            lines.append(f"outputs[{output}] = sum;")
        else:
            lines += [f"outputs[{output}] = {start}", *(f"  + {_tree(tree).at(UNARY)}" for tree in trees)]
            lines[-1] += ";"
    return _function(index, lines)


def _tree(tree: Tree) -> Fragment:
    def subtree(number_: int) -> Fragment:
        if number_ < 0:
            return _literal(tree.leaves[~number_])
        node = tree.nodes[number_]
        text = f"{_test(node).at(OR)} ? {subtree(node.left).at(OR)} : {subtree(node.right).text}"
        return Fragment(text, CONDITIONAL)

    return subtree(0 if tree.nodes else ~0)


def _test(node: TreeNode) -> Fragment:
    x = Fragment(f"x{node.view}", PRIMARY)
    if isinstance(node, CategorySplit):
        tests = [comparison("===", EQUALITY, x, _literal(category)) for category in node.categories]
        return chain("||", OR, tests) if tests else Fragment("false", PRIMARY)
    if node.nan_left:
        # Also true for NaN.
        return Fragment(f"!({comparison('>', RELATIONAL, x, _literal(node.threshold)).text})", UNARY)
    return comparison("<=", RELATIONAL, x, _literal(node.threshold))


def _literal(value: float) -> Fragment:
    text = number(value)
    return Fragment(text, UNARY if text.startswith("-") else PRIMARY)


def _prefix_and(index: int, forest: Forest, packing: PrefixAnd) -> list[str]:
    trees = len(packing.leaves)
    is_wide = any(len(leaves) > 32 for leaves in packing.leaves)
    width = 2 * trees if is_wide else trees
    numbers = [column for column in packing.columns if isinstance(column, NumberColumn)]
    categories = [column for column in packing.columns if isinstance(column, CategoryColumn)]
    columns: list[NumberColumn | CategoryColumn] = [*numbers, *categories]
    tables = _Tables(columns, width)
    lines = [
        _constant(index, "thresholds", "f64", [t for column in numbers for t in column.thresholds]),
        _constant(index, "levels", "i32", [level for column in categories for level in column.levels]),
        _constant(index, "first", "u8", [len(leaves) for leaves in packing.leaves], "starts"),
        _constant(index, "leaves", _leaf_type(forest), [leaf for leaves in packing.leaves for leaf in leaves]),
        f"const f{index}_rows = prefix_rows(",
        *indent([f"{argument}," for argument in _cuts(trees, tables, numbers, categories)], "  "),
        ");",
        *tables.crossings(f"f{index}_rows"),
    ]
    body, places = _row_places(index, forest, columns, tables)
    low = " & ".join(f"rows[{place} + t]" for place in places) or "-1"
    high = " & ".join(f"rows[{place} + {trees} + t]" for place in places) or "-1"
    body.insert(0, f"const rows = f{index}_rows;")
    step = [f"const low = {low};"]
    if is_wide:
        step += [
            "let leaf;",
            "if (low !== 0) leaf = 31 - Math.clz32(low & -low);",
            "else {",
            f"  const high = {high};",
            "  leaf = 63 - Math.clz32(high & -high);",
            "}",
        ]
    else:
        step.append("const leaf = 31 - Math.clz32(low & -low);")
    body += _sum_of_trees(forest, trees, step, f"f{index}_leaves[f{index}_first[t] + leaf]")
    return [*lines, *_function(index, body)]


class _Tables:
    """The tables of rows: those of the columns, then crossed ones; `rows` and `starts` have one element a table."""

    def __init__(self, columns: list[NumberColumn | CategoryColumn], width: int) -> None:
        self.width = width
        self.rows = [column.row_count for column in columns]
        self.crossed = cross_tables(self.rows, 4 * width, CROSSED_BYTES)
        for one, other in self.crossed:
            self.rows.append(self.rows[one] * self.rows[other])
        self.starts = [sum(self.rows[:table]) for table in range(len(self.rows))]
        self.plain = len(columns)

    def crossings(self, rows: str) -> list[str]:
        """Statements that fill the crossed tables."""
        return [
            f"cross_rows({rows}, {self.width}, {self.starts[one]}, {self.rows[one]}, {self.starts[other]}, "
            f"{self.rows[other]}, {self.starts[table]});"
            for table, (one, other) in enumerate(self.crossed, self.plain)
        ]


def _cuts(trees: int, tables: _Tables, numbers: list[NumberColumn], categories: list[CategoryColumn]) -> list[str]:
    """The arguments of `prefix_rows`."""
    counts = [
        count
        for number_column in numbers
        for count in _count([cut.rank for cut in number_column.cuts], len(number_column.thresholds))
    ]
    counts += [len(column.cuts) for column in categories]
    columns: list[NumberColumn | CategoryColumn] = [*numbers, *categories]
    cuts = [cut for column in columns for cut in column.cuts]
    shapes = [shape for column in numbers for shape in (len(column.thresholds), int(column.has_nan_row))]
    kept = [item for column in categories for cut in column.cuts for item in (len(cut.kept), *cut.kept)]
    leaves = [cut.low | cut.high << 6 | _NAN_LEFT * (isinstance(cut, NumberCut) and cut.nan_left) for cut in cuts]
    levels = [len(column.levels) for column in categories]
    return [
        f"{trees}, {tables.width}, {sum(tables.rows)}",
        f"[{', '.join(map(str, shapes))}]",
        f"[{', '.join(map(str, levels))}]",
        *(array(array_type(values), values) for values in (counts, [cut.tree for cut in cuts], leaves, kept)),
    ]


def _count(ranks: Iterable[int], size: int) -> list[int]:
    counts = [0] * size
    for rank in ranks:
        counts[rank - 1] += 1
    return counts


def _row_places(
    index: int, forest: Forest, columns: list[NumberColumn | CategoryColumn], tables: _Tables
) -> tuple[list[str], list[str]]:
    """Lines that find each column's row, and the names of the rows' places."""
    lines = []
    starts = {NumberColumn: 0, CategoryColumn: 0}
    for number_, column in enumerate(columns):
        is_number = isinstance(column, NumberColumn)
        names = column.thresholds if isinstance(column, NumberColumn) else column.levels
        table, search = ("thresholds", "number_row") if is_number else ("levels", "level_row")
        start = starts[type(column)]
        starts[type(column)] += len(names)
        found = f"{search}(f{index}_{table}, {start}, {start + len(names)}, {_view(column.view)})"
        lines.append(f"const i{number_} = {found};{_note(forest, column.view)}")
    for made, (one, other) in enumerate(tables.crossed, tables.plain):
        lines.append(f"const i{made} = {tables.rows[other]} * i{one} + i{other};")
    inside = {table for both in tables.crossed for table in both}
    left = [made for made in range(len(tables.rows)) if made not in inside]
    lines += [f"const r{made} = {tables.width} * ({tables.starts[made]} + i{made});" for made in left]
    return lines, [f"r{made}" for made in left]


def _node_table(index: int, forest: Forest, table: NodeTable) -> list[str]:
    lines = [
        _constant(index, "roots", "i32", table.roots, "new Int32Array", narrow=True),
        _constant(index, "slot", "i32", table.slot, "new Int32Array", narrow=True),
        _constant(index, "value", "f64", table.value),
        f"const f{index}_left = left_children(f{index}_slot, f{index}_roots);",
        _constant(index, "words", "u32", table.words),
        f"const f{index}_slots = new Float64Array({len(table.slots) + 1}).fill(-Infinity);",
    ]
    levels = [level for slot in table.slots if isinstance(slot, CategorySlot) for level in slot.levels]
    lines.append(_constant(index, "levels", "i32", levels))
    body = [f"const slots = f{index}_slots;"]
    start = 0
    for number_, slot in enumerate(table.slots, 1):
        value = _view(slot.view)
        if isinstance(slot, CategorySlot):
            value = f"level_row(f{index}_levels, {start}, {start + len(slot.levels)}, {value})"
            start += len(slot.levels)
        elif slot.nan_left:
            value = f"nan_left({value})"
        body.append(f"slots[{number_}] = {value};{_note(forest, slot.view)}")
    names = ", ".join(f"f{index}_{name}" for name in ("slot", "value", "left", "words"))
    leaf = f"walk(f{index}_roots[t], slots, {table.first_category}, {names})"
    body += _sum_of_trees(forest, len(table.roots), [], leaf)
    return [*lines, *_function(index, body)]


def _constant(
    index: int,
    name: str,
    kind: ArrayType,
    values: tuple[float, ...] | list[int] | list[float],
    convert: str = "",
    *,
    narrow: bool = False,
) -> str:
    """A typed array of the module; with `narrow` it is shipped in the narrowest type, and `convert` makes it."""
    shipped = array_type([int(value) for value in values]) if narrow else kind
    text = array(shipped, values)
    return f"const f{index}_{name} = {f'{convert}({text})' if convert else text};"


def _sum_of_trees(forest: Forest, trees: int, step: list[str], leaf: str) -> list[str]:
    """A loop that adds the leaf of each tree to its output, in order."""
    if forest.outputs == 1:
        total = "sum"
        before, after = [f"let sum = {number(forest.starts[0])};"], ["outputs[0] = sum;"]
    else:
        total = f"outputs[t % {forest.outputs}]"
        before, after = [f"outputs[{k}] = {number(start)};" for k, start in enumerate(forest.starts)], []
    is_float32 = forest.summation is Summation.FLOAT32
    loop = [*step, f"{total} = Math.fround({total} + {leaf});" if is_float32 else f"{total} += {leaf};"]
    return [*before, f"for (let t = 0; t < {trees}; t++) {{", *indent(loop, "  "), "}", *after]


def _leaf_type(forest: Forest) -> ArrayType:
    return "f32" if forest.summation is Summation.FLOAT32 else "f64"


def _view(view: View) -> str:
    x = f"inputs[{view.input}]"
    return x if view.transform is Transform.AS_IS else f"{view.transform.value}({x})"


def _note(forest: Forest, view: View) -> str:
    return f" // {plain(forest.inputs[view.input])}"


def _function(index: int, body: list[str]) -> list[str]:
    return [f"function forest_{index}(inputs, outputs) {{", *indent(body, "  "), "}"]
