"""Trains the models of this folder anew, and writes LightGBM's own scores of hostile rows to ../trees/.

    python -m tests.conformance.models.train

Run it only to add a model: another version of LightGBM may train other trees. Every model reads x and y (numbers)
and c (a category).
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import lightgbm
import numpy as np

from decision_engine.trees import load_lightgbm
from tests.trees.models import Floats, Parameters, hostile_rows, oracle

FOLDER = Path(__file__).resolve().parent
TREES = FOLDER.parent / "trees"
EVERY = 6  # of 500 rows, from hostile ones to usual ones
INPUTS = ["x", "y", "c"]

MODELS: dict[str, tuple[str, Parameters]] = {
    "regression": ("Missing values are NaN; one category set.", {"objective": "regression"}),
    "binary": ("A logistic objective with sigmoid 0.7.", {"objective": "binary", "sigmoid": 0.7}),
    "forest": (
        "A random forest: the scores are divided by the number of trees.",
        {"objective": "binary", "boosting": "rf", "bagging_fraction": 0.6, "bagging_freq": 1},
    ),
    "multiclass": ("Three scores, one for each class.", {"objective": "multiclass", "num_class": 3}),
    "zero_is_missing": ("Zero, in its narrow band, is missing.", {"objective": "regression", "zero_as_missing": True}),
    "no_missing": ("Nothing is missing: NaN counts as zero.", {"objective": "regression", "use_missing": False}),
    "dart": ("Trees with weights of their own.", {"objective": "binary", "boosting": "dart", "drop_rate": 0.5}),
    "single_leaf": ("One leaf and no split.", {"objective": "regression", "min_data_in_leaf": 10_000}),
    "wide": (
        "More than 64 leaves and 64 categories.",
        {"objective": "regression", "num_leaves": 90, "num_iterations": 2, "max_cat_threshold": 100},
    ),
}


def main() -> None:
    """Write all models and their scores."""
    for number, (name, (description, parameters)) in enumerate(MODELS.items()):
        rng = np.random.default_rng([7, number])
        features = random_features(rng, 200 if name == "wide" else 9)
        text = _train(rng, features, parameters)
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
        rows = hostile_rows(rng, load_lightgbm(text, name).forest, features)[::EVERY]
        (TREES / f"{name}.json").write_text(
            cases_text(f"{name}.txt", description, rows, oracle(text, rows)), encoding="utf-8"
        )


def random_features(rng: np.random.Generator, categories: int) -> Floats:
    """600 rows of x, y and c, some missing."""
    count = 600
    features = np.column_stack(
        [
            rng.normal(size=count).round(2),
            rng.exponential(50.0, count).round() * (rng.random(count) < 0.7),
            rng.integers(0, categories, count).astype(float),
        ]
    )
    features[rng.random(features.shape) < 0.1] = np.nan
    return features


def labels_of(rng: np.random.Generator, features: Floats, objective: str) -> Floats:
    """A noisy function of the features: a number, or the class of `binary` and `multiclass`."""
    filled = np.nan_to_num(features, nan=0.4)
    signal = np.sin(filled[:, 0] * 2) + (filled[:, 1] > 40) + np.sin(filled[:, 2] * 12.9)
    signal += rng.normal(scale=0.2, size=len(signal))
    rank = signal.argsort().argsort() / len(signal)
    if objective == "binary":
        return (rank > 0.6).astype(float)
    return np.floor(rank * 3) if objective == "multiclass" else signal


def cases_text(file: str, description: str, rows: Floats, scores: Floats) -> str:
    """A file of `trees/`."""
    lines = [
        f'    {{"row": {json.dumps(_bits(row))}, "scores": {json.dumps(_bits(found))}}}'
        for row, found in zip(rows.tolist(), scores.tolist(), strict=True)
    ]
    head = {"description": description, "model": f"models/{file}", "inputs": INPUTS}
    members = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items())
    return "{\n" + members + '  "cases": [\n' + ",\n".join(lines) + "\n  ]\n}\n"


def _train(rng: np.random.Generator, features: Floats, parameters: Parameters) -> str:
    labels = labels_of(rng, features, str(parameters["objective"]))
    fixed: Parameters = {"verbosity": -1, "num_threads": 1, "deterministic": True, "seed": 3, "num_leaves": 6}
    fixed |= {
        "min_data_in_leaf": 4,
        "learning_rate": 0.4,
        "num_iterations": 4,
        "min_data_per_group": 2,
        "cat_smooth": 1,
    }
    dataset = lightgbm.Dataset(features, labels, feature_name=INPUTS, categorical_feature=[2], free_raw_data=False)
    return str(lightgbm.train({**fixed, **parameters}, dataset).model_to_string())


def _bits(values: list[float]) -> list[str]:
    return [struct.pack(">d", value).hex() for value in values]


if __name__ == "__main__":
    main()
