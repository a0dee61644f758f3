"""Random programs, forests and hostile vectors for the targets' tests; the same number always gives the same ones."""

from __future__ import annotations

import math
from random import Random

from decision_engine.exponential import logistic
from decision_engine.ir import verify
from decision_engine.ir.builder import type_of
from decision_engine.ir.nodes import (
    AllOf,
    AnyOf,
    Arithmetic,
    Binary,
    Bucket,
    Candidate,
    Choose,
    Code,
    Compare,
    Comparison,
    Constant,
    Decision,
    FeatureSpec,
    Input,
    Leaf,
    Logistic,
    Missing,
    Node,
    NoneOf,
    Number,
    OneOf,
    Payload,
    Present,
    Program,
    Ranking,
    Ref,
    Score,
    Select,
    Source,
    Truth,
    Type,
    UnitHash,
)
from decision_engine.trees import CategorySplit, Forest, Split, Summation, Transform, Tree, TreeNode, View
from decision_engine.trees.forest import NAN_CATEGORY
from decision_engine.trees.walk import float32

_BAND = 1.0000000180025095e-35
HOSTILE = (
    *(math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1e300, -1e300),
    *(1.7976931348623157e308, 0.1, 1.0, -1.0, -0.5, 2.0, 3.0, 3.7, 31.0, 32.0, 64.0, 0.30000000000000004, 1e21),
    *(_BAND, -_BAND, math.nextafter(_BAND, 1), math.nextafter(_BAND, 0), 2147483647.0, 2147483648.0, 4294967296.0),
    *(2147483646.0, 2147483646.5, 16777215.0, 16777215.5, 16777216.0, -1e-46, 0.9999999999, 39.99999999),
    *(709.782712893384, -745.1332191019411, 709.8, -746.0, 36.7, -36.7, math.nextafter(-1.0, 0.0)),
)
"""Values at the edges: of doubles, of LightGBM's zero, of categories, of exp."""

_LARGEST_FLOAT32 = float.fromhex("0x1.fffffep127")
_FINITE = tuple(value for value in HOSTILE if math.isfinite(value))


def random_program(number: int, *, size: int = 60) -> Program:
    """A verified program of about `size` nodes with every class of node, shared ones, forests and rankings."""
    random = Random(number)
    width = random.randint(1, 6)
    forests = tuple(random_forest(random, trees=random.randint(0, 6)) for _ in range(random.randint(1, 3)))
    hashes: tuple[Source, ...] = (UnitHash("visitor", "a"), UnitHash("visitor", "b"))
    names = [f"feature {i}" for i in range(width)]
    nodes: list[Node] = [Input(i) for i in range(width + 2)]
    nodes += [Constant(random.choice(HOSTILE)), Truth(random.random() < 0.5), Code(0), Code(1), Code(2)]
    while len(nodes) < size:
        nodes.append(_node(random, nodes, width, forests))
    program = Program(
        "sha256:" + "0" * 64,
        tuple(FeatureSpec(name, "number", (name,), None, None, None, None, None, (), 1, 1) for name in names),
        (*map(Number, names), *hashes),
        (),
        forests,
        tuple(Payload(f"payload {i}", "1") for i in range(4)),
        tuple(nodes),
        tuple(_decision(random, nodes, f"decision {i}") for i in range(random.randint(1, 4))),
        ("visitor",),
        None,
    )
    return verify(program)


def one_decision(nodes: tuple[Node, ...], *, width: int) -> Program:
    """A program of `nodes` whose only decision is the last one, with leaves 0 and 1, over `width` numbers."""
    leaf = Leaf(None, "STATIC", None)
    decision = Decision("decision", len(nodes) - 1, (leaf, leaf), (), 0)
    inputs = tuple(Number(f"feature {i}") for i in range(width))
    return Program("sha256:" + "0" * 64, (), inputs, (), (), (), nodes, (decision,), (), None)


def forest_program(forest: Forest) -> Program:
    """A program that holds `forest` and decides nothing."""
    return Program("sha256:" + "0" * 64, (), (), (), (forest,), (), (), (), (), None)


def deep_program(depth: int) -> Program:
    """Chains of nodes that are used once each: sums, then conditions, then a choice of many arms."""
    nodes: list[Node] = [Input(0), Constant(1.0), Code(0), Code(1), Binary(Arithmetic.ADD, 0, 1)]
    nodes += [Binary(Arithmetic.ADD, len(nodes) + i - 1, 1) for i in range(depth)]
    nodes.append(Compare(Comparison.LESS, len(nodes) - 1, 1))
    nodes += [AllOf((len(nodes) + i - 1,)) for i in range(depth)]
    condition = len(nodes) - 1
    return one_decision((*nodes, Choose(((condition, 3),) * depth, 2)), width=1)


def logistic_program() -> Program:
    """Decides 1 when the logistic function of the first input equals the second."""
    nodes = (Input(0), Input(1), Logistic(0), Compare(Comparison.EQUAL, 1, 2), Code(0), Code(1))
    return one_decision((*nodes, Choose(((3, 5),), 4)), width=2)


def logistic_rows(count: int) -> list[list[float]]:
    """Inputs of `logistic_program` that hold the right value, so that it decides 1."""
    random = Random(count)
    xs = [random.uniform(-750.0, 750.0) for _ in range(count)] + [random.uniform(-40.0, 40.0) for _ in range(count)]
    return [[x, logistic(x)] for x in (*xs, *HOSTILE) if not math.isnan(x)]


def random_vector(random: Random, program: Program) -> list[float]:
    """A vector for `program`: mostly hostile values, and unsigned 32-bit integers or NaN where it holds hashes."""
    return [
        random.choice((math.nan, 0.0, 4294967295.0, float(random.getrandbits(32)), float(random.getrandbits(32))))
        if isinstance(source, UnitHash)
        else _value(random)
        for source in program.inputs
    ]


def random_forest(random: Random, *, trees: int, most_leaves: int = 20, outputs: int | None = None) -> Forest:
    """A forest of any views, thresholds and sets; each tree has 1 to `most_leaves` leaves, of any finite value."""
    inputs = random.randint(1, 5)
    drawn = [View(random.randrange(inputs), random.choice(list(Transform))) for _ in range(random.randint(1, 6))]
    views = list(dict.fromkeys(drawn))
    count = outputs or random.choice((1, 1, 1, 2, 3))
    summation = random.choice(list(Summation))
    base = tuple(_leaf(random, summation) for _ in range(count)) if random.random() < 0.6 else ()
    return Forest(
        f"model {random.randrange(10)}",
        tuple(f"input {i}" for i in range(inputs)),
        tuple(views),
        tuple(_tree(random, views, random.randint(1, most_leaves), summation) for _ in range(trees)),
        count,
        base,
        summation,
    )


def random_row(random: Random, forest: Forest) -> list[float]:
    """Inputs for `forest`: hostile values, and those on or beside its thresholds."""
    near = [node.threshold for tree in forest.trees for node in tree.nodes if isinstance(node, Split)] or [0.0]
    row = []
    for _ in forest.inputs:
        x = random.choice(near) if random.random() < 0.4 else _value(random)
        row.append(random.choice((x, math.nextafter(x, math.inf), math.nextafter(x, -math.inf))))
    return row


def _value(random: Random) -> float:
    draw = random.random()
    if draw < 0.5:
        return random.choice(HOSTILE)
    return float(random.randint(-2, 70)) if draw < 0.8 else random.uniform(-100.0, 100.0)


def _leaf(random: Random, summation: Summation) -> float:
    value = random.choice(_FINITE) if random.random() < 0.2 else random.uniform(-1.0, 1.0)
    return float32(min(max(value, -_LARGEST_FLOAT32), _LARGEST_FLOAT32)) if summation is Summation.FLOAT32 else value


def _tree(random: Random, views: list[View], leaves: int, summation: Summation) -> Tree:
    """A leaf drawn at random is split until there are enough."""
    nodes: list[TreeNode] = []
    parents: list[tuple[int, bool] | None] = [None]
    while len(parents) < leaves:
        place = random.randrange(len(parents))
        parent, number = parents[place], len(nodes)
        left, right = ~place, ~len(parents)
        nodes.append(_test(random, views, left, right))
        if parent is not None:
            nodes[parent[0]] = _with_child(nodes[parent[0]], parent[1], number)
        parents[place] = (number, True)
        parents.append((number, False))
    return Tree(tuple(nodes), tuple(_leaf(random, summation) for _ in parents))


def _test(random: Random, views: list[View], left: int, right: int) -> TreeNode:
    view = random.randrange(len(views))
    if views[view].transform.is_category:
        far = random.choice(((NAN_CATEGORY,), (2147483646, NAN_CATEGORY)))
        some = random.sample((*range(40), 63, 64, 65, 16777215, *far), random.choice((0, 1, 2, 5, 30)))
        return CategorySplit(view, tuple(sorted(some)), left, right)
    edges = [value for value in HOSTILE if not math.isnan(value)]
    threshold = random.choice(edges) if random.random() < 0.5 else random.uniform(-50.0, 50.0)
    return Split(view, threshold, random.random() < 0.5, left, right)


def _with_child(node: TreeNode, is_left: bool, child: int) -> TreeNode:
    left, right = (child, node.right) if is_left else (node.left, child)
    if isinstance(node, CategorySplit):
        return CategorySplit(node.view, node.categories, left, right)
    return Split(node.view, node.threshold, node.nan_left, left, right)


def _refs(nodes: list[Node], type_: Type) -> list[Ref]:
    return [ref for ref, node in enumerate(nodes) if type_of(node) is type_]


def _node(random: Random, nodes: list[Node], width: int, forests: tuple[Forest, ...]) -> Node:
    numbers, bools, codes = (_refs(nodes, type_) for type_ in (Type.F64, Type.BOOL, Type.CODE))

    def pick(refs: list[Ref]) -> Ref:
        # Late nodes more often, so that expressions grow deep.
        return random.choice(refs[-6:] if random.random() < 0.5 else refs)

    def several(refs: list[Ref]) -> tuple[Ref, ...]:
        return tuple(pick(refs) for _ in range(random.choice((0, 1, 2, 2, 3, 5))))

    values = tuple(sorted(set(random.sample(_FINITE, random.choice((0, 1, 2, 4, 5, 9))))))
    match random.randrange(18):
        case 0:
            return Constant(random.choice(HOSTILE))
        case 1:
            return Bucket(width, width + 1, random.getrandbits(32))
        case 2 | 3:
            forest = random.randrange(len(forests))
            inputs = tuple(pick(numbers) for _ in forests[forest].inputs)
            same = [node.inputs for node in nodes if isinstance(node, Score) and node.forest == forest]
            inputs = random.choice(same) if same and random.random() < 0.4 else inputs
            return Score(forest, inputs, random.randrange(forests[forest].outputs))
        case 4 | 5 | 6:
            return Binary(random.choice(list(Arithmetic)), pick(numbers), pick(numbers))
        case 7:
            return Logistic(pick(numbers))
        case 16 | 17:
            return Select(pick(bools), pick(numbers), pick(numbers))
        case 8 | 9:
            return Compare(random.choice(list(Comparison)), pick(numbers), pick(numbers))
        case 10:
            return OneOf(pick(numbers), values)
        case 11:
            return NoneOf(pick(numbers), values)
        case 12:
            return random.choice((Missing, Present))(pick(numbers))
        case 13:
            return AllOf(several(bools))
        case 14:
            return AnyOf(several(bools))
        case _:
            arms = tuple((pick(bools), pick(codes)) for _ in range(random.choice((0, 1, 2, 4, 30))))
            return Choose(arms, pick(codes))


def _decision(random: Random, nodes: list[Node], name: str) -> Decision:
    numbers, bools, codes = (_refs(nodes, type_) for type_ in (Type.F64, Type.BOOL, Type.CODE))
    rankings = []
    for leaf in range(3):
        if random.random() < 0.6:
            pairs = [(random.choice(bools), random.choice(numbers)) for _ in range(random.choice((1, 2, 5, 12)))]
            candidates = tuple(Candidate(random.randrange(4), *pair) for pair in pairs)
            rankings.append(Ranking(leaf, candidates, random.randint(1, len(candidates))))
    return Decision(name, random.choice(codes), (Leaf(0, "STATIC", None),) * 3, tuple(rankings), 0)
