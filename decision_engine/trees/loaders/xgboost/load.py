"""XGBoost's models as `Booster.save_model` of releases 1 to 3 writes them, JSON or UBJSON, in the canonical form.

Raw scores equal `Booster.predict(DMatrix, output_margin=True)` bit for bit: float32 comparisons, and float32 sums that
start from the base score. A dart model's trees have weights: each leaf is multiplied by its tree's in float32 before it
is added. (`inplace_predict` adds dart's trees in another way.) A file of an older release counts as XGBoost 3.2 reads
it.

A file that the scikit-learn interface saved after early stopping is loaded up to its best iteration, which is what
`predict` of that interface uses; a file of `Booster.save_model` is loaded whole, as `Booster.predict` uses it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import Forest, Summation, Tree
from decision_engine.trees.loaders.loaded import LoadedModel
from decision_engine.trees.loaders.nodes import check_sums
from decision_engine.trees.loaders.views import Views
from decision_engine.trees.loaders.xgboost._base import LINKS, read_starts
from decision_engine.trees.loaders.xgboost._document import Section, damaged, found, read_document
from decision_engine.trees.loaders.xgboost._levels import read_levels
from decision_engine.trees.loaders.xgboost._tree import read_tree
from decision_engine.trees.loaders.xgboost._ubjson import SAVE_AGAIN

MAX_INPUTS = 100_000
MAX_OUTPUTS = 10_000
MAX_TREES = 100_000

MAX_NODES = 500_000
"""The most nodes of all trees together, of which an edge can run a small part."""

_LARGEST_SUM = 2.0**127
"""Half of what float32 can hold: rounding cannot carry a sum from below it to infinity."""


def load_file(content: bytes, name: str) -> LoadedModel:
    """The model in a file, called `name` in the registry. Raises ModelError for a damaged or unsupported one."""
    document = read_document(content)
    learner = document.section("learner")
    _check_version(document)
    gradient_booster = learner.section("gradient_booster")
    model = _read_booster(gradient_booster).section("model")
    parameters = learner.section("learner_model_param")
    outputs = max(1, *(parameters.count(key, 0, MAX_OUTPUTS, default=0) for key in ("num_class", "num_target")))
    inputs = _read_inputs(learner, parameters)
    objective = learner.section("objective").text("name")
    link = LINKS.get(objective)
    if link is None:
        message = f"expected an objective of XGBoost, found {found(objective)}"
        raise ModelError("unknown-objective", message, help=f"known are: {', '.join(sorted(LINKS))}")
    views = Views()
    sections = _read_sections(model)
    kept = _kept_trees(learner, model, len(sections), outputs)
    classes = _read_classes(model, len(sections), outputs)
    weights = _read_weights(gradient_booster, len(sections))
    trees = [read_tree(*pair, len(inputs), views) for pair in zip(sections[:kept], weights[:kept], strict=True)]
    starts = read_starts(parameters, link, outputs)
    arranged = _arrange(trees, classes[:kept], outputs)
    check_sums(arranged, starts, _LARGEST_SUM)
    return LoadedModel(
        forest=Forest(name, inputs, views.all(), arranged, outputs, starts, Summation.FLOAT32),
        trainer="xgboost",
        objective=objective,
        link=link,
        levels=read_levels(model, len(inputs)),
    )


def _check_version(document: Section) -> None:
    version = document.integers("version", 3)
    if not 1 <= version[0] <= 3:
        text = ".".join(map(str, version))
        message = f"expected a model of XGBoost 1, 2 or 3, found version `{text}`"
        raise ModelError("unsupported-version", message, help="load and save the model again with XGBoost 3")


def _read_booster(section: Section) -> Section:
    """What holds the trees."""
    kind = section.text("name")
    if kind == "gbtree":
        return section
    if kind == "dart":
        return section.section("gbtree")
    if kind == "gblinear":
        message = "expected trees (`gbtree` or `dart`), found the linear model `gblinear`"
        raise ModelError("not-trees", message, help='train with `booster="gbtree"`')
    raise damaged(f"expected `gbtree` or `dart` at `{section.at('name')}`, found {found(kind)}")


def _read_weights(section: Section, trees: int) -> list[float]:
    """Dart's weight of each tree; one for all trees of another booster."""
    if section.text("name") != "dart":
        return [1.0] * trees
    weights = section.floats("weight_drop", trees)
    for i, weight in enumerate(weights):
        if not math.isfinite(weight):
            raise damaged(f"expected a finite weight at `{section.at('weight_drop')}/{i}`, found `{weight}`")
    return weights


def _read_inputs(learner: Section, parameters: Section) -> tuple[str, ...]:
    """The features' names; XGBoost calls them f0, f1 and so on where training gave none."""
    count = parameters.count("num_feature", 0, MAX_INPUTS)
    names = learner.texts("feature_names")
    if not names:
        return tuple(f"f{i}" for i in range(count))
    if len(names) != count:
        message = f"expected {count} names at `{learner.at('feature_names')}`, found {len(names)}"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    again, times = Counter(names).most_common(1)[0]
    if times > 1:
        message = f"expected distinct feature names, found {found(again)} twice"
        raise ModelError("repeated-name", message, help="train with a name of its own for each feature")
    return tuple(names)


def _read_sections(model: Section) -> list[Section]:
    sections = model.sections("trees")
    if not sections:
        raise ModelError("no-trees", "expected at least one tree, found none", help="train at least one iteration")
    declared = model.section("gbtree_model_param").count("num_trees", 0, 1 << 31)
    if declared != len(sections):
        message = f"expected {declared} trees at `{model.at('trees')}`, found {len(sections)}"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    if len(sections) > MAX_TREES:
        message = f"expected at most {MAX_TREES:,} trees, found {len(sections):,}"
        raise ModelError("model-too-large", message, help="train fewer trees")
    nodes = sum(len(section.integers("left_children")) for section in sections)
    if nodes > MAX_NODES:
        message = f"expected at most {MAX_NODES:,} nodes in all trees, found {nodes:,}"
        raise ModelError("model-too-large", message, help="train fewer trees, or shallower ones")
    return sections


def _read_classes(model: Section, trees: int, outputs: int) -> list[int]:
    """The output that each tree belongs to."""
    classes = model.integers("tree_info", trees)
    for i, output in enumerate(classes):
        if not 0 <= output < outputs:
            message = f"expected an output from 0 to {outputs - 1} at `{model.at('tree_info')}/{i}`, found {output}"
            raise ModelError("out-of-range", message, help=SAVE_AGAIN)
    return classes


def _kept_trees(learner: Section, model: Section, trees: int, outputs: int) -> int:
    """How many of the first trees `predict` uses."""
    attributes = learner.section("attributes") if learner.has("attributes") else Section({}, learner.at("attributes"))
    if not (attributes.has("best_iteration") and attributes.has("scikit_learn")):
        return trees
    parallel = max(1, model.section("gbtree_model_param").count("num_parallel_tree", 0, 1 << 31, default=1))
    best = attributes.count("best_iteration", 0, 1 << 31)
    kept = (best + 1) * outputs * parallel
    if model.has("iteration_indptr"):
        ends = model.integers("iteration_indptr")
        kept = ends[best + 1] if best + 1 < len(ends) else kept
    if not 0 < kept <= trees:
        message = f"expected `{attributes.at('best_iteration')}` within the {trees} trees, found {best}"
        raise ModelError("out-of-range", message, help=SAVE_AGAIN)
    return kept


def _arrange(trees: Sequence[Tree], classes: Sequence[int], outputs: int) -> tuple[Tree, ...]:
    """The trees so that trees[i] belongs to output i % outputs, those of each output in their order.

    A random forest has several trees of an output one after the other (`num_parallel_tree`). An output with fewer trees
    than another gets trees of one leaf, -0.0, which leave every sum as it is.
    """
    columns: list[list[Tree]] = [[] for _ in range(outputs)]
    for tree, output in zip(trees, classes, strict=True):
        columns[output].append(tree)
    if (count := max(map(len, columns)) * outputs) > MAX_TREES:
        message = f"expected at most {MAX_TREES:,} trees when each output has as many, found {count:,}"
        raise ModelError("model-too-large", message, help="train fewer trees")
    return tuple(tree for row in zip_longest(*columns, fillvalue=Tree((), (-0.0,))) for tree in row)
