"""GrowthBook: the document that its SDKs load as a registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from feature_registry.importers.document import SourceDocument, below, is_normal, read_source
from feature_registry.importers.draft import Arm, RegistryDraft, Show, is_wrapped
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.growthbook.conditions import Conditions
from feature_registry.importers.growthbook.experiments import Setting, experiment_arms
from feature_registry.importers.growthbook.features import Features
from feature_registry.importers.growthbook.ranges import bucket_ranges, choose_variation, equal_weights
from feature_registry.importers.report import Changed, Kind, LeftOut, Report
from feature_registry.importers.semantics import Semantics

__all__ = ["Options", "bucket_ranges", "choose_variation", "equal_weights", "import_growthbook"]

_OBJECTS = ("features", "savedGroups", "contextualBandits", "forcedVariations")
_ENCRYPTED = ("encryptedFeatures", "encryptedExperiments", "encryptedSavedGroups", "encryptedContextualBandits")


@dataclass(frozen=True, slots=True)
class Options:
    """How the site uses GrowthBook: with a service for sticky buckets, and with overrides in the page's query."""

    sticky: bool = False
    overrides: bool = True


def import_growthbook(
    name: str,
    content: bytes,
    semantics: Semantics,
    options: Options,
    decrypt: Callable[[str], bytes] | None = None,
) -> tuple[Mapping[str, object], Report]:
    """The registry of a GrowthBook document, as one document, and the report.

    `decrypt` opens encrypted parts. Raises ImportingError when the document is none of GrowthBook's.
    """
    document = read_source(name, content)
    value = _opened(document, decrypt)
    _check(document, value)
    document.check()
    draft, report = RegistryDraft(semantics), Report("growthbook")
    setting = Setting(
        draft,
        Conditions(draft, _object(value, "savedGroups")),
        _object(value, "forcedVariations"),
        value.get("enabled") is not False,
        bool(value.get("qaMode")),
        options.sticky,
        options.overrides,
    )
    features = _object(value, "features")
    bandits = _object(value, "contextualBandits")
    for key, feature in features.items():
        rules = partial(Features(setting, features, bandits).arms, key, frozenset())
        _add(report, draft, "flag", key, below("/features", key), feature, rules)
    experiments = value.get("experiments", [])
    assert isinstance(experiments, list), "the document was checked"
    for index, experiment in enumerate(experiments):
        every = Features(setting, features, bandits)
        _add_experiment(report, setting, every, below("/experiments", index), experiment)
    report.units, report.paths = dict(draft.units), dict(draft.paths)
    return draft.build(), report


def _add_experiment(
    report: Report, setting: Setting, every: Features, at: str, experiment: Mapping[str, object]
) -> None:
    key = str(experiment["key"])
    variations = experiment["variations"]
    assert isinstance(variations, list), "the document was checked"

    def rules() -> tuple[list[Arm], Show]:
        arms = experiment_arms(setting, experiment, lambda parents: every.prerequisites_met(parents, frozenset()))
        return arms, Show("control", variations[0] if variations else None)

    if _add(report, setting.draft, "experiment", key, at, experiment, rules):
        if experiment.get("persistQueryString"):
            reason = "the page adds its own query to the address that the payload redirects to"
            report.changed.append(Changed("experiment", key, "persist-query", reason))
        if experiment.get("manual"):
            report.changed.append(
                Changed("experiment", key, "manual", "the page asks for the decision when it is triggered")
            )


def _add(
    report: Report,
    draft: RegistryDraft,
    kind: Kind,
    key: str,
    at: str,
    source: object,
    rules: Callable[[], tuple[list[Arm], Show]],
) -> bool:
    """Add a decision; whether it was carried over."""
    before = draft.checkpoint()
    try:
        if not is_normal([key, source]):
            raise NotCarriedError("not-nfc", "a text is not in Unicode's form NFC, as a registry's texts are")
        arms, otherwise = rules()
        named = f"Imported from the {'feature' if kind == 'flag' else kind} {key} of GrowthBook."
        decision = draft.decision(key, arms, otherwise, named)
    except NotCarriedError as problem:
        draft.restore(before)
        report.left_out.append(LeftOut(kind, key, problem.construct, problem.reason, problem.at or at))
        return False
    report.decisions[key if kind == "flag" else f"experiment {key}"] = decision
    if any(is_wrapped(shown.value) for arm in arms for shown in _shown(arm)) or is_wrapped(otherwise.value):
        reason = 'values that are lists, and no value, stand in an object: {"value": ...}'
        report.changed.append(Changed(kind, key, "wrapped", reason))
    return True


def _shown(arm: Arm) -> list[Show]:
    return [arm.outcome] if isinstance(arm.outcome, Show) else [shown for _, _, shown in arm.outcome.variations]


def _object(value: Mapping[str, object], key: str) -> dict[str, object]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _opened(document: SourceDocument, decrypt: Callable[[str], bytes] | None) -> dict[str, object]:
    """The document with its encrypted parts decrypted."""
    value = dict(document.value)
    for key in _ENCRYPTED:
        text = value.get(key)
        if not isinstance(text, str) or not text:
            continue
        plain = key.removeprefix("encrypted")
        if decrypt is None:
            message = f"expected a key to decrypt `{key}` with, found none"
            document.problem("encrypted", message, below("", key), "give `--decryption-key`")
            continue
        value[plain[0].lower() + plain[1:]] = read_source(key, b'{"part":' + decrypt(text) + b"}").value["part"]
    return value


def _check(document: SourceDocument, value: Mapping[str, object]) -> None:
    """Note what is not as in a document of GrowthBook."""
    if not document.problems and not any(key in value for key in ("features", "experiments")):
        help_line = 'the document that SDKs load is {"features": {...}, ...}'
        document.problem("missing-key", "missing key `features`", "", help_line)
    for key in _OBJECTS:
        if value.get(key) is not None:
            document.expect(value[key], dict, "an object", below("", key))
    for key, feature in _object(value, "features").items():
        at = below("/features", key)
        if document.expect(feature, dict, "a feature", at):
            assert isinstance(feature, dict)
            rules = feature.get("rules", [])
            if document.expect(rules, list, "a list of rules", below(at, "rules")):
                assert isinstance(rules, list)
                for index, rule in enumerate(rules):
                    document.expect(rule, dict, "a rule", below(at, "rules", index))
    experiments = value.get("experiments", [])
    if document.expect(experiments, list, "a list of experiments", "/experiments"):
        assert isinstance(experiments, list)
        for index, experiment in enumerate(experiments):
            at = below("/experiments", index)
            if not document.expect(experiment, dict, "an experiment", at):
                continue
            assert isinstance(experiment, dict)
            for name, kind, wanted in (
                ("key", str, "the experiment's key"),
                ("variations", list, "a list of variations"),
            ):
                document.expect(experiment.get(name), kind, wanted, below(at, name))
