"""The shared cases of delivery, and both implementations of what they hold."""

import json
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from decision_engine.hosts.python.delivery import Delivery, Item, Plan, Replacement, Shown, read_preview
from decision_engine.hosts.python.delivery.escape import (
    encode_part,
    escape_html,
    escape_script,
    is_safe_url,
    is_site_path,
)
from decision_engine.hosts.python.delivery.headers import About, answer_headers, edit_problem, merge_vary
from decision_engine.hosts.python.delivery.slots import edit_change, slot_html
from decision_engine.hosts.python.delivery.vary import read_vary
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.tables import tables
from feature_registry import load

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "conformance" / "delivery"
REGISTRY = ROOT / "tests" / "edge" / "delivery" / "registry.json"
PAGE = {
    "content-type": "text/html",
    "cache-control": "public, max-age=60",
    "vary": "Accept-Encoding",
    "etag": '"1"',
}


def load_cases(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((CASES / name).read_text(encoding="utf-8"))["cases"]
    return cases


@cache
def page_tables() -> dict[str, Any]:
    """The tables of the registry that the cases of pages are about."""
    found: dict[str, Any] = json.loads(json.dumps(tables(compile_program(load(REGISTRY, SIGNATURES), edge_only=True))))
    found["registry"] = "sha256:0123456789abcdef"
    return found


@cache
def delivery() -> Delivery:
    found: Any = page_tables()
    return Delivery(found["service"]["delivery"], found)


def run_node(operations: list[dict[str, Any]]) -> list[Any]:
    """The JavaScript implementation's answer to each operation."""
    lines = "".join(json.dumps(operation) + "\n" for operation in operations)
    command = [shutil.which("node") or "node", Path(__file__).parent / "runner.mjs"]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(operations)
    return answers


def run_python(case: dict[str, Any]) -> Any:
    """The Python implementation's answer to an operation, as JSON has it."""
    name = next(name for name in _OPERATIONS if name in case)
    return json.loads(json.dumps(_OPERATIONS[name](case)))


def _shown(given: dict[str, Any]) -> Shown:
    items = given["items"]
    listed = None if items is None else tuple(Item(one["key"], one["payload"]) for one in items)
    return Shown(given["outcome"], given["payload"], listed, given.get("tail", ""))


def _token(case: dict[str, Any]) -> Any:
    found = read_preview(case["token"], _keys(case), case["at"])
    return {"forced": [one._asdict() for one in found.forced], "refused": found.refused}


def _keys(case: dict[str, Any]) -> dict[str, bytes]:
    return {name: key.encode() for name, key in case.get("keys", {}).items()}


def _edit(case: dict[str, Any]) -> Any:
    change = edit_change(case["edit"], _shown(case["shown"]))
    return None if change is None else {"text": change.text, "attributes": change.attributes}


def _about(case: dict[str, Any]) -> Any:
    about = case["about"]
    given = About(
        about["cache"], about["isEdited"], about["token"], about["header"], about["vary"], about["downstream"]
    )
    return answer_headers(given, case["headers"].get)


def _plan(case: dict[str, Any]) -> Any:
    given = case["plan"]
    preview = delivery().force(case["token"], _keys(case), case["at"]) if "token" in case else None
    replaced = {number: Replacement(**one) for number, one in given.get("replaced", ())}
    cookie = given.get("cookie")
    plan = delivery().plan(given["target"], given["codes"], replaced=replaced, preview=preview, cookie=cookie)
    return _shown_plan(plan)


def _shown_plan(plan: Plan) -> dict[str, Any]:
    return {
        "redirect": plan.redirect,
        "target": plan.target,
        "token": plan.token,
        "to_origin": plan.to_origin,
        "slots": [(name, plan.slot(name)) for name in (*delivery().slots, "unknown", "__proto__")],
        "edits": [(selector, change.text, change.attributes) for selector, change in plan.edits()],
        "data": plan.data(),
        "problem": plan.problem(200, PAGE.get),
        "edited": plan.headers(PAGE.get, is_edited=True),
        "untouched": plan.headers(PAGE.get, is_edited=False),
        "redirect_headers": None if plan.redirect is None else plan.redirect_headers(),
    }


def _read(case: dict[str, Any]) -> Any:
    return dict(zip(("decide", "origin", "preview"), delivery().read(case["read"]), strict=True))


_OPERATIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "html": lambda case: escape_html(case["html"]),
    "attribute": lambda case: escape_html(case["attribute"]),
    "script": lambda case: escape_script(case["script"]),
    "part": lambda case: encode_part(case["part"]),
    "url": lambda case: is_safe_url(case["url"]),
    "path": lambda case: is_site_path(case["path"]),
    "slot": lambda case: slot_html(case["slot"], _shown(case["shown"])),
    "edit": _edit,
    "plan": _plan,
    "token": _token,
    "vary": lambda case: merge_vary(case["vary"], case["names"]),
    "problem": lambda case: edit_problem(
        case["problem"], case["headers"].get, case["longest"], is_decoded=case["decoded"]
    ),
    "about": _about,
    "reads": lambda case: read_vary(case["reads"]),
    "is_page": lambda case: delivery().is_page(*case["is_page"][:2], case["is_page"][2].get),
    "destination": lambda case: delivery().conditional_headers(case["destination"]),
    "read": _read,
}
