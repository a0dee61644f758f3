"""Train the purchase-intent model of the example shop, and write it and its model card into the registry.

    python examples/online_shop/train.py              train; print the metrics; write the model, its card and the figure
    python examples/online_shop/train.py --search     print the metrics of other sizes; write nothing

`PageValues` is left out: it is computed from transactions, and so knows the answer. The same lightgbm version writes
the same bytes each time: one thread, fixed seeds, row-wise histograms. Metrics are out of fold: each session is scored
by a model that has not seen it (5 stratified folds, all sessions pooled).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

HERE = Path(__file__).resolve().parent
DATA = HERE / "data" / "online_shoppers_intention.csv"
REGISTRY = HERE / "registry"
FIGURE = HERE / "purchase_intent.png"
MODEL = "models/purchase_intent.txt"
CARD = "models.json"

LABEL = "Revenue"
NUMBERS = (
    "Administrative",
    "Administrative_Duration",
    "Informational",
    "Informational_Duration",
    "ProductRelated",
    "ProductRelated_Duration",
    "BounceRates",
    "ExitRates",
    "SpecialDay",
)
BOOLS = ("Weekend",)
# The order is the encoding: the model sees the position in the list. The registry repeats it as `categories`.
CATEGORIES = {
    "Month": ("Feb", "Mar", "May", "June", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "VisitorType": ("Returning_Visitor", "New_Visitor", "Other"),
    "TrafficType": tuple(str(code) for code in range(1, 21)),
}
INPUTS = [*NUMBERS, *BOOLS, *CATEGORIES]

FOLDS = 5
TREES = 80
PARAMETERS: dict[str, object] = {
    "objective": "binary",
    "num_leaves": 31,
    "learning_rate": 0.05,
    "min_data_in_leaf": 140,
    "lambda_l2": 5.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "cat_smooth": 20.0,
    "min_data_per_group": 50,
    "seed": 468,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
# Trees, leaves, fewest sessions in a leaf.
SEARCH = [
    (60, 31, 100),
    (80, 16, 60),
    (80, 24, 100),
    (80, 31, 100),
    (80, 31, 140),
    (100, 12, 80),
    (100, 16, 100),
    (100, 31, 100),
]

Floats = NDArray[np.float64]


def main() -> None:
    """Read the arguments, train, write."""
    parser = argparse.ArgumentParser(description="Train the purchase-intent model of the example shop.")
    parser.add_argument("--search", action="store_true", help="compare sizes by cross-validation, and write nothing")
    parser.add_argument(
        "--out", type=Path, default=REGISTRY, help="the registry folder to write into (default: the example's)"
    )
    parser.add_argument("--no-figure", action="store_true", help="leave the figure as it is")
    arguments = parser.parse_args()
    rows, labels = read_sessions(DATA)
    if arguments.search:
        search(rows, labels)
        return
    scores = out_of_fold(rows, labels, PARAMETERS, TREES)
    metrics = measure(labels, scores)
    print(f"{len(labels):,} sessions, {int(labels.sum()):,} with a purchase; {FOLDS} folds, out of fold:")
    for name, value in metrics.items():
        print(f"  {name:9} {value:.5f}")
    text = fit(rows, labels, PARAMETERS, TREES).model_to_string()
    write_model(arguments.out, text, metrics, len(labels))
    if not arguments.no_figure:
        draw(labels, scores, metrics["auc"], FIGURE)
        print(f"wrote {FIGURE}")


def read_sessions(path: Path) -> tuple[Floats, Floats]:
    """The model's inputs, one row a session in the order of INPUTS, and the labels (1 = purchase)."""
    with path.open(encoding="utf-8", newline="") as file:
        sessions = list(csv.DictReader(file))
    rows = np.array([list(_inputs(session)) for session in sessions], dtype=np.float64)
    return rows, np.array([session[LABEL] == "TRUE" for session in sessions], dtype=np.float64)


def fit(rows: Floats, labels: Floats, parameters: dict[str, object], trees: int) -> lightgbm.Booster:
    """A model of these sessions."""
    categories = [INPUTS.index(name) for name in CATEGORIES]
    data = lightgbm.Dataset(rows, labels, feature_name=INPUTS, categorical_feature=categories)
    return lightgbm.train(parameters, data, trees)


def out_of_fold(rows: Floats, labels: Floats, parameters: dict[str, object], trees: int) -> Floats:
    """The probability of each session, by the model of the other folds."""
    scores = np.zeros(len(labels))
    for others, own in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(rows, labels):
        scores[own] = fit(rows[others], labels[others], parameters, trees).predict(rows[own])
    return scores


def measure(labels: Floats, scores: Floats) -> dict[str, float]:
    """Area under the ROC curve, area under precision-recall (average precision), log loss in nats."""
    measured = {
        "auc": roc_auc_score(labels, scores),
        "pr_auc": average_precision_score(labels, scores),
        "log_loss": log_loss(labels, scores),
    }
    return {name: round(float(value), 5) for name, value in measured.items()}


def search(rows: Floats, labels: Floats) -> None:
    """Print the out-of-fold metrics of each size in SEARCH."""
    print("trees leaves  least      auc   pr_auc log_loss    bytes")
    for trees, leaves, least in SEARCH:
        parameters = {**PARAMETERS, "num_leaves": leaves, "min_data_in_leaf": least}
        metrics = measure(labels, out_of_fold(rows, labels, parameters, trees))
        size = len(fit(rows, labels, parameters, trees).model_to_string())
        print(
            f"{trees:5} {leaves:6} {least:6}  "
            + "  ".join(f"{value:.5f}" for value in metrics.values())
            + f" {size:8,}"
        )


def write_model(registry: Path, text: str, metrics: dict[str, float], rows: int) -> None:
    """Write the model file, and its digest, metrics and origin into the registry's model card where there is one."""
    path = registry / MODEL
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    print(f"wrote {path} ({len(text):,} bytes, {digest})")
    card = registry / CARD
    if not card.exists():
        return
    document = json.loads(card.read_text(encoding="utf-8"))
    model = document["models"]["purchase_intent"]
    model["digest"] = digest
    model["training"].update(
        data_digest=f"sha256:{hashlib.sha256(DATA.read_bytes()).hexdigest()}",
        rows=rows,
        metrics=metrics,
        trainer=f"lightgbm {lightgbm.__version__}, {Path(__file__).name}",
    )
    card.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {card}")


def draw(labels: Floats, scores: Floats, auc: float, path: Path) -> None:
    """Draw the ROC curve and the calibration by tenths of the sessions, out of fold."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from sklearn.calibration import calibration_curve
    from sklearn.metrics import roc_curve

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 4), layout="constrained")
    false_rate, true_rate, _ = roc_curve(labels, scores)
    left.plot(false_rate, true_rate, color="#1b5e8c")
    left.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=1)
    left.set(title=f"ROC, AUC {auc:.3f}", xlabel="other sessions scored higher", ylabel="purchases found")
    observed, predicted = calibration_curve(labels, scores, n_bins=10, strategy="quantile")
    right.plot([0, 0.5], [0, 0.5], color="#bbbbbb", linewidth=1)
    right.plot(predicted, observed, marker="o", color="#1b5e8c")
    right.set(
        title="Calibration by tenths of the sessions", xlabel="predicted probability", ylabel="share with a purchase"
    )
    figure.savefig(path, dpi=90, metadata={"Software": None})
    pyplot.close(figure)


def _inputs(session: dict[str, str]) -> Iterator[float]:
    for name in NUMBERS:
        yield float(session[name])
    for name in BOOLS:
        yield float(session[name] == "TRUE")
    for name, levels in CATEGORIES.items():
        yield float(levels.index(session[name]))


if __name__ == "__main__":
    main()
