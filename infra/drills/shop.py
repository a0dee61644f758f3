"""The example shop with every stage of the request path switched on: what drills run by default."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from decision_engine.operators import SIGNATURES
from feature_registry import Registry, load

SHOP = Path(__file__).resolve().parents[2] / "examples" / "online_shop" / "registry"

POLICIES: Mapping[str, Mapping[str, Any]] = {
    "profile": {
        "description": "Loyalty and interests come in a signed token, or else from the edge's KV.",
        "owner": "crm",
        "tenant": "shop",
        "groups": {"crm": {"features": ["loyalty", "interests"], "ttl": "1h"}},
        "store": {"timeout": "20ms"},
        "sticky": {},
    },
    "hybrid": {
        "description": "The cloud may order the offers anew.",
        "owner": "data-science",
        "breaker": {"pause": "200ms", "longest_pause": "1s"},
    },
    "delivery": {
        "description": "The banner and the offers stand in slots; the origin's cache may know the banner.",
        "owner": "web",
        "slots": {
            "home_hero": {"decision": "home_hero", "html": '<a href="{link}"><h2>{title}</h2></a>'},
            "offers": {
                "decision": "offers",
                "html": '<li><a href="{link}">{title}</a></li>',
                "frame": "<ul>{items}</ul>",
            },
        },
        "hydrate": ["greeting"],
        "segment": {"decisions": ["home_hero", "greeting", "offers"]},
        "preview": {},
    },
    "records": {
        "description": "What the dashboards are made of.",
        "owner": "data-science",
        "sampling": {"decisions": 1, "readings": 1},
        "flush_after": "1s",
    },
}
"""The policies that the example does not have; each switches a stage on."""

GATE: Mapping[str, Any] = {
    "places": {"AT": "opt_out"},  # within the home market, so that who may be known takes part in experiments
    "gpc_since": "2026-11-21",
    "groups": {
        "cookie": "OptanonConsent",
        "purposes": {"storage": ["C0003"], "personalisation": ["C0003", "C0004"], "analytics": ["C0002"]},
    },
}


def shop_registry() -> Registry:
    """The example shop with all stages."""
    with tempfile.TemporaryDirectory(prefix="edgewise-drill-") as name:
        folder = Path(name, "registry")
        shutil.copytree(SHOP, folder)
        _change(folder / "policies.json", _with_policies)
        _change(folder / "decisions.json", _with_asking)
        return load(folder, SIGNATURES)


def _change(path: Path, change: Any) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def _with_policies(document: dict[str, Any]) -> None:
    document["policies"]["consent"]["gate"] = GATE
    document["policies"] |= POLICIES


def _with_asking(document: dict[str, Any]) -> None:
    """Let the ranking of offers ask the cloud; what asks is then no decision that works offline."""
    offers = document["decisions"]["offers"]
    offers["needs"] = {"latency": "150ms"}
    for rule in offers["rules"]:
        if rule.get("top", 1) > 1:
            rule["unsure"] = {"ask": "cloud", "within": "80ms"}
