"""Trains the XGBoost models of this folder anew, and writes XGBoost's own scores of hostile rows to ../trees/.

    python -m tests.conformance.models.train_xgboost

Run it only to add a model: another version of XGBoost may train other trees. The inputs are those of LightGBM's models.
"""

from __future__ import annotations

import numpy as np
import xgboost

from decision_engine.trees import LOADERS
from tests.conformance.models.train import EVERY, FOLDER, INPUTS, TREES, cases_text, labels_of, random_features
from tests.trees.models import Floats, Parameters, hostile_rows
from tests.trees.xgboost_models import usable, xgboost_oracle

MODELS: dict[str, tuple[str, Parameters]] = {
    "xgboost_binary.json": (
        "A logistic objective: float32 sums that start from the logit of the base score.",
        {"objective": "binary:logistic"},
    ),
    "xgboost_dart.ubj": (
        "Each tree has a weight, which multiplies its leaves as float32; a file in UBJSON.",
        {"objective": "reg:squarederror", "booster": "dart", "rate_drop": 0.5},
    ),
    "xgboost_multiclass.ubj": (
        "A random forest of three scores: two trees of a class stand one after the other.",
        {"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2, "subsample": 0.7},
    ),
    "xgboost_poisson.json": ("The start is the logarithm of the base score.", {"objective": "count:poisson"}),
}


def main() -> None:
    """Write all models and their scores."""
    for number, (file, (description, parameters)) in enumerate(MODELS.items()):
        rng = np.random.default_rng([8, number])
        features = random_features(rng, 9)
        content = _train(rng, features, parameters)
        (FOLDER / file).write_bytes(content)
        rows = usable(content, hostile_rows(rng, LOADERS["xgboost"](content, file).forest, features)[::EVERY])
        scores = xgboost_oracle(content, rows)
        name = file.rpartition(".")[0]
        (TREES / f"{name}.json").write_text(cases_text(file, description, rows, scores), encoding="utf-8")


def _train(rng: np.random.Generator, features: Floats, parameters: Parameters) -> bytes:
    kind = str(parameters["objective"]).partition(":")[0]
    labels = labels_of(rng, features, {"multi": "multiclass", "count": "multiclass"}.get(kind, kind))
    matrix = xgboost.DMatrix(
        features, labels, feature_names=INPUTS, feature_types=["q", "q", "c"], enable_categorical=True, nthread=1
    )
    fixed: Parameters = {"nthread": 1, "seed": 3, "verbosity": 0, "eta": 0.4, "max_depth": 3, "max_cat_to_onehot": 1}
    return bytes(xgboost.train({**fixed, **parameters}, matrix, 4).save_raw("json" if kind in _AS_JSON else "ubj"))


_AS_JSON = ("binary", "count")


if __name__ == "__main__":
    main()
