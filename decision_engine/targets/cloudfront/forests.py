"""JavaScript for one forest in few bytes: nested conditionals, or trees as one text that is walked in place.

A character of the text has a value of 0 to 90: those from `#` to `~`, without the backslash. A tree is its splits and
leaves in preorder, after one character that counts its splits (left out where all trees have as many):

    split    `wide` characters:  test + tests * (leaves on the left - 1)
    leaf     `narrow` characters: first + place of the leaf's value

A leaf is told from a split by the value of its first `narrow` characters, which is `first` or more: splits stay below.
So leaves of few different values, as quantised ones are, take one character where splits take two.

All tests of the forest are done once a row, and stand in a list of truths by their number: for each view its thresholds
(those that send NaN to the right, then those that send it to the left), or its sets. So a threshold that many splits
share is written once. The value of a leaf is `(word - offset) * scale` where all are multiples of one scale, as
quantised leaves are, else it is looked up in a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from decision_engine.targets.cloudfront.quantised import Steps, find_steps
from decision_engine.targets.cloudfront.text import number, numbers, text
from decision_engine.targets.javascript.text import CONDITIONAL, EQUALITY, OR, PRIMARY, RELATIONAL, UNARY
from decision_engine.targets.text import Fragment, chain, comparison
from decision_engine.trees import CategorySplit, Forest, Split, Summation, Transform, Tree, TreeNode

BASE = 91
"""How many values a character has."""
_FIRST = 35  # "#"
_BACKSLASH = 92
_DEEPEST = 60  # levels of conditionals, far below the 200 that the runtime takes
_LETTERS = 90  # categories below it are one character each


@dataclass(frozen=True, slots=True)
class Test:
    """A test of a view: `value <= at` (and NaN goes left, if so), or `value` is in the set `at`."""

    view: int
    kind: int
    at: float | tuple[int, ...]


NAN_RIGHT, NAN_LEFT, SET = 0, 1, 2


def emit_forest(index: int, forest: Forest) -> str:
    """`const forest_INDEX = (x0, x1, ...) => ...`: one parameter for each input; it gives a list for many outputs."""
    if not forest.trees:
        return _conditionals(index, forest)
    table = _table(index, forest)
    if all(_depth(tree) <= _DEEPEST for tree in forest.trees):
        conditionals = _conditionals(index, forest)
        if len(conditionals) < len(table):
            return conditionals
    return table


def forest_inputs(forest: Forest) -> list[int]:
    """The inputs that the forest's tests read, which are the parameters of its function."""
    views = {node.view for tree in forest.trees for node in tree.nodes}
    return sorted({forest.views[view].input for view in views})


def digits(value: int, width: int) -> str:
    """A word."""
    found = ""
    for _ in range(width):
        value, digit = divmod(value, BASE)
        unit = _FIRST + digit
        found = chr(unit + (unit >= _BACKSLASH)) + found
    return found


def _table(index: int, forest: Forest) -> str:
    tests = {test: number_ for number_, test in enumerate(_tests(forest))}
    lefts = max((count for tree in forest.trees for count in _left_leaves(tree)), default=1)
    splits = max(1, len(tests)) * lefts
    leaves = [leaf for tree in forest.trees for leaf in tree.leaves]
    steps = None if any(str(start) == "-0.0" for start in forest.starts) else find_steps(leaves)
    listed = [leaf for leaf, _ in sorted(set(map(_bits, leaves)))]
    values = steps.highest - steps.lowest + 1 if steps else len(listed)
    shape = _shape(splits, values, has_splits=any(tree.nodes for tree in forest.trees))
    counts = {len(tree.nodes) for tree in forest.trees}
    places = {_bits(leaf): place for place, leaf in enumerate(listed)}
    rows = []
    for tree in forest.trees:
        head = "" if len(counts) == 1 else digits(len(tree.nodes), 1 if max(counts) < BASE else 3)
        rows.append(head + "".join(_words(tree, tests, shape, steps, places)))
    reader = _Reader(forest, shape, len(tests), steps, listed, counts, lefts)
    lines = [
        f"const trees_{index} = {text(''.join(rows))};",
        *reader.constants(index),
        f"const forest_{index} = ({_parameters(forest)}) => {{",
        "const truths = [];",
        *_fill(forest, tests),
        *reader.loop(index),
        "};",
    ]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Shape:
    """How many characters a split and a leaf take, and the value that leaves begin with."""

    wide: int
    narrow: int
    first: int


def _shape(splits: int, values: int, *, has_splits: bool) -> _Shape:
    """The shape of fewest characters for so many different words of splits and values of leaves."""
    if not has_splits:
        return _Shape(1, next(width for width in range(1, 9) if values <= BASE**width), 0)
    for total in range(2, 17):
        for narrow in range(1, total // 2 + 1):
            wide = total - narrow
            first = -(-splits // BASE ** (wide - narrow))
            if first + values <= BASE**narrow:
                return _Shape(wide, narrow, first)
    raise AssertionError("cloudfront: a forest of more words than 16 characters tell apart")


@dataclass(frozen=True, slots=True)
class _Reader:
    """The code that walks the text of one forest."""

    forest: Forest
    shape: _Shape
    tests: int
    steps: Steps | None
    listed: list[float]
    counts: set[int]
    lefts: int

    def constants(self, index: int) -> Iterator[str]:
        if self.steps is None:
            yield f"const leaves_{index} = {numbers(self.listed)};"

    def loop(self, index: int) -> Iterator[str]:
        trees = f"trees_{index}"
        head = 0 if len(self.counts) == 1 else 1 if max(self.counts) < BASE else 3
        many = self.forest.outputs > 1
        yield f"let sum = {numbers(self.forest.starts) if many else number(self.forest.starts[0])};"
        yield "let place;"
        yield "let word;"
        yield "let split;"
        step = "tree++" if many else ""
        yield f"for (let root = 0{', tree = 0' if many else ''}; root < {trees}.length; {step}) {{"
        yield f"place = root{f' + {head}' if head else ''};"
        wide, narrow = self.shape.wide, self.shape.narrow
        if head:
            yield f"root += {head + narrow} + {wide + narrow} * {_read(trees, 'root', head)};"
        else:
            yield f"root += {narrow + (wide + narrow) * max(self.counts)};"
        word = _read(trees, "place", narrow)
        if self.tests:
            rest = wide - narrow
            split = f"word * {BASE**rest} + {_read(trees, f'place + {narrow}', rest)}" if rest else "word"
            skip = f"{wide + narrow}"
            if self.lefts > 1:
                skip += f" * ({'split' if rest else 'word'} / {self.tests} + 1 | 0)"
            test = f"({'split = ' if rest and self.lefts > 1 else ''}{split})" if rest else "word"
            yield (
                f"while ((word = {word}) < {self.shape.first}) "
                f"place += truths[{test} % {self.tests}] ? {wide} : {skip};"
            )
            word = "word"
        total = f"sum[tree % {self.forest.outputs}]" if many else "sum"
        leaf = self._leaf(index, word)
        if self.forest.summation is Summation.FLOAT32:
            yield f"{total} = Math.fround({total} + {leaf});"
        else:
            yield f"{total} += {leaf};"
        yield "}"
        yield "return sum;"

    def _leaf(self, index: int, word: str) -> str:
        if self.steps is None:
            return f"leaves_{index}[{word} - {self.shape.first}]"
        offset = self.shape.first - self.steps.lowest
        shifted = f"({word} - {offset})" if offset >= 0 else f"({word} + {-offset})"
        return f"{shifted} * {number(self.steps.scale)}"


def _read(name: str, place: str, width: int) -> str:
    """An expression for the word of `width` characters of `name` from `place` on."""
    found = f"digit({name}, {place})"
    for number_ in range(1, width):
        found = f"({found}) * {BASE} + digit({name}, {place} + {number_})"
    return found


def _words(
    tree: Tree, tests: dict[Test, int], shape: _Shape, steps: Steps | None, places: dict[tuple[float, str], int]
) -> Iterator[str]:
    lefts = _left_leaves(tree)
    todo = [0 if tree.nodes else ~0]
    while todo:
        number_ = todo.pop()
        if number_ < 0:
            leaf = tree.leaves[~number_]
            place = steps.multiple(leaf) - steps.lowest if steps else places[_bits(leaf)]
            yield digits(shape.first + place, shape.narrow)
        else:
            node = tree.nodes[number_]
            yield digits(tests[_test(node)] + len(tests) * (lefts[number_] - 1), shape.wide)
            todo += [node.right, node.left]


def _left_leaves(tree: Tree) -> list[int]:
    """For each split, how many leaves are on its left."""
    sizes: dict[int, int] = {}
    order = []
    todo = [0] if tree.nodes else []
    while todo:
        number_ = todo.pop()
        order.append(number_)
        todo += [child for child in (tree.nodes[number_].left, tree.nodes[number_].right) if child >= 0]
    for number_ in reversed(order):
        node = tree.nodes[number_]
        sizes[number_] = sum(sizes[child] if child >= 0 else 1 for child in (node.left, node.right))
    return [sizes[node.left] if node.left >= 0 else 1 for node in tree.nodes]


def _tests(forest: Forest) -> list[Test]:
    found = {_test(node) for tree in forest.trees for node in tree.nodes}
    return sorted(found, key=lambda test: (test.view, test.kind, test.at))


def _test(node: TreeNode) -> Test:
    if isinstance(node, CategorySplit):
        return Test(node.view, SET, node.categories)
    # -0.0 and 0.0 are the same threshold.
    return Test(node.view, NAN_LEFT if node.nan_left else NAN_RIGHT, node.threshold + 0.0)


def _fill(forest: Forest, tests: dict[Test, int]) -> Iterator[str]:
    """Statements that put the truths of all tests into `truths`, in their order."""
    groups: dict[tuple[int, int], list[Test]] = {}
    for test in tests:
        groups.setdefault((test.view, test.kind), []).append(test)
    for (view, kind), group in groups.items():
        x = _view(forest, view)
        if kind != SET:
            name = "below_or_missing" if kind == NAN_LEFT else "below"
            cuts = [test.at for test in group if isinstance(test.at, float)]
            yield f"{name}(truths, {x}, {numbers(cuts)});"
            continue
        sets = [test.at for test in group if isinstance(test.at, tuple)]
        if all(max(one, default=0) < _LETTERS for one in sets):
            letters = ", ".join(text("".join(digits(category, 1) for category in one)) for one in sets)
            yield f"among_letters(truths, {x}, [{letters}]);"
        else:
            yield f"among(truths, {x}, [{', '.join(numbers(one) for one in sets)}]);"


def _view(forest: Forest, number_: int) -> str:
    view = forest.views[number_]
    x = f"x{view.input}"
    match view.transform:
        case Transform.AS_IS:
            return x
        case Transform.NAN_IS_ZERO:
            return f"{x} || 0"
        case transform:
            return f"{transform.value}({x})"


def _parameters(forest: Forest) -> str:
    return ", ".join(f"x{place}" for place in forest_inputs(forest))


def _bits(leaf: float) -> tuple[float, str]:
    """Tells 0.0 from -0.0."""
    return leaf, str(leaf)


def _depth(tree: Tree) -> int:
    depth = 0
    level = [0] if tree.nodes else []
    while level:
        depth += 1
        nodes = [tree.nodes[number_] for number_ in level]
        level = [child for node in nodes for child in (node.left, node.right) if child >= 0]
    return depth


def _conditionals(index: int, forest: Forest) -> str:
    used = sorted({node.view for tree in forest.trees for node in tree.nodes})
    changed = [view for view in used if forest.views[view].transform is not Transform.AS_IS]
    lines = [f"const y{view} = {_view(forest, view)};" for view in changed]
    lines.append("let sum = 0;")
    sums = []
    for output in range(forest.outputs):
        lines.append(f"sum = {number(forest.starts[output])};")
        for tree in forest.trees[output :: forest.outputs]:
            leaf = _conditional(forest, tree)
            if forest.summation is Summation.FLOAT32:
                lines.append(f"sum = Math.fround(sum + {leaf.at(UNARY)});")
            else:
                lines.append(f"sum += {leaf.text};")
        if forest.outputs > 1:
            lines.append(f"const sum_{output} = sum;")
            sums.append(f"sum_{output}")
    found = f"[{', '.join(sums)}]" if sums else "sum"
    return "\n".join([f"const forest_{index} = ({_parameters(forest)}) => {{", *lines, f"return {found};", "};"])


def _conditional(forest: Forest, tree: Tree) -> Fragment:
    def subtree(number_: int) -> Fragment:
        if number_ < 0:
            return _literal(tree.leaves[~number_])
        node = tree.nodes[number_]
        condition = _condition(forest, node)
        return Fragment(f"{condition.at(OR)} ? {subtree(node.left).at(OR)} : {subtree(node.right).text}", CONDITIONAL)

    return subtree(0 if tree.nodes else ~0)


def _condition(forest: Forest, node: TreeNode) -> Fragment:
    view = forest.views[node.view]
    x = Fragment(f"x{view.input}" if view.transform is Transform.AS_IS else f"y{node.view}", PRIMARY)
    if isinstance(node, Split):
        threshold = _literal(node.threshold)
        if node.nan_left:
            # Also true for NaN.
            return Fragment(f"!({comparison('>', RELATIONAL, x, threshold).text})", UNARY)
        return comparison("<=", RELATIONAL, x, threshold)
    if len(node.categories) > 2:
        return Fragment(f"{numbers(node.categories)}.indexOf({x.text}) >= 0", RELATIONAL)
    tests = [comparison("==", EQUALITY, x, _literal(category)) for category in node.categories]
    return chain("||", OR, tests) if tests else Fragment("false", PRIMARY)


def _literal(value: float) -> Fragment:
    found = number(value)
    return Fragment(found, UNARY if found.startswith("-") else PRIMARY)
