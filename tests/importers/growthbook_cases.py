"""GrowthBook's own cases (data/growthbook/cases.json) as imported registries."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from decision_engine.importing import EngineSemantics
from feature_registry.importers.growthbook import Options, import_growthbook
from feature_registry.importers.report import Report
from tests.importers.runner import Imported, text_of_id

CASES = json.loads((Path(__file__).parent / "data" / "growthbook" / "cases.json").read_text(encoding="utf-8"))
SEMANTICS = EngineSemantics()
NOT_CARRIED = "not carried"


def imported(document: dict[str, Any], **options: bool) -> tuple[dict[str, Any], Report]:
    """The registry and the report of a document."""
    found, report = import_growthbook("cases.json", json.dumps(document).encode(), SEMANTICS, Options(**options))
    return dict(found), report


def request_of(attributes: dict[str, Any], report: Report, url: str = "") -> dict[str, Any]:
    """The request of a visitor, as docs/importing.md says."""
    units = {name: text_of_id(attributes.get(attribute)) for attribute, name in report.units.items()}
    request: dict[str, Any] = {"attributes": attributes, "units": {k: v for k, v in units.items() if v is not None}}
    if url:
        parts = urlsplit(url)
        pairs = [pair.partition("=") for pair in parts.query.split("&") if pair]
        request["query"] = {key: value for key, _, value in reversed(pairs)}
        request["page"] = {
            "url": url,
            "relative": url[url.index(parts.netloc) + len(parts.netloc) :] if parts.netloc else url,
            "host": parts.netloc,
            "path": parts.path or "/",
            "hash": f"#{parts.fragment}" if parts.fragment else "",
        }
    return request


def all_cases(section: str) -> Iterator[tuple[str, Imported | str | None]]:
    """(name, imported registry with the case; or the reason why it is not carried over)."""
    yield from _SECTIONS[section]()


def _context(
    document: dict[str, Any], attributes: dict[str, Any], key: str, expected: object, name: str, **more: Any
) -> tuple[str, Imported | str]:
    url, extra, options = more.get("url", ""), more.get("extra", {}), more.get("options", {})
    found, report = imported(document, **options)
    if key not in report.decisions:
        reasons = [one.reason for one in report.left_out]
        return name, f"{NOT_CARRIED}: {'; '.join(reasons)}"
    request = {**request_of(attributes, report, url), **extra}
    result = Imported(found, [(name, report.decisions[key], request, expected)])
    if "is_default" in more:
        result.defaults[name] = more["is_default"]
    return name, result


def _conditions() -> Iterator[tuple[str, Imported | str]]:
    for index, (name, condition, attributes, expected, *groups) in enumerate(CASES["evalCondition"]):
        feature = {"defaultValue": False, "rules": [{"force": True, "condition": condition}]}
        document = {"features": {"f": feature}, "savedGroups": groups[0] if groups else {}}
        yield _context(document, attributes, "f", expected, f"{index} {name}")


def _features() -> Iterator[tuple[str, Imported | str | None]]:
    for index, (name, context, key, expected) in enumerate([*CASES["feature"]]):
        yield _feature(f"{index} {name}", context, key, expected)


def _bandits() -> Iterator[tuple[str, Imported | str | None]]:
    for index, (name, context, key, expected) in enumerate(CASES["contextualBandit"]):
        yield _feature(f"{index} {name}", context, key, expected)


def _feature(
    name: str, context: dict[str, Any], key: str, expected: dict[str, Any]
) -> tuple[str, Imported | str | None]:
    document = {k: v for k, v in context.items() if k not in ("attributes", "url")}
    document.setdefault("features", {})
    if expected["source"] == "unknownFeature":
        assert key not in imported(document)[1].decisions  # a decision that does not exist is refused by every host
        return name, None
    url, is_default = context.get("url", ""), expected["source"] == "defaultValue"
    value = expected["value"]
    return _context(document, context.get("attributes", {}), key, value, name, url=url, is_default=is_default)


def _runs() -> Iterator[tuple[str, Imported | str]]:
    for index, (name, context, experiment, value, is_in, _) in enumerate(CASES["run"]):
        document = {k: v for k, v in context.items() if k not in ("attributes", "url")}
        document["experiments"] = [experiment]
        key, title = f"experiment {experiment['key']}", f"{index} {name}"
        url = context.get("url", "")
        yield _context(document, context["attributes"], key, value, title, url=url, is_default=not is_in)


def _sticky() -> Iterator[tuple[str, Imported | str]]:
    for index, (name, context, documents, key, expected, _) in enumerate(CASES["stickyBucket"]):
        rule = context["features"][key]["rules"][0]
        assignments: dict[str, str] = {}
        for attribute in (rule.get("fallbackAttribute"), rule.get("hashAttribute", "id")):
            for one in documents:
                if one["attributeName"] == attribute and one["attributeValue"] == context["attributes"].get(attribute):
                    assignments |= one["assignments"]
        document = {"features": context["features"]}
        extra, options = {"sticky": assignments}, {"sticky": True}
        wanted = expected["value"] if expected is not None else context["features"][key]["defaultValue"]
        yield _context(document, context["attributes"], key, wanted, f"{index} {name}", extra=extra, options=options)


def _redirects() -> Iterator[tuple[str, Imported | str]]:
    for index, (name, context, expected) in enumerate(CASES["urlRedirect"]):
        for number, wanted in enumerate(expected):
            document = {"experiments": context["experiments"]}
            key = f"experiment {context['experiments'][number]['key']}"
            value = {"urlRedirect": wanted["urlWithParams"]} if wanted["urlWithParams"] else {}
            title = f"{index} {name} {number}"
            yield _context(document, context["attributes"], key, value, title, url=context["url"])


def _namespaces() -> Iterator[tuple[str, Imported | str]]:
    for index, (name, value, namespace, expected) in enumerate(CASES["inNamespace"]):
        rule = {"variations": [True, 0], "ranges": [[0, 1], [1, 1]], "namespace": namespace}
        document = {"features": {"f": {"defaultValue": False, "rules": [rule]}}}
        yield _context(document, {"id": value}, "f", expected, f"{index} {name}")


def _overrides() -> Iterator[tuple[str, Imported | str]]:
    for index, (name, key, url, count, expected) in enumerate(CASES["getQueryStringOverride"]):
        rule = {"key": key, "variations": list(range(count)), "hashVersion": 99}
        document = {"features": {"f": {"defaultValue": None, "rules": [rule]}}}
        yield _context(document, {"id": "1"}, "f", expected, f"{index} {name}", url=url)


def _hashes() -> Iterator[tuple[str, Imported | str]]:
    """The place lies in the range that begins with the value expected, and holds nothing else."""
    for index, (seed, value, version, expected) in enumerate(CASES["hash"]):
        low = 0.0 if expected is None else expected
        bounds = [low, 1 if expected is None else math.nextafter(low, 1)]
        rule = {"force": True, "seed": seed or "x", "hashVersion": version, "range": bounds}
        if not seed:  # a rule without a seed takes the feature's key, so the empty one is a filter's
            filters = [{"seed": "", "hashVersion": version, "ranges": [bounds]}]
            rule = {"force": True, "filters": filters}
        document = {"features": {"f": {"defaultValue": False, "rules": [rule]}}}
        yield _context(document, {"id": value}, "f", expected is not None, f"{index} {seed} {value} {version}")


_SECTIONS = {
    "evalCondition": _conditions,
    "feature": _features,
    "run": _runs,
    "stickyBucket": _sticky,
    "urlRedirect": _redirects,
    "contextualBandit": _bandits,
    "inNamespace": _namespaces,
    "getQueryStringOverride": _overrides,
    "hash": _hashes,
}
SECTIONS = tuple(_SECTIONS)
