"""The one tree ensemble of an ONNX graph: its attributes, and the width of its input.

    ModelProto 7 graph; GraphProto 1 node, 11 input; NodeProto 1 input, 2 output, 4 op_type, 5 attribute, 7 domain;
    AttributeProto 1 name, 2 f, 3 i, 4 s, 5 t, 7 floats, 8 ints, 9 strings; TensorProto 1 dims, 2 data_type, 9 raw_data,
    10 double_data; ValueInfoProto 1 name, 2 type > 1 tensor_type > 1 elem_type, 2 shape > 1 dim > 1 dim_value

Only graphs that feed an input to the ensemble as it is, and that do not change its scores, are read: whatever else a
graph computes would be left out of the decisions.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.loaders.onnx._wire import (
    BYTES,
    FOUR,
    SAVE_AGAIN,
    VARINT,
    Field,
    Floats,
    Integers,
    damaged,
    fields,
    float32s,
    float64s,
    integers,
    read_varint,
    run_of_floats,
    run_of_integers,
    run_of_texts,
)

MAX_MESSAGE = 32_000_000
"""The largest attribute, in bytes; one of a million nodes takes about five million."""

MAX_NODES = 10_000
"""The most nodes of a graph; one that was converted from a tree ensemble has about three."""

_MOST_RUNS = 100

FLOAT, DOUBLE = 1, 11
"""Types of elements."""

_ENSEMBLES = ("TreeEnsembleClassifier", "TreeEnsembleRegressor")
_HARMLESS = ("Cast", "Identity", "ZipMap", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "ArrayFeatureExtractor")
"""Operators that may follow, since they change no score."""

_CONVERT = "convert the tree ensemble alone, with one input of all columns"


@dataclass(slots=True)
class Attribute:
    """The values of an attribute; which of them are there its name says."""

    name: str = ""
    number: float = 0.0
    integer: int = 0
    text: str = ""
    floats: Floats = field(default_factory=lambda: np.empty(0))
    integers: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    texts: list[str] = field(default_factory=list)
    doubles: Floats | None = None


@dataclass(frozen=True, slots=True)
class Ensemble:
    """An ensemble's operator and attributes; `width` is the number of columns of its input, None if it is not told,
    and `is_double` says that these are doubles, not float32 numbers."""

    operator: str
    attributes: Mapping[str, Attribute]
    width: int | None
    is_double: bool


@dataclass(slots=True)
class _Node:
    inputs: list[str] = field(default_factory=list)
    operator: str = ""
    domain: str = ""
    attributes: list[memoryview] = field(default_factory=list)


def read_ensemble(content: bytes) -> Ensemble:
    """The ensemble in the bytes of an ONNX file; ModelError when there is not one, or more than that."""
    graph = _graph(content)
    nodes: list[_Node] = []
    inputs: dict[str, tuple[int, int | None]] = {}
    for found in fields(graph):
        if found.number == 1 and found.kind == BYTES:
            nodes.append(_node(found.content))
            if len(nodes) > MAX_NODES:
                raise ModelError("model-too-large", f"expected at most {MAX_NODES:,} operators", help=_CONVERT)
        elif found.number == 11 and found.kind == BYTES:
            name, kind, width = _input(found.content)
            inputs[name] = kind, width
    node = _one_ensemble(nodes)
    source = node.inputs[0] if node.inputs else ""
    if source not in inputs:
        message = "expected the tree ensemble to read the graph's input as it is, found operators before it"
        raise ModelError("unsupported-model", message, help=_CONVERT)
    kind, width = inputs[source]
    if kind not in (FLOAT, DOUBLE):
        message = f"expected an input of floats or doubles, found one of the type {kind}"
        raise ModelError("unsupported-model", message, help=_CONVERT)
    attributes = [_attribute(one) for one in node.attributes]
    named = {attribute.name: attribute for attribute in attributes}
    if len(named) != len(attributes):
        raise ModelError("repeated-key", "expected each attribute once, found one again", help=SAVE_AGAIN)
    return Ensemble(node.operator, named, width, kind == DOUBLE)


def _graph(content: bytes) -> memoryview:
    graph = None
    try:
        for found in fields(memoryview(content)):
            if found.number == 7 and found.kind == BYTES:
                graph = found.content
    except ModelError:
        graph = None
    if graph is None:
        help_line = "save it whole, in one file, with `onnx.save(model, path)`"
        raise ModelError("not-onnx", "expected an ONNX model, found another file, or a part of one", help=help_line)
    return graph


def _one_ensemble(nodes: list[_Node]) -> _Node:
    ensembles = [node for node in nodes if node.operator.startswith("TreeEnsemble")]
    if len(ensembles) != 1:
        message = f"expected one tree ensemble in the graph, found {len(ensembles)}"
        raise ModelError("unsupported-model", message, help=_CONVERT)
    [node] = ensembles
    if node.domain != "ai.onnx.ml" or node.operator not in _ENSEMBLES:
        message = (
            f"expected TreeEnsembleClassifier or TreeEnsembleRegressor of ai.onnx.ml, found `{node.operator[:40]}`"
        )
        raise ModelError("unsupported-model", message, help="convert to ai.onnx.ml 1 to 3 (`target_opset`)")
    for other in nodes:
        if other is not node and other.operator not in _HARMLESS:
            message = f"expected no operator that changes scores, found `{other.operator[:40]}`"
            raise ModelError("unsupported-model", message, help=_CONVERT)
    return node


def _node(message: memoryview) -> _Node:
    node = _Node()
    for found in fields(message):
        if found.kind != BYTES:
            continue
        if found.number == 1:
            node.inputs.append(found.text)
        elif found.number == 4:
            node.operator = found.text
        elif found.number == 5:
            node.attributes.append(found.content)
        elif found.number == 7:
            node.domain = found.text
    return node


def _input(message: memoryview) -> tuple[str, int, int | None]:
    """The name, the type of elements and the number of columns of a graph's input."""
    name, kind, width = "", 0, None
    for found in fields(message):
        if found.number == 1 and found.kind == BYTES:
            name = found.text
        elif found.number == 2 and found.kind == BYTES:
            for tensor in _messages(found.content, 1):
                kind = next((one.integer for one in fields(tensor) if one.number == 1 and one.kind == VARINT), 0)
                columns = [dim for shape in _messages(tensor, 2) for dim in _messages(shape, 1)]
                if columns:
                    values = [one.integer for one in fields(columns[-1]) if one.number == 1 and one.kind == VARINT]
                    width = values[0] if values else None
    return name, kind, width


def _messages(message: memoryview, number: int) -> list[memoryview]:
    return [found.content for found in fields(message) if found.number == number and found.kind == BYTES]


def _attribute(message: memoryview) -> Attribute:
    if len(message) > MAX_MESSAGE:
        text = f"expected an attribute of at most {MAX_MESSAGE:,} bytes, found {len(message):,}"
        raise ModelError("model-too-large", text, help="train fewer trees")
    attribute = Attribute()
    at = 0
    floats: list[Floats] = []
    whole: list[Integers] = []
    runs = 0
    while at < len(message):
        tag, after = read_varint(message, at)
        # Each list is one run, and a run looks ahead: many short ones would take the square of the time.
        if (runs := runs + 1) > _MOST_RUNS:
            text = f"expected at most {_MOST_RUNS} runs of values in an attribute, found more"
            raise ModelError("damaged-file", text, help=SAVE_AGAIN)
        if tag == 7 << 3 | FOUR:
            found, at = run_of_floats(message, at, tag)
            floats.append(found)
            if not len(found):
                raise damaged()
        elif tag == 8 << 3 | VARINT:
            values, at = run_of_integers(message, at, tag)
            whole.append(values)
            if not len(values):
                raise damaged()
        elif tag == 9 << 3 | BYTES:
            texts, end = run_of_texts(message, at, tag)
            attribute.texts += texts
            if end == at:  # one that is too long for a run
                end = _end(message, BYTES, after)
                attribute.texts.append(bytes(message[after:end]).decode("utf-8", "replace"))
            at = end
        else:
            end = _end(message, tag & 7, after)
            _take(attribute, next(fields(message[at:end])), floats, whole)
            at = end
    attribute.floats = np.concatenate(floats) if floats else attribute.floats
    attribute.integers = np.concatenate(whole) if whole else attribute.integers
    return attribute


def _end(message: memoryview, kind: int, at: int) -> int:
    """The place after a field whose tag ends at `at`."""
    if kind == VARINT:
        return read_varint(message, at)[1]
    length = {1: 8, FOUR: 4}.get(kind, -1)
    if kind == BYTES:
        length, at = read_varint(message, at)
    if not 0 <= length <= len(message) - at:
        raise damaged()
    return at + length


def _take(attribute: Attribute, found: Field, floats: list[Floats], whole: list[Integers]) -> None:
    """Puts a field that stands once into the attribute."""
    match found.number, found.kind:
        case 1, 2:
            attribute.name = found.text
        case 2, 5:
            attribute.number = struct.unpack("<f", found.content)[0]
        case 3, 0:
            attribute.integer = found.integer
        case 4, 2:
            attribute.text = found.text
        case 5, 2:
            attribute.doubles = _doubles(found.content)
        case 7, 2:
            floats.append(float32s(found.content))
        case 8, 2:
            whole.append(integers(found.content))
        case _:
            pass


def _doubles(message: memoryview) -> Floats:
    """The numbers of a tensor of doubles."""
    kind, raw, parts = 0, None, []
    for found in fields(message):
        if found.number == 2 and found.kind == VARINT:
            kind = found.integer
        elif found.number == 9 and found.kind == BYTES:
            raw = float64s(found.content)
        elif found.number == 10 and found.kind in (BYTES, 1):
            parts.append(float64s(found.content))
    if kind != DOUBLE:
        message_text = f"expected a tensor of doubles, found one of the type {kind}"
        raise ModelError("unsupported-model", message_text, help="convert with float or double numbers")
    return raw if raw is not None else np.concatenate(parts) if parts else np.empty(0)
