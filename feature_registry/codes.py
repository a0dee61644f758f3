"""The codes of diagnostics: stable names of what can be wrong, each with a sentence for the reference."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STORE_CODES: Mapping[str, str] = MappingProxyType(
    {
        "bad-address": "A store's address is not `file:DIR`, `sqlite:FILE` or `dynamodb:TABLE?bucket=BUCKET`.",
        "no-such-store": "There is no store at the address, or it was not set up.",
        "store-exists": "Something stands where a store should be made.",
        "weaker-settings": "A store's settings would ask for less than they do.",
        "store-damaged": "A store is not as it was written.",
        "store-failed": "The system refuses to read or write a store.",
        "store-busy": "Other writers kept a store longer than one waits.",
        "store-refused": "AWS does not let the caller use a store.",
        "store-unreachable": "AWS did not answer; whether a write was carried out is open until it is sent again.",
        "changed-by-hand": "A file that shows what an environment runs was changed past the store.",
        "bad-store-name": "Something cannot have the name in a store: a draft, a file, an object, a person, a request.",
        "unknown-environment": "A store has no such environment.",
        "unknown-draft": "A store has no such draft.",
        "unknown-revision": "A store has no such revision.",
        "unknown-etag": "An etag is none of the draft's.",
        "draft-exists": "A draft has the name already.",
        "not-in-draft": "A draft has no such object, or no such file, to remove.",
        "conflict": "Somebody else changed a draft; the diagnostics behind it show what it was, theirs and yours.",
        "head-moved": "An environment runs another revision than the draft began with.",
        "approval-outdated": "An approval is for content that the draft has no longer.",
        "own-approval": "Somebody approves a draft that they changed themselves.",
        "needs-approval": "A draft has fewer approvals than its environment asks for.",
        "nothing-to-publish": "A draft is as its environment is.",
        "request-reused": "The id of a request was used for another one.",
    }
)
"""The codes that stores add."""

IMPORT_CODES: Mapping[str, str] = MappingProxyType(
    {
        "encrypted": "A document that is imported has an encrypted part, and no key is given.",
        "unknown-reference": "A document that is imported refers to a part of it that does not exist.",
        "evaluator-cycle": "Evaluators of a document that is imported refer to each other in a circle.",
    }
)
"""The codes that importers add."""

CODES: Mapping[str, str] = MappingProxyType(
    {
        # files
        "no-such-path": "The path that should hold the registry does not exist.",
        "no-files": "The folder holds no JSON file.",
        "no-such-file": "A file that a document names does not exist.",
        "outside-folder": "A link leads out of the registry's folder.",
        "unreadable": "The system refuses to read a file or a folder.",
        "too-large": "A file is larger than the registry takes: 16 MB of JSON, 64 MB of a model.",
        "not-utf8": "A file is not text in UTF-8.",
        "digest-mismatch": "A model file is not the one whose digest the document gives.",
        # JSON
        "byte-order-mark": "A file begins with a byte order mark.",
        "not-json": "The text is not JSON: something else was expected at the place.",
        "trailing-comma": "A comma stands after the last entry of a list or an object.",
        "comment": "JSON has no comments.",
        "duplicate-key": "A key stands twice in an object. Keys are compared after Unicode normalisation (NFC).",
        "bad-number": "A number is not written as in JSON, or is not finite.",
        "number-too-large": "A number's magnitude is beyond 2^53-1, where doubles skip integers.",
        "bad-text": "Text holds a control character, a lone surrogate, or a wrong escape.",
        "too-deep": "JSON is nested more than 64 levels deep, or conditions through their cohorts more than 128.",
        # documents
        "unknown-key": "An object has a key that means nothing there.",
        "missing-key": "An object lacks a key that it needs.",
        "wrong-type": "A value is of another type than expected.",
        "unknown-value": "A value is none of those that are possible there.",
        "out-of-range": "A number or a time lies outside the range that is possible there.",
        "too-few": "A list, an object or a text has too few entries.",
        "repeated-value": "A value stands twice where each may stand once.",
        "empty-range": "The bounds of a range are in the wrong order, so that nothing lies between them.",
        "bad-name": "A name has characters that names cannot have, or is reserved.",
        "duplicate-name": "Two objects of a kind have the same name, in two files.",
        "bad-path": "A path into requests, or to a file, has not the form of one.",
        "bad-date": "A date is not a day of the calendar, such as `2026-01-31`.",
        "bad-duration": "A duration is not a whole number with a unit, such as `30m`.",
        "bad-time": "A time, a date or a time of day is not written as expected, or does not exist.",
        "bad-version": "A version does not follow Semantic Versioning 2.0.0.",
        "bad-digest": "A digest is not `sha256:` with 64 hex digits.",
        "bad-input": "A model's input has not exactly one source.",
        "not-for-type": "Something does not fit the type of the feature it concerns.",
        # conditions and scores
        "bad-condition": "A condition is not exactly one condition.",
        "bad-score": "A score is not exactly one score.",
        "unknown-operator": "A test of a feature uses an operator that does not exist.",
        "wrong-operator": "An operator does not apply to features of that type.",
        "bad-pattern": "A pattern cannot be compiled to an automaton.",
        "unknown-zone": "A time zone is not in the IANA database.",
        "bad-window": "A window of time ends before it starts.",
        "wrong-output": "A test or a ranking does not fit the output of the model.",
        "item-outside-ranking": "A model that reads the candidate stands in a condition, which has none.",
        "default-hides-missing": "A test for missing stands on a feature whose default hides most of it (warning).",
        # references
        "unknown-feature": "No feature has the name.",
        "unknown-cohort": "No cohort has the name.",
        "unknown-model": "No model has the name.",
        "unknown-layer": "No layer has the name.",
        "unknown-experiment": "No experiment has the name.",
        "unknown-payload": "No payload has the name.",
        "unknown-decision": "No decision has the name.",
        "unknown-group": "No payload belongs to the group.",
        "unknown-unit": "The policy `identity.units` does not list the unit.",
        "unknown-purpose": "The policy `consent.purposes` does not list the purpose.",
        "unknown-variation": "The experiment has no such variation.",
        "unknown-class": "The model has no such class.",
        "unknown-attribute": "No candidate of the ranking has the attribute.",
        "feature-cycle": "Features are derived from each other in a circle.",
        "cohort-cycle": "Cohorts refer to each other in a circle.",
        "unused": "Nothing uses the object (warning).",
        "bad-replacement": "An object's replacement does not exist, is retired itself, or replaces what is in use.",
        "deprecated-in-use": "Something uses an object that is deprecated (warning).",
        "retired-in-use": "Something reads an object that is retired.",
        # contracts of features
        "bad-derivation": "A derived feature is not made as its type is made, or has a key that it cannot have.",
        "laundered": "A derived feature asks for less care than a feature that it reads.",
        "too-private": "A feature's privacy score keeps it from where a decision, or its own tier, takes it.",
        "wrong-layer": "An identity feature is read from what comes with the request.",
        "never-observed": "A feature reads of a visitor what no host observes (warning).",
        # profiles
        "not-in-profile": "The policy `profile` names a feature that is no identity feature of tier 1 or 2.",
        "readable-profile": "The policy `profile` puts a personal feature into tokens that are not encrypted.",
        "same-id": "Two features of the policy `profile` have the same id.",
        "too-many-features": "The policy `profile` names more than 64 features.",
        # models
        "needs-categories": "A model reads a text, and nothing says which number each text has.",
        "bad-calibration": "A calibration is not one curve that never falls.",
        "version-mismatch": "A model was trained with another version of the feature.",
        "unpinned-version": "A model does not say which of a feature's versions it was trained with (warning).",
        # experiments
        "bad-weights": "The weights of the variations have no positive sum.",
        "bad-bucketing": "An experiment has keys that do not go with its bucketing, or lacks some that do.",
        "layer-unit": "An experiment buckets another unit than its layer.",
        "layer-overlap": "Two experiments take the same part of a layer at the same time.",
        "share-without-layer": "An experiment takes a share of a layer but names none.",
        "missing-variation": "A rule does not say what a variation of its experiment shows.",
        # decisions
        "unreachable-rule": "An earlier rule matches everyone whom this rule matches (warning).",
        "too-many-candidates": "A ranking at the edge has more than 64 candidates.",
        "missing-attribute": "A candidate lacks an attribute that its group is ranked by (warning).",
        "tier-3-at-edge": "A decision at the edge reads a feature that stays in the cloud.",
        "too-slow": "A rule may ask for longer than its decision has to answer (warning).",
        "never-asks": "A rule that is unsure never asks the cloud (warning).",
        "offline-in-cloud": "A decision must work without the cloud, and runs in the cloud (warning).",
        "bad-schema": "A decision's schema is not a JSON Schema, or refers to what it does not hold.",
        "payload-mismatch": "A payload misses the schema of a decision that can show it.",
        "bad-treatment": "A field of records gets a treatment that it may not get.",
        # delivery
        "bad-template": "A slot's template holds what templates cannot hold, or is not closed in order.",
        "bad-selector": "A selector of an edit is not one that streams can follow.",
        "not-at-edge": "The policy `delivery` names a decision that runs in the cloud.",
        "missing-field": "A payload has a field in another form than it is shown in, or lacks it beside others.",
        "outside-segment": "The origin would be told an outcome that the cache key does not hold.",
        "redirect-loop": "A redirect leads to a path where a redirect begins.",
        # imports
        **IMPORT_CODES,
        # stores
        **STORE_CODES,
    }
)
"""Every code that loading and checking a registry can give, by subject."""
