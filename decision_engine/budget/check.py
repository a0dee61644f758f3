"""Whether an artefact keeps to its platform's limits; if not, by how much, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from decision_engine.budget.breakdown import CONFIGURATION, MODEL, PAYLOADS, RULES, Breakdown, Size
from decision_engine.budget.limits import Limit, Platform, Quantity
from decision_engine.ir import Program

_SHOWN = 3  # the largest payloads that an advice names


@dataclass(frozen=True, slots=True)
class Excess:
    """One limit that is passed: what was found, what was allowed, and what to do about it."""

    quantity: Quantity
    found: int
    allowed: int
    message: str
    advice: str


def check_budget(
    breakdown: Breakdown, platform: Platform | None, program: Program, budget: int | None = None
) -> tuple[Excess, ...]:
    """Every limit that is passed. `budget` limits the raw bytes of the code further."""
    return tuple(_excesses(breakdown, platform, program, budget))


def _excesses(
    breakdown: Breakdown, platform: Platform | None, program: Program, budget: int | None
) -> Iterator[Excess]:
    of = "the code" if platform is None else f"the code for {platform.title}"
    raw = _allowed(platform, Quantity.CODE_RAW)
    compressed = _allowed(platform, Quantity.CODE_GZIP)
    memory = _allowed(platform, Quantity.MEMORY)
    if budget is not None and breakdown.code.raw > budget and (raw is None or budget <= raw[0]):
        text = f"expected at most {budget:,} bytes of code, as `--budget` says, found {breakdown.code.raw:,}"
        yield _code(Quantity.CODE_RAW, breakdown, program, text, breakdown.code.raw, budget)
    elif raw is not None and breakdown.code.raw > raw[0]:
        text = f"expected at most {raw[0]:,} bytes of {of} ({raw[1]}), found {breakdown.code.raw:,}"
        yield _code(Quantity.CODE_RAW, breakdown, program, text, breakdown.code.raw, raw[0])
    if compressed is not None and breakdown.code.gzip > compressed[0]:
        text = f"expected at most {compressed[0]:,} bytes of {of} after gzip ({compressed[1]}), "
        text += f"found {breakdown.code.gzip:,}"
        yield _code(Quantity.CODE_GZIP, breakdown, program, text, breakdown.code.gzip, compressed[0])
    for name, size in breakdown.apart.items():
        if raw is not None and size.raw > raw[0]:
            text = (
                f"expected at most {raw[0]:,} bytes in `{name}`, a function of its own ({raw[1]}), found {size.raw:,}"
            )
            yield Excess(Quantity.CODE_RAW, size.raw, raw[0], text, "remove what it does not need")
    if memory is not None and breakdown.memory > memory[0]:
        text = f"expected at most {memory[0]:,} bytes of memory ({memory[1]}), found {breakdown.memory:,}"
        yield Excess(Quantity.MEMORY, breakdown.memory, memory[0], text, _memory_advice(program))
    yield from _values(breakdown, platform)


def _values(breakdown: Breakdown, platform: Platform | None) -> Iterator[Excess]:
    key_limit, value_limit = _allowed(platform, Quantity.KV_KEY), _allowed(platform, Quantity.KV_VALUE)
    for key, size in breakdown.values.items():
        length = len(key.encode())
        if key_limit is not None and length > key_limit[0]:
            text = f"expected a key of at most {key_limit[0]:,} bytes ({key_limit[1]}), found {length:,}: `{key[:40]}`"
            yield Excess(Quantity.KV_KEY, length, key_limit[0], text, "choose a shorter name")
        if value_limit is not None and size > value_limit[0]:
            text = f"expected a value of at most {value_limit[0]:,} bytes ({value_limit[1]}), found {size:,} in `{key}`"
            yield Excess(Quantity.KV_VALUE, size, value_limit[0], text, "divide it over several keys")


def _allowed(platform: Platform | None, quantity: Quantity) -> tuple[int, str] | None:
    limit: Limit | None = None if platform is None else platform.limits[quantity]
    return None if limit is None or limit.value is None else (int(limit.value), f"as of {limit.as_of}")


def _code(quantity: Quantity, breakdown: Breakdown, program: Program, text: str, found: int, allowed: int) -> Excess:
    sizes = {name: _pick(size, quantity) for name, size in breakdown.parts.items() if name != CONFIGURATION}
    parts = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
    return Excess(quantity, found, allowed, f"{text}: {parts}", _advice(sizes, program, found - allowed))


def _pick(size: Size, quantity: Quantity) -> int:
    return size.gzip if quantity is Quantity.CODE_GZIP else size.raw


def _advice(sizes: dict[str, int], program: Program, over: int) -> str:
    """What to do, the most effective first."""
    models = sorted(((size, name) for name, size in sizes.items() if name.startswith(MODEL)), reverse=True)
    steps = []
    if models and models[0][0] > 0:
        steps.append(f"`--fit --data FILE --label COLUMN` makes the {models[0][1]} smaller")
    if models and over > sum(size for size, _ in models):
        steps.append(f"that alone is not enough, since all models together have {sum(size for size, _ in models):,}")
    if sizes.get(PAYLOADS, 0) > over // 2:
        largest = sorted(program.payloads, key=lambda payload: (-len(payload.json), payload.key))[:_SHOWN]
        named = ", ".join(f"`{payload.key}` ({len(payload.json.encode()):,})" for payload in largest)
        steps.append(f"shorten the largest payloads: {named}")
    if sizes.get(RULES, 0) > over // 2 or not steps:
        steps.append("let decisions that can wait run in the cloud")
    return f"{over:,} bytes too many: " + "; ".join(steps)


def _memory_advice(program: Program) -> str:
    if not program.forests:
        return "remove what the decisions do not need"
    largest = max(program.forests, key=lambda forest: sum(len(tree.leaves) for tree in forest.trees))
    return f"`--fit --data FILE --label COLUMN` makes the model {largest.name} smaller"
