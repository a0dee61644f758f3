"""Python for one forest, by the strategy that was chosen: prefix-AND on big integers, or a walk through the node table.

Each form defines `forest_N(inputs)`, which gives the list of all raw outputs.
"""

from __future__ import annotations

from decision_engine.targets.choice import ForestChoice, Strategy
from decision_engine.targets.python.text import array, number
from decision_engine.targets.text import ArrayType, array_type, indent, plain
from decision_engine.trees import (
    CategoryColumn,
    CategorySlot,
    Forest,
    NodeTable,
    NumberColumn,
    PrefixAnd,
    Summation,
    Transform,
    View,
    pack_node_table,
    pack_prefix_and,
)

_NAN_LEFT = 1 << 13
"""The bit of a cut whose test sends NaN to the left."""
_LANES = ((8, "B"), (16, "H"), (32, "I"), (64, "Q"))
"""The widths of a tree's lane in bits, and their formats in struct."""


def emit_forest(index: int, forest: Forest, choice: ForestChoice) -> list[str]:
    """The lines that define `forest_{index}`, with its constants before it."""
    if choice.strategy is Strategy.PREFIX_AND:
        return _prefix_and(index, forest, pack_prefix_and(forest))
    return _node_table(index, forest, pack_node_table(forest))


def _prefix_and(index: int, forest: Forest, packing: PrefixAnd) -> list[str]:
    trees = len(packing.leaves)
    deepest = max(map(len, packing.leaves), default=0)
    bits, kind = next(lane for lane in _LANES if deepest <= lane[0])
    sizes = [len(leaves) for leaves in packing.leaves]
    leaves = [leaf for tree in packing.leaves for leaf in tree]
    lines = [f"_F{index}_LEAVES = _leaf_tables({array(_leaf_type(forest), leaves)}, {array('u8', sizes)})"]
    if forest.outputs > 1:
        lines.append(f"_F{index}_LEAVES = [_F{index}_LEAVES[k::{forest.outputs}] for k in range({forest.outputs})]")
    lines.append(f'_F{index}_ONES = _join([1] * {trees}, "{kind}")')
    rows = []
    for place, column in enumerate(packing.columns):
        note = f"  # {plain(forest.inputs[column.view.input])}"
        if isinstance(column, NumberColumn):
            lines += _number_column(f"_F{index}_{place}", column, trees, kind)
            rows += _number_row(f"_F{index}_{place}", column, note)
        else:
            lines += _category_column(f"_F{index}_{place}", column, trees, kind)
            x = _view(column.view)
            rows.append(f"r{place} = _F{index}_{place}.get({x}, _F{index}_{place}[-1]){note}")
    body = [_docstring(forest, f"prefix-AND over {len(packing.columns)} views"), *rows]
    kept = " & ".join(f"r{place}" for place in range(len(packing.columns))) or f"_F{index}_ONES"
    lanes = f'(kept & ~(kept - _F{index}_ONES)).to_bytes({trees * bits // 8}, "little")'
    # A byte string of 8-bit lanes is a sequence of integers already.
    body += [f"kept = {kept}", f"lanes = {lanes}" if bits == 8 else f'lanes = unpack("<{trees}{kind}", {lanes})']
    body.append(_sums(index, forest))
    return [*lines, "", "", *_function(index, body)]


def _sums(index: int, forest: Forest) -> str:
    starts = [number(start) for start in forest.starts]
    if forest.outputs == 1:
        return f"return [{_sum(forest, f'map(getitem, _F{index}_LEAVES, lanes)', starts[0])}]"
    one = _sum(forest, f"map(getitem, _F{index}_LEAVES[k], lanes[k::{forest.outputs}])", "start")
    return f"return [{one} for k, start in enumerate(({', '.join(starts)}))]"


def _sum(forest: Forest, leaves: str, start: str) -> str:
    """The ordered sum of some leaves. Not `sum`, which compensates for rounding since Python 3.12."""
    if forest.summation is Summation.FLOAT32:
        return f"_float32_sum({start}, {leaves})"
    return f"reduce(add, {leaves}, {start})"


def _number_column(name: str, column: NumberColumn, trees: int, kind: str) -> list[str]:
    counts = [0] * len(column.thresholds)
    for cut in column.cuts:
        counts[cut.rank - 1] += 1
    trees_of_cuts = [cut.tree for cut in column.cuts]
    leaves = [cut.low | cut.high << 6 | _NAN_LEFT * cut.nan_left for cut in column.cuts]
    groups = ", ".join(array(array_type(values), values) for values in (counts, trees_of_cuts, leaves))
    return [
        f"{name}_AT = {array('f64', column.thresholds)}",
        f'{name} = _number_rows({trees}, "{kind}", {column.has_nan_row}, _groups({groups}))',
    ]


def _number_row(name: str, column: NumberColumn, note: str) -> list[str]:
    place = name.rpartition("_")[2]
    x = _view(column.view)
    if not column.has_nan_row:
        return [f"r{place} = {name}[bisect_left({name}_AT, {x})]{note}"]
    # The last row is NaN's.
    return [f"x = {x}{note}", f"r{place} = {name}[bisect_left({name}_AT, x) if x == x else -1]"]


def _category_column(name: str, column: CategoryColumn, trees: int, kind: str) -> list[str]:
    cuts = ", ".join(f"({cut.tree}, {cut.low | cut.high << 6}, {_set(cut.kept)})" for cut in column.cuts)
    levels = array(array_type(column.levels), column.levels)
    return [f'{name} = _category_rows({trees}, "{kind}", {levels}, [{cuts}])']


def _set(values: tuple[int, ...]) -> str:
    return f"{{{', '.join(map(str, values))}}}" if values else "()"


def _node_table(index: int, forest: Forest, table: NodeTable) -> list[str]:
    lines = [
        f"_F{index}_ROOTS = {array(array_type(table.roots), table.roots)}",
        f"_F{index}_SLOT = {array(array_type(table.slot), table.slot)}",
        f"_F{index}_VALUE = {array('f64', table.value)}",
        f"_F{index}_LEFT = _left_children(_F{index}_SLOT, _F{index}_ROOTS)",
        f"_F{index}_WORDS = {array('u32', table.words)}",
    ]
    slots = ["0.0,"]
    for place, slot in enumerate(table.slots, 1):
        x = _view(slot.view)
        if isinstance(slot, CategorySlot):
            levels = f"_F{index}_LEVELS_{place}"
            numbers = array(array_type(slot.levels), slot.levels)
            lines.append(f"{levels} = {{level: place for place, level in enumerate({numbers})}}")
            x = f"{levels}.get({x}, {len(slot.levels)})"
        elif slot.nan_left:
            x = f"_nan_left({x})"
        slots.append(f"{x},  # {plain(forest.inputs[slot.view.input])}")
    names = ", ".join(f"_F{index}_{name}" for name in ("SLOT", "VALUE", "LEFT", "WORDS"))
    body = [
        _docstring(forest, f"{len(table.slot)} nodes in a table"),
        "slots = (",
        *indent(slots, "    "),
        ")",
        f"outputs = {_outputs(forest)}",
        f"for tree, root in enumerate(_F{index}_ROOTS):",
        f"    outputs[tree % {forest.outputs}] += _walk(root, slots, {table.first_category}, {names})",
        "return list(outputs)",
    ]
    return [*lines, "", "", *_function(index, body)]


def _leaf_type(forest: Forest) -> ArrayType:
    return "f32" if forest.summation is Summation.FLOAT32 else "f64"


def _outputs(forest: Forest) -> str:
    """The expression of what holds the sums: an array of float32 rounds each of them."""
    listed = f"[{', '.join(map(number, forest.starts))}]"
    return f'array("f", {listed})' if forest.summation is Summation.FLOAT32 else listed


def _view(view: View) -> str:
    x = f"inputs[{view.input}]"
    return x if view.transform is Transform.AS_IS else f"_{view.transform.value}({x})"


def _docstring(forest: Forest, form: str) -> str:
    leaves = sum(len(tree.leaves) for tree in forest.trees)
    name = plain(forest.name).replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{name}: {len(forest.trees)} trees, {leaves} leaves, {form}."""'


def _function(index: int, body: list[str]) -> list[str]:
    return [f"def forest_{index}(inputs):", *indent(body, "    ")]
