"""The typed IR of a whole registry: every node, its value, and what it does with a missing input.

A program is a flat tuple of nodes in topological order: a node refers to its operands by their index (`Ref`), always
smaller than its own. So sharing is explicit, equality is cheap, and printing, coding and verifying need no recursion.

Three types of value exist:

- `f64`: an IEEE-754 double. NaN means *missing*; no present value is NaN or infinite where it enters (hosts see to it).
- `bool`: true or false. Lowering has pushed every `not` to the leaves, where a leaf that is unknown is false, so the
  result is exactly Kleene's "is true".
- `code`: a 32-bit integer that names a leaf (one static outcome) of a decision.

INVARIANT (missing-is-false): every bool node is false when an f64 operand that it compares is NaN, except `Missing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from decision_engine.trees.forest import Forest

IR_VERSION = 2

Ref: TypeAlias = int


class Type(StrEnum):
    """The type of a node's value."""

    F64 = "f64"
    BOOL = "bool"
    CODE = "code"


class Arithmetic(StrEnum):
    """Binary operations on f64, each the IEEE-754 one (round to nearest even); NaN in, NaN out, for all of them.

    `MIN` and `MAX` are NaN when either operand is, and order -0.0 below 0.0 (as WebAssembly's f64.min and f64.max).
    """

    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"
    MIN = "min"
    MAX = "max"


class Comparison(StrEnum):
    """Comparisons of two f64; each is false when either operand is NaN, `NOT_EQUAL` included."""

    LESS = "less"
    AT_MOST = "at_most"
    EQUAL = "equal"
    NOT_EQUAL = "not_equal"


@dataclass(frozen=True, slots=True)
class Constant:
    """f64: a constant; NaN is allowed and means missing."""

    value: float


@dataclass(frozen=True, slots=True)
class Input:
    """f64: element `index` of the vector, as `Program.inputs[index]` describes it; NaN when missing."""

    index: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """f64: the bucket of a unit under a salt, an integer in [0, 2^32); NaN when the unit is missing.

    `a` and `b` are the two `Input`s that hold the unit's hashes as unsigned 32-bit integers (see `UnitHash`). The value
    is fmix32(a xor fmix32(b + salt)), all modulo 2^32.
    """

    a: Ref
    b: Ref
    salt: int


@dataclass(frozen=True, slots=True)
class Score:
    """f64: the raw margin number `output` of forest `forest`; missing inputs follow the trees' own rule; never NaN by
    itself.

    `inputs` has one ref for each input of the forest, in the forest's order.
    """

    forest: int
    inputs: tuple[Ref, ...]
    output: int


@dataclass(frozen=True, slots=True)
class Binary:
    """f64: `left` op `right`; NaN when either is NaN (see `Arithmetic`)."""

    op: Arithmetic
    left: Ref
    right: Ref


@dataclass(frozen=True, slots=True)
class Select:
    """f64: `then` where `condition` is true, else `otherwise`; what the other side is counts for nothing."""

    condition: Ref
    then: Ref
    otherwise: Ref


@dataclass(frozen=True, slots=True)
class Logistic:
    """f64: 1 / (1 + exp(-x)), by the one exp that all targets ship (decision_engine/exponential.py); NaN gives NaN."""

    x: Ref


@dataclass(frozen=True, slots=True)
class Truth:
    """bool: a constant."""

    value: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """bool: `left` op `right`; false when either is NaN."""

    op: Comparison
    left: Ref
    right: Ref


@dataclass(frozen=True, slots=True)
class OneOf:
    """bool: x equals one of `values` (sorted ascending, distinct, finite); false when x is NaN."""

    x: Ref
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """bool: x is present and equals none of `values` (sorted ascending, distinct, finite); false when x is NaN."""

    x: Ref
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """bool: x is NaN."""

    x: Ref


@dataclass(frozen=True, slots=True)
class Present:
    """bool: x is not NaN."""

    x: Ref


@dataclass(frozen=True, slots=True)
class AllOf:
    """bool: every item is true (true when there is none). Items may be evaluated in any order, or not at all."""

    items: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """bool: some item is true (false when there is none). Items may be evaluated in any order, or not at all."""

    items: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """code: a constant leaf number."""

    value: int


@dataclass(frozen=True, slots=True)
class Choose:
    """code: the code of the first arm whose condition is true, else `otherwise`. `arms` pairs (bool ref, code ref)."""

    arms: tuple[tuple[Ref, Ref], ...]
    otherwise: Ref


Node: TypeAlias = (
    Constant | Input | Bucket | Score | Binary | Select | Logistic
    | Truth | Compare | OneOf | NoneOf | Missing | Present | AllOf | AnyOf
    | Code | Choose
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """The feature's value as a number: number as given, bool 0 or 1, timestamp in ms UTC, tags the count of distinct
    tags."""

    feature: str


@dataclass(frozen=True, slots=True)
class Level:
    """The index of the feature's text in `levels`; len(levels) for any other present text (open features only)."""

    feature: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """1 when the tag set of the feature holds `tag`, else 0."""

    feature: str
    tag: str


@dataclass(frozen=True, slots=True)
class TextTest:
    """1 when the feature's text passes the test, else 0. `test` is starts_with, ends_with, contains, matches, or below
    or above in the order of UTF-16 code units.

    For `matches`, `operand` is the pattern's source and `automaton` indexes `Program.automata`, else it is None.
    """

    feature: str
    test: str
    operand: str
    automaton: int | None = None


@dataclass(frozen=True, slots=True)
class VersionRank:
    """The place of the feature's version among `versions` (sorted by precedence): 2i+1 if equal to number i, else 2i
    where i counts those below it."""

    feature: str
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitHash:
    """MurmurHash3_x86_32 of the unit id's UTF-8 bytes; seed 0 for half `a`, 0x9747b28c for half `b`."""

    unit: str
    half: str


@dataclass(frozen=True, slots=True)
class NamedHash:
    """The place of the text `before` + id + `after` by a named bucketing (feature_registry/bucketings.py)."""

    unit: str
    bucketing: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Now:
    """The time of the request, milliseconds UTC."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Local time in `zone`: `part` is weekday (0 = Monday .. 6) or minute (of the day, 0 .. 1439)."""

    zone: str
    part: str


Source: TypeAlias = Number | Level | Tag | TextTest | VersionRank | UnitHash | NamedHash | Now | Clock


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """How a host reads, checks and ages one feature; durations in ms. `values` is a closed list, or None where any text
    will do."""

    name: str
    type: str
    path: tuple[str, ...]
    default: bool | float | str | tuple[str, ...] | None
    values: tuple[str, ...] | None
    low: float | None
    high: float | None
    max_age: int | None
    purposes: tuple[str, ...]
    tier: int
    version: int
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Automaton:
    """A deterministic finite automaton over code points. State 0 is the start; a text matches when it ends in an
    accepting state.

    Code point c has class k, the number of `bounds` (sorted) that are <= c. `next[state * classes + k]` is the next
    state, where classes = len(bounds) + 1; a state of -1 is dead: no match whatever follows.
    """

    bounds: tuple[int, ...]
    next: tuple[int, ...]
    accepting: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload's key and its value as compact JSON text (ASCII-only escapes are not used: UTF-8 as it is)."""

    key: str
    json: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """One static outcome of a decision. `payload` indexes `Program.payloads`; None for a ranking, which fills it in.
    `ask` is the time in ms within which the cloud may be asked for a better one; None when nobody asks."""

    payload: int | None
    reason: str
    rule: int | None
    experiment: str | None = None
    variation: str | None = None
    ask: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One payload of a ranking: `eligible` is a bool ref, `score` an f64 ref (NaN ranks last)."""

    payload: int
    eligible: Ref
    score: Ref


@dataclass(frozen=True, slots=True)
class Ranking:
    """Run when the decision's leaf is `leaf`: the eligible candidates, highest score first, ties in order, the first
    `top` of them."""

    leaf: int
    candidates: tuple[Candidate, ...]
    top: int


@dataclass(frozen=True, slots=True)
class Decision:
    """`outcome` is a code ref: an index into `leaves`. `neutral` is the leaf served when anything fails (reason
    ERROR)."""

    name: str
    outcome: Ref
    leaves: tuple[Leaf, ...]
    rankings: tuple[Ranking, ...]
    neutral: int


@dataclass(frozen=True, slots=True)
class Identity:
    """The unit that a host may name by a first-party cookie; `max_age` in seconds; `set_cookie` allows setting it."""

    unit: str
    cookie: str
    max_age: int
    set_cookie: bool


@dataclass(frozen=True, slots=True)
class Program:
    """A registry, lowered. `registry` is its digest (`sha256:` and 64 hex digits).

    `service` is what the stages around `decide` are configured by: JSON text, opaque here; None where there are none.
    """

    registry: str
    features: tuple[FeatureSpec, ...]
    inputs: tuple[Source, ...]
    automata: tuple[Automaton, ...]
    forests: tuple[Forest, ...]
    payloads: tuple[Payload, ...]
    nodes: tuple[Node, ...]
    decisions: tuple[Decision, ...]
    units: tuple[str, ...]
    identity: Identity | None
    service: str | None = None
