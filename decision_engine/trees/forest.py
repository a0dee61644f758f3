"""The one form of tree ensemble that the engine knows: every trainer's model is loaded into it, every target is
emitted from it.

A trainer's many rules (missing types, casts, default directions) are settled at loading: they become *views* of the
inputs. What is left is uniform. With v the value of a view:

- `Split`: go left when v <= threshold; when v is NaN go left if `nan_left`, else right. Thresholds may be infinite,
  never NaN.
- `CategorySplit`: its view is an integer category, or -1 (none). Go left when it is one of `categories` (never holds
  -1).

Output k of the forest is base[k] plus the leaf of each tree of class k, in the order of `trees`, each addition rounded
as `summation` says (TREES.md 4, 12): trees[i] belongs to output i % outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Transform(StrEnum):
    """How a view is made from its input x."""

    AS_IS = "as_is"
    """v = x (NaN stays)."""
    NAN_IS_ZERO = "nan_is_zero"
    """v = 0.0 when x is NaN, else x: LightGBM's missing type None. Never NaN."""
    ZERO_IS_NAN = "zero_is_nan"
    """v = NaN when x is NaN or |x| <= 1e-35 as float32 (1.0000000180025095e-35), else x: LightGBM's type Zero."""
    CATEGORY = "category"
    """v = x truncated toward zero when that lies in [0, 2^31), else -1; NaN and infinities give -1.

    So -0.5 gives 0 and 3.7 gives 3.
    """
    CATEGORY_OR_NAN = "category_or_nan"
    """v = `NAN_CATEGORY` when x is NaN, x itself when it is an integer in [0, 2^31 - 1), else -1: scikit-learn's
    histogram gradient boosting, which looks values up among those it was trained with. So 3.7 gives -1."""
    CATEGORY_FLOAT32 = "category_float32"
    """v = `NAN_CATEGORY` when x is NaN; else, with y = x rounded to float32, y truncated when 0 <= y < 2^24, else -1:
    XGBoost."""

    @property
    def is_category(self) -> bool:
        """The view is an integer category, which sets test."""
        return self in (Transform.CATEGORY, Transform.CATEGORY_OR_NAN, Transform.CATEGORY_FLOAT32)


NAN_CATEGORY = 2**31 - 1
"""The category that stands for NaN, so that a `CategorySplit` can send it either way."""


class Summation(StrEnum):
    """How the leaves of an output are added up."""

    FLOAT64 = "float64"
    """Each addition is rounded to double."""
    FLOAT32 = "float32"
    """Base and leaves are float32 values, and each addition is rounded to float32: XGBoost. (The double sum of two
    float32 values, rounded to float32, is their float32 sum.)"""


@dataclass(frozen=True, slots=True)
class View:
    """Input number `input`, transformed."""

    input: int
    transform: Transform


@dataclass(frozen=True, slots=True)
class Split:
    """A numeric test; `left` and `right` are node numbers of the tree: >= 0 a split, < 0 the leaf ~n."""

    view: int
    threshold: float
    nan_left: bool
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class CategorySplit:
    """A set test; `categories` is sorted, distinct, each in [0, 2^31); `left` and `right` as in `Split`."""

    view: int
    categories: tuple[int, ...]
    left: int
    right: int


TreeNode: TypeAlias = Split | CategorySplit


@dataclass(frozen=True, slots=True)
class Tree:
    """`nodes[0]` is the root; a tree of one leaf has no nodes. Leaves are numbered from 0."""

    nodes: tuple[TreeNode, ...]
    leaves: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Forest:
    """`inputs` names the inputs in order; `name` is the registry's name of the model; `base` has one start for each
    output (none given: 0.0 for all)."""

    name: str
    inputs: tuple[str, ...]
    views: tuple[View, ...]
    trees: tuple[Tree, ...]
    outputs: int = 1
    base: tuple[float, ...] = ()
    summation: Summation = Summation.FLOAT64

    @property
    def starts(self) -> tuple[float, ...]:
        """What the sum of each output starts from."""
        return self.base or (0.0,) * self.outputs
