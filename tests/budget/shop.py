"""A small shop whose one model was trained on the sessions beside it: a registry, a map and a table of sessions."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
import math
from pathlib import Path
from random import Random
from typing import Any

import lightgbm
import numpy as np

ROWS = 900
INPUTS = ("Pages", "Seconds", "Bounce", "Source")
SOURCES = ("mail", "search", "social", "direct")
PARAMETERS: dict[str, object] = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.1,
    "min_data_in_leaf": 10,
    "seed": 3,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
TREES = 30
MAP: dict[str, Any] = {
    "at": {"const": "2026-03-02T10:00:00Z"},
    "request": {
        "units.visitor_id": {"template": "v{row}"},
        "session.pages": {"column": "Pages", "as": "number"},
        "session.seconds": {"column": "Seconds", "as": "number"},
        "session.bounce": {"column": "Bounce", "as": "number"},
        "session.source": "Source",
    },
}


def sessions(count: int = ROWS, seed: int = 1) -> list[dict[str, str]]:
    """Rows of text, some cells empty; `Bought` depends on the rest and on chance."""
    random = Random(seed)
    rows = []
    for _ in range(count):
        pages, source = random.randint(0, 40), random.choice(SOURCES)
        seconds = round(pages * random.uniform(1, 60), 2)
        bounce = None if random.random() < 0.1 else round(random.random() * 0.2, 4)
        lean = 0.08 * pages - 9 * (bounce or 0.1) + (1.2 if source == "mail" else 0) - 1.4 + math.sin(seconds / 90)
        bought = random.random() < 1 / (1 + math.exp(-lean))
        rows.append(
            {
                "Pages": str(pages),
                "Seconds": str(seconds),
                "Bounce": "" if bounce is None else str(bounce),
                "Source": source,
                "Bought": "yes" if bought else "no",
            }
        )
    return rows


def matrix(rows: list[dict[str, str]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The model's inputs, read independently of the code under test."""
    cells = [
        [float(row[name]) if row[name] else math.nan for name in INPUTS[:3]] + [float(SOURCES.index(row["Source"]))]
        for row in rows
    ]
    return np.array(cells)


def labels(rows: list[dict[str, str]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array([row["Bought"] == "yes" for row in rows])


def table(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@functools.cache
def model_text() -> str:
    rows = sessions()
    data = lightgbm.Dataset(
        matrix(rows), labels(rows), feature_name=list(INPUTS), categorical_feature=[3], params=PARAMETERS
    )
    text: str = lightgbm.train(PARAMETERS, data, TREES).model_to_string()
    return text


def registry(card: dict[str, Any] | None = None) -> dict[str, Any]:
    features = {name: {"type": "number", "from": f"session.{name}"} for name in ("pages", "seconds", "bounce")}
    return {
        "features": {**features, "source": {"type": "category", "from": "session.source", "values": list(SOURCES)}},
        "models": {
            "intent": {
                "format": "lightgbm",
                "file": "intent.txt",
                "inputs": {
                    "Pages": "pages",
                    "Seconds": "seconds",
                    "Bounce": "bounce",
                    "Source": {"feature": "source", "categories": list(SOURCES)},
                },
                "output": "probability",
                "training": card or {},
            }
        },
        "cohorts": {
            "likely": {"model": "intent", "at_least": 0.6},
            "unlikely": {"model": "intent", "below": 0.2},
        },
        "payloads": {name: {"value": {"title": name * 5}} for name in ("a", "b", "c")},
        "decisions": {
            "banner": {"rules": [{"if": {"cohort": "likely"}, "show": "a"}], "otherwise": "b"},
            "nudge": {"rules": [{"if": {"cohort": "unlikely"}, "show": "c"}], "otherwise": "b"},
            "static": {"rules": [], "otherwise": "a"},
        },
    }


def write_shop(folder: Path, *, seen: bool = False) -> Path:
    """Write registry, map and table into a folder; gives the registry's. `seen`: the card names the table's digest."""
    content = table(sessions())
    card = {"data_digest": f"sha256:{hashlib.sha256(content).hexdigest()}"} if seen else None
    place = folder / "registry"
    place.mkdir(parents=True)
    (place / "registry.json").write_text(json.dumps(registry(card)), encoding="utf-8")
    (place / "intent.txt").write_text(model_text(), encoding="utf-8")
    (folder / "map.json").write_text(json.dumps(MAP), encoding="utf-8")
    (folder / "sessions.csv").write_bytes(content)
    return place
