"""Random documents of GrowthBook, flagd and JsonLogic, and random visitors, to compare with the sources' libraries."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

TEXTS = ["US", "us", "DE", "", "a", "abc", "10", "2", "true", "null", "1.2.3", "v2.0.0", "1.10.0-rc.1", "é"]
NUMBERS = [0, 1, -1, 2, 10, 3.5, 100]
PATHS = ["country", "age", "plan", "tags", "user.name", "version", "flag"]


def attributes(random: Random, lists: Sequence[str] = PATHS) -> dict[str, Any]:
    """A visitor's attributes: any of the paths, of any type, but lists only where they may be; the ids are texts."""
    found: dict[str, Any] = {}
    for path in PATHS:
        if random.random() < 0.75:
            is_scalar = path not in lists or random.random() < 0.8
            value = scalar(random) if is_scalar else [scalar(random) for _ in range(random.randrange(4))]
            group, _, name = path.partition(".")
            found[group] = {name: value} if name else value
    if random.random() < 0.9:
        found["id"] = f"user-{random.randrange(10_000)}"
    if random.random() < 0.5:
        found["deviceId"] = f"d{random.randrange(100)}"
    return found


def scalar(random: Random) -> Any:
    """A scalar; null now and then."""
    return random.choice([random.choice(TEXTS), random.choice(NUMBERS), random.random() < 0.5, None])


def growthbook(random: Random) -> dict[str, Any]:
    """A document with features that use most of what rules know."""
    groups = {
        "g1": [scalar(random) for _ in range(3)],
        "g2": {"type": "list", "attributeKey": "plan", "values": TEXTS[:4]},
    }
    features: dict[str, Any] = {}
    for number in range(random.randint(1, 4)):
        rules = [_rule(random, list(features)) for _ in range(random.randrange(4))]
        features[f"f-{number}"] = {"defaultValue": random.choice([0, "x", True, None, {"a": 1}]), "rules": rules}
    return {"features": features, "savedGroups": groups}


def condition(random: Random, depth: int = 2) -> dict[str, Any]:
    """A condition of GrowthBook."""
    if depth and random.random() < 0.3:
        operator = random.choice(["$or", "$and", "$nor", "$not"])
        if operator == "$not":
            return {"$not": condition(random, depth - 1)}
        return {
            operator: [condition(random, depth - 1) for _ in range(random.randint(0 if operator == "$or" else 1, 3))]
        }
    return {random.choice(PATHS): _test(random, depth) for _ in range(random.randint(1, 2))}


def _test(random: Random, depth: int) -> Any:
    operators: dict[str, Any] = {
        "$eq": scalar(random),
        "$ne": scalar(random),
        "$in": [scalar(random) for _ in range(random.randrange(4))],
        "$nin": [scalar(random) for _ in range(random.randrange(4))],
        "$ini": [random.choice(TEXTS) for _ in range(2)],
        "$nini": [random.choice(TEXTS) for _ in range(2)],
        "$gt": random.choice([*TEXTS, *NUMBERS]),
        "$lte": random.choice([*TEXTS, *NUMBERS]),
        "$lt": random.choice([*TEXTS, *NUMBERS]),
        "$gte": random.choice([*TEXTS, *NUMBERS]),
        "$exists": random.random() < 0.5,
        "$regex": random.choice(["^U", "S$", "[0-9]+", "a|b", "^$", r"\d\.\d", "l+"]),
        "$regexi": random.choice(["^u", "s$", "ABC"]),
        "$type": random.choice(["string", "number", "boolean", "array", "null", "object"]),
        "$size": random.choice([0, 1, 2, {"$gt": 1}]),
        "$all": [random.choice(TEXTS)],
        "$alli": [random.choice(TEXTS)],
        "$elemMatch": random.choice([{"$eq": random.choice(TEXTS)}, {"$in": TEXTS[:3]}, {"$gt": 1}, {"$lte": 2}]),
        "$veq": random.choice(["1.2.3", "2.0.0"]),
        "$vgt": random.choice(["1.2.3", "1.10.0", "2"]),
        "$vlte": random.choice(["1.2.3", "1.10.0-rc.1", "v2.0.0"]),
        "$inGroup": random.choice(["g1", "g2", "unknown"]),
        "$notInGroup": random.choice(["g1", "g2", "unknown"]),
    }
    if random.random() < 0.25:
        return random.choice([random.choice(TEXTS), random.choice(NUMBERS), True, False, None, ["a"]])
    if depth and random.random() < 0.2:
        return {"$not": _test(random, 0)}
    return {name: operators[name] for name in random.sample(sorted(operators), random.randint(1, 2))}


def _rule(random: Random, earlier: list[str]) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    if random.random() < 0.5:
        rule["condition"] = condition(random)
    if earlier and random.random() < 0.25:
        value = random.choice([{"value": "x"}, {"value": {"$exists": True}}, {"value": {"$ne": 2}}, {"value": True}])
        rule["parentConditions"] = [{"id": random.choice(earlier), "condition": value, "gate": random.random() < 0.5}]
    if random.random() < 0.2:
        ranges = [[0, 0.4], [0.7, 0.9]]
        rule["filters"] = [{"seed": "s", "attribute": random.choice(["id", "deviceId"]), "ranges": ranges}]
    if random.random() < 0.5:
        rule["hashVersion"] = random.choice([1, 2])
    if random.random() < 0.3:
        rule["seed"] = random.choice(["seed", "é"])
    if random.random() < 0.3:
        rule["hashAttribute"] = "deviceId"
    if random.random() < 0.5:
        return {**rule, "force": random.choice(["forced", 2, False]), **_rollout(random)}
    count = random.randint(2, 4)
    rule["variations"] = [f"v{index}" for index in range(count)]
    if random.random() < 0.5:
        rule["key"] = random.choice(["exp-a", "exp-b"])
    if random.random() < 0.4:
        rule["coverage"] = random.choice([0.1, 0.5, 0.9, 1])
    if random.random() < 0.4:
        rule["weights"] = [round(1 / count, 3)] * count
    if random.random() < 0.2:
        rule["namespace"] = ["ns", 0.2, 0.8]
    if random.random() < 0.2:
        rule["ranges"] = [[index / count, (index + 0.8) / count] for index in range(count)]
    if random.random() < 0.2:
        rule["meta"] = [{"key": f"k{index}", "passthrough": index == 1} for index in range(count)]
    return rule


def _rollout(random: Random) -> dict[str, Any]:
    return random.choice([{}, {"coverage": 0.5}, {"coverage": 0}, {"range": [0.2, 0.7]}])


def jsonlogic(random: Random, depth: int = 3) -> Any:
    """A rule that comes to true or false, of the operators that targeting uses."""
    variable, compared = (
        {"var": random.choice(PATHS)},
        {"var": random.choice([path for path in PATHS if path != "tags"])},
    )
    if depth and random.random() < 0.45:
        operator = random.choice(["and", "or", "!", "if"])
        if operator == "!":
            return {"!": [jsonlogic(random, depth - 1)]}
        count = 3 if operator == "if" else random.randint(1, 3)
        return {operator: [jsonlogic(random, depth - 1) for _ in range(count)]}
    constant = scalar(random)
    return random.choice(
        [
            {random.choice(["===", "!=="]): [variable, constant]},
            {random.choice(["==", "!="]): [compared, random.choice([*TEXTS, *NUMBERS, True])]},
            {random.choice(["<", "<=", ">", ">="]): [compared, random.choice([*TEXTS, *NUMBERS])]},
            {"<": [random.choice(NUMBERS), compared, random.choice(NUMBERS)]},
            {"in": [variable, [scalar(random) for _ in range(random.randrange(4))]]},
            {"in": [variable, random.choice(TEXTS)]},
            {"in": [random.choice(TEXTS), variable]},
            {"!!": [variable]},
            {"!!": [{"missing": random.sample(PATHS, 2)}]},
            {"==": [{"substr": [compared, 0, 1]}, "a"]},
            {"===": [{"cat": ["x", variable]}, f"x{random.choice(TEXTS)}"]},
            constant,
        ]
    )


def flagd(random: Random) -> dict[str, Any]:
    """A document of flags with targeting by flagd's own operators."""
    names = ["red", "blue", "green"]
    flags = {}
    for number in range(random.randint(1, 3)):
        flags[f"flag-{number}"] = {
            "state": "ENABLED",
            "variants": {name: f"#{name}" for name in names},
            "defaultVariant": random.choice([*names, None]),
            "targeting": {"if": [_flagd_test(random), _flagd_result(random, names), _flagd_result(random, names)]},
        }
    return {"flags": flags, "$evaluators": {"beta": {"===": [{"var": "plan"}, "beta"]}}}


def _flagd_test(random: Random) -> Any:
    text, operator = random.choice(["a", "ab", "", "c"]), random.choice(["starts_with", "ends_with"])
    comparison = random.choice(["=", "!=", "<", "<=", ">", ">=", "^", "~"])
    wanted = random.choice(["1.2.3", "1.0.0", "2.0.0-rc.1", "v1.2.0"])
    return random.choice(
        [
            {operator: [{"var": "name"}, text]},
            {"sem_ver": [{"var": "version"}, comparison, wanted]},
            {"$ref": "beta"},
            {"and": [{"$ref": "beta"}, {operator: [{"var": "name"}, text]}]},
            {"in": [{"var": "plan"}, ["beta", "free"]]},
        ]
    )


def _flagd_result(random: Random, names: list[str]) -> Any:
    buckets = [[name, random.randrange(5)] if random.random() < 0.8 else [name] for name in names]
    hashed = random.choice([[], [{"var": "email"}], [{"cat": [{"var": "$flagd.flagKey"}, {"var": "email"}]}]])
    return random.choice([random.choice(names), None, {"fractional": [*hashed, *buckets]}, "unknown"])


def context(random: Random) -> dict[str, Any]:
    """An evaluation context of flagd: ids are ASCII, since its JavaScript library hashes others in its own way."""
    found: dict[str, Any] = {}
    if random.random() < 0.9:
        found["targetingKey"] = f"user-{random.randrange(10_000)}"
    if random.random() < 0.7:
        found["email"] = f"{random.randrange(1000)}@x.de"
    if random.random() < 0.8:
        found["name"] = random.choice(["abc", "b", "cab", "", 5])
    if random.random() < 0.8:
        found["version"] = random.choice(
            ["1.2.3", "v1.2.3", "1.2", "1", 2, "2.0.0", "2.0.0-rc.1", "x", "1.2.3.4", "0.9.0"]
        )
    if random.random() < 0.8:
        found["plan"] = random.choice(["beta", "free", "pro"])
    return found
