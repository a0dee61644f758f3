"""The code of the functions: the program between its host's pieces, long for people and short for the platform."""

from __future__ import annotations

import re
from pathlib import Path

from decision_engine.ir.nodes import Program
from decision_engine.targets.cloudfront import Emitted, emit_cloudfront, minify, needed_pieces
from decision_engine.targets.cloudfront.minify import is_call, places_of
from decision_engine.targets.cloudfront.runtime import LIBRARY
from decision_engine.targets.cloudfront.text import numbers, text
from decision_engine.targets.cloudfront.words import word_list
from decision_engine.targets.errors import TargetError
from functions.edge.cloudfront.features import emit_features
from functions.edge.cloudfront.switches import KEY_PLACEHOLDER

HEADER = "x-edgewise-"
"""What the names of all headers begin with that a function adds to a request."""
OBJECT_COOKIE = "edgewise"
"""The cookie whose value is the request's object (docs/reference/host.md, "Request") as JSON, percent-encoded."""
OWN_HEADERS = ("key", "leaves", "switches", "unit")
"""The headers beside those of decisions."""

_FOLDER = Path(__file__).parent
_IMPORTS = "import cf from 'cloudfront';\nimport crypto from 'crypto';\n"


def request_function(program: Program) -> str:
    """The readable code of the viewer-request function. Raises TargetError for what cannot be decided there."""
    _check_names(program)
    emitted = emit_cloudfront(program)
    before, features = emit_features(program, emitted.inputs)
    decide = f"{before}\nconst decide = request_id => {{\n{inline_once(features, emitted.body)}\n}};\n"
    own = "\n".join([emitted.forests, *_tables(program, emitted), decide])
    handler = _source("handler.js").replace("SWITCH_KEY", KEY_PLACEHOLDER)
    code = _share_words(own) + _handler_and_pieces(handler, own)
    return f"{_IMPORTS}{needed_pieces(_source('host.js') + LIBRARY, code)}{code}"


def response_function(program: Program) -> str | None:
    """The readable code of the viewer-response function; None when no cookie is ever set."""
    identity = program.identity
    if identity is None or not identity.set_cookie:
        return None
    attributes = f"Path=/; Max-Age={identity.max_age}; Secure; HttpOnly; SameSite=Lax"
    own = "\n".join(
        f"const {name} = {text(value)};"
        for name, value in (
            ("unit_name", identity.unit),
            ("identity_cookie", identity.cookie),
            ("cookie_attributes", attributes),
        )
    )
    handler = _source("response.js")
    pieces = needed_pieces(_source("host.js") + _before_handler(_source("handler.js")), handler)
    return f"{own}\n{pieces}\n{handler}"


def shorten(code: str, program: Program) -> str:
    """The code as it is deployed, with the registry's digest in front."""
    return f"// {program.registry[:23]}\n{minify(code)}\n"


def header_name(decision: str) -> str:
    """The end of the name of a decision's header: origins drop headers with an underscore."""
    return decision.replace("_", "-")


def token(program: Program) -> str:
    """What the cache key begins with: another registry never meets an earlier one's pages."""
    return program.registry.partition(":")[2][:8]


def experiments_of_leaves(program: Program) -> dict[int, str]:
    """The experiment of each leaf that shows one, by the number of the decision * 4096 and the leaf."""
    return {
        number * 4096 + code: leaf.experiment
        for number, decision in enumerate(program.decisions)
        for code, leaf in enumerate(decision.leaves)
        if leaf.experiment is not None
    }


def _tables(program: Program, emitted: Emitted) -> list[str]:
    names = " ".join(header_name(decision.name) for decision in program.decisions)
    tested = ", ".join(f"{key}: {text(name)}" for key, name in experiments_of_leaves(program).items())
    return [
        f'const names = {text(names)}.split(" ");',
        f"const payloads = {word_list(emitted.payloads)};",
        f"const leaves = [{', '.join(numbers(leaves) for leaves in emitted.leaves)}];",
        f"const neutral = {numbers(emitted.neutral)};",
        f"const token = {text(token(program))};",
        f"const tested = {{ {tested} }};",
    ]


def _share_words(code: str) -> str:
    """Several lists that are written as one text each call a function."""
    found = len(_WORDS.findall(code))
    return _WORDS.sub(r"words(\1)", code) if found >= _MANY else code


_WORDS = re.compile(r'("[^"\\]*")\.split\(" "\)')
_MANY = 4


def inline_once(definitions: list[str], body: str) -> str:
    """The statements before `body`; a call that one place reads stands there itself."""
    kept: list[str] = []
    rest = list(definitions)
    while rest:
        line = rest.pop(0)
        found = _DEFINITION.fullmatch(line)
        # `identify` names a new visitor, and so has to run whatever is decided.
        if found and is_call(found.group(2)) and not found.group(1).startswith("unit"):
            name, call = found.groups()
            if sum(len(places_of(one, name)) for one in [*rest, body]) == 1:
                rest = [_put(call, one, places_of(one, name)) for one in rest]
                body = _put(call, body, places_of(body, name))
                continue
        kept.append(line)
    return "\n".join([*kept, body])


def _put(call: str, source: str, places: list[int]) -> str:
    """`source` with the call instead of the name at each of `places`."""
    for place in reversed(places):
        source = source[:place] + _NAME.sub(lambda _: call, source[place:], count=1)
    return source


_DEFINITION = re.compile(r"const (\w+) = (.*);")
_NAME = re.compile(r"\w+")


def _handler_and_pieces(handler: str, own: str) -> str:
    """The handler with those of its functions that it or the program calls."""
    start = handler.index("async function handler")
    return needed_pieces(handler[:start], own + handler[start:]) + handler[start:]


def _before_handler(handler: str) -> str:
    return handler[: handler.index("async function handler")]


def _check_names(program: Program) -> None:
    for decision in program.decisions:
        if decision.name in OWN_HEADERS:
            taken = f"`{HEADER}{decision.name}`, which the host writes"
            message = f"expected decisions with headers of their own, found `{decision.name}` for {taken}"
            raise TargetError("header-taken", message, help="rename the decision, or let it run in the cloud")
    if program.identity is not None and program.identity.cookie == OBJECT_COOKIE:
        message = (
            f"expected an identity cookie of another name, found `{OBJECT_COOKIE}`, which holds the request's object"
        )
        raise TargetError("cookie-taken", message, help="rename the cookie of the identity policy")


def _source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
