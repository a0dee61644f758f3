"""What several tests of monitoring build: tallies, baselines."""

from collections import Counter
from collections.abc import Iterable

from decision_engine.hosts.python.values import Status
from decision_engine.monitoring import Baseline, Histogram, Tally, age_bin, number_bin

DIGEST = "sha256:" + "0" * 64
OTHER_DIGEST = "sha256:" + "1" * 64


def tally_of(numbers: Iterable[float | None], *, name: str = "price", version: int = 1) -> Tally:
    """A window in which one feature had these values."""
    tally = Tally()
    for number in numbers:
        add_value(tally, number, name=name, version=version)
    return tally


def add_value(tally: Tally, number: float | None, *, name: str = "price", version: int = 1) -> None:
    tally.see(0, 1, DIGEST)
    tally.sessions[tally.cell("DE", "mobile")] += 1
    values = tally.values_of(name, version, "number")
    if number is None:
        values.absent += 1
    else:
        values.bins[str(number_bin(number))] += 1


def add_age(
    tally: Tally,
    age: int | None,
    *,
    status: Status = Status.PRESENT,
    feature: str = "loyalty",
    region: str = "DE",
    device: str = "mobile",
    max_age: int = 60_000,
    times: int = 1,
) -> None:
    """Sessions in which one feature was served so."""
    tally.see(0, 1, DIGEST)
    cell = tally.cell(region, device)
    tally.sessions[cell] += times
    served = tally.served_in(feature, cell)
    served.counts[status] += times
    if age is not None:
        served.ages[age_bin(age)] += times
        served.beyond += times * (age > max_age)


def baseline_of(numbers: Iterable[float | None], *, name: str = "price", version: int = 1) -> Baseline:
    """The baseline of the model `m`, which reads one number."""
    given = list(numbers)
    bins = Counter(str(number_bin(number)) for number in given if number is not None)
    histogram = Histogram(scale="number", version=version, bins=bins, absent=given.count(None))
    return Baseline.model_validate(
        {
            "baseline": 1,
            "model": "m",
            "model_digest": DIGEST,
            "registry": DIGEST,
            "data": {"file": "sessions.csv", "digest": DIGEST, "sessions": len(given)},
            "from": 0,
            "to": 1,
            "features": {name: histogram.model_dump()},
            "score": None,
        }
    )
