"""Failure drills: faults and attacks on the real worker, and whether every shopper still got a valid outcome."""

from infra.drills.drill import Drill, Found, Phase, Trial
from infra.drills.place import Place, open_place
from infra.drills.report import COLUMNS, NUMBERS, document_bytes, rows, summary
from infra.drills.run import run_drills
from infra.drills.shop import shop_registry
from infra.drills.table import DRILLS

__all__ = [
    "COLUMNS",
    "DRILLS",
    "NUMBERS",
    "Drill",
    "Found",
    "Phase",
    "Place",
    "Trial",
    "document_bytes",
    "open_place",
    "rows",
    "run_drills",
    "shop_registry",
    "summary",
]
