"""Rules about models: a file, what it was trained with, and what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from feature_registry.compatibility.rule import (
    Comparison,
    CompatibilityRule,
    Hit,
    Told,
    Weight,
    changed,
    in_models,
    shown,
)
from feature_registry.documents import ModelDocument, ModelInput
from feature_registry.json_reader import pointer_to

_BESIDE_VERSION = ("version", "file", "digest", "training", "description", "owner", "status", "replaced_by")
"""The attributes of a model that say nothing about what it computes."""


def _changed_without_version(both: Comparison) -> Iterator[Hit]:
    for name, old, new in _read(both):
        if new.version != old.version:
            continue
        if both.old.model_files[name] != both.new.model_files[name]:
            yield Hit(("models", name), "/file", f"another file, and the version stays at {shown(new.version)}")
        elif not _computes_the_same(old, new):
            yield Hit(("models", name), "", f"it computes otherwise, and the version stays at {shown(new.version)}")


def _version_without_change(both: Comparison) -> Iterator[Hit]:
    for name, old, new in _read(both):
        same_file = both.old.model_files[name] == both.new.model_files[name]
        if new.version > old.version and same_file and _computes_the_same(old, new):
            yield Hit(("models", name), "/version", f"version {shown(new.version)} is the same model as before")


def _inputs_rewired(both: Comparison) -> Iterator[Hit]:
    """The same trees, fed with something else."""
    for name, old, new in _read(both):
        if both.old.model_files[name] != both.new.model_files[name]:
            continue
        for column in old.inputs:
            was, now = old.inputs[column], new.inputs.get(column)
            if now is not None and _source(was) != _source(now):
                message = f"the same trees get something else for the input `{column}`"
                yield Hit(("models", name), pointer_to("inputs", column), message)


def _pins_moved(both: Comparison) -> Iterator[Hit]:
    """The same trees, said to be trained with another version of a feature."""
    for name, old, new in _read(both):
        if both.old.model_files[name] != both.new.model_files[name]:
            continue
        for column, was in old.inputs.items():
            now = new.inputs.get(column)
            if now is None or was.feature is None or was.feature != now.feature:
                continue
            trained, fed = (_version(both, was, old=True), _version(both, now, old=False))
            if trained != fed:
                message = f"the trees were trained with version {trained} of `{was.feature}`, and get version {fed}"
                yield Hit(("models", name), pointer_to("inputs", column), message)


def _version(both: Comparison, source: ModelInput, *, old: bool) -> int:
    """The version of the feature that an input is fed with; a pin is checked to be that one."""
    assert source.feature is not None, "asked of inputs with a feature"
    registry = both.old if old else both.new
    return source.version or registry.features[source.feature].version


def _output_changed(old: ModelDocument, new: ModelDocument) -> Told:
    return changed("/output", old.output, new.output, "the output")


def _classes_changed(old: ModelDocument, new: ModelDocument) -> Told:
    return changed("/classes", old.classes, new.classes, "the list of classes")


def _version_lowered(old: ModelDocument, new: ModelDocument) -> Told:
    return changed("/version", old.version, new.version, "the version") if new.version < old.version else None


def _read(both: Comparison) -> Iterator[tuple[str, ModelDocument, ModelDocument]]:
    """The models of both registries that a live release reads; their features may be changed though they are not."""
    olds: Mapping[str, ModelDocument] = both.old.models
    for name, old in olds.items():
        if name in both.new.models and both.is_read("models", name):
            yield name, old, both.new.models[name]


def _computes_the_same(old: ModelDocument, new: ModelDocument) -> bool:
    names = [name for name in ModelDocument.model_fields if name not in _BESIDE_VERSION]
    return all(getattr(old, name) == getattr(new, name) for name in names)


def _source(source: ModelInput) -> tuple[object, ...]:
    return source.feature, source.item, source.categories


MODEL_RULES: tuple[CompatibilityRule, ...] = (
    CompatibilityRule(
        "model-changed-without-version",
        Weight.BREAKING,
        "The file of a model that is read changes, or what feeds it, and its version does not.",
        "Logs and reports cannot tell the scores of the two models apart, and a rollback does not find the old one.",
        "raise the model's `version` with every file",
        _changed_without_version,
    ),
    CompatibilityRule(
        "model-version-without-change",
        Weight.NOTICE,
        "The version of a model that is read is raised, and the model is the same.",
        "Reports show two models where there is one.",
        "raise the version with the model only",
        _version_without_change,
    ),
    CompatibilityRule(
        "model-version-lowered",
        Weight.BREAKING,
        "The version of a model that is read goes down.",
        "Two models would have the same number.",
        "give an old model that returns a new, higher version",
        in_models(_version_lowered),
    ),
    CompatibilityRule(
        "model-input-rewired",
        Weight.BREAKING,
        "The same trees are fed with another feature, attribute or list of categories.",
        "The trees were trained with the old input: the scores mean nothing with another.",
        "train the model with the new input, and bring the file with a new version",
        _inputs_rewired,
    ),
    CompatibilityRule(
        "model-input-version-moved",
        Weight.BREAKING,
        "The same trees are fed with another version of a feature.",
        "The trees were trained with the old meaning of the feature.",
        "keep the old feature beside the new one until the model is trained again",
        _pins_moved,
    ),
    CompatibilityRule(
        "model-output-changed",
        Weight.BREAKING,
        "A model that is read gives another kind of output.",
        "Thresholds of cohorts were set for the old output: 0.6 as a probability is another line than 0.6 as a margin.",
        "add a model with the new output beside this one, then move its readers over",
        in_models(_output_changed),
    ),
    CompatibilityRule(
        "model-classes-changed",
        Weight.BREAKING,
        "The classes of a model that is read get other names or another order.",
        "A test of a class asks for another number of the model than before.",
        "add a model with the new classes beside this one, then move its readers over",
        in_models(_classes_changed),
    ),
)
