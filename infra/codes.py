"""The codes of what commands report beside a registry's problems: stable names, with a sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

INFRA_CODES: Mapping[str, str] = MappingProxyType(
    {
        # the command line
        "usage": "The command line cannot be understood (exit code 2).",
        "internal": "A fault of Edgewise itself (exit code 3); `edgewise --debug` prints its traceback.",
        # files and folders
        "no-such-file": "A file that the command should read does not exist.",
        "no-such-folder": "The folder of a file that the command should write does not exist.",
        "not-a-file": "A folder stands where a file is expected.",
        "not-a-folder": "A file stands where a folder is expected.",
        "not-empty": "The folder that `init` should fill holds something.",
        "not-an-artefact": "The folder for an artefact holds what is no part of an earlier artefact.",
        "inside-registry": "The folder for an artefact lies in the folder of the registry.",
        "unreadable": "The system refuses to read a file.",
        "unwritable": "The system refuses to write a file or a folder.",
        "too-large": "A request is longer than the edge takes.",
        "not-utf8": "A table is not text in UTF-8.",
        # requests; a request can also be refused with a code of docs/reference/host.md
        "bad-decisions": "The `decisions` of a request are not a list of names.",
        "unknown-decision": "A request asks for a decision that the registry does not have.",
        "bad-time": "A time is not written as expected, or lies beyond the years that are possible.",
        # tables of requests, and the maps that read them
        "unknown-format": "The name of a file of requests ends with no format that is known.",
        "no-map": "A table needs a map to become requests.",
        "map-not-needed": "A file of requests needs no map.",
        "not-csv": "A table is not CSV.",
        "not-parquet": "A table is not Parquet.",
        "no-header": "A CSV table has no line with the columns' names.",
        "repeated-column": "The header of a table names a column twice.",
        "wrong-cells": "A row of a table has another number of cells than the header.",
        "bad-cell": "A cell cannot be read as its rule says.",
        "unknown-cell": "The map's `values` of a column do not list a cell.",
        "unknown-column": "A map names a column that the table does not have.",
        "unknown-key": "An object of a map has a key that means nothing there.",
        "missing-key": "A map lacks a key that it needs.",
        "wrong-type": "A value of a map is of another type than expected.",
        "bad-path": "A path of a map is not one into requests, or two of them exclude each other.",
        "bad-rule": "An object of a map is not exactly one rule.",
        "bad-template": "A template of a map has braces that stand for nothing.",
        "bad-weights": "The weights of a rule that picks are not as many as its items, or have no positive sum.",
        # engines and the local edge
        "no-node": "An engine needs node, which is not installed.",
        "engine-failed": "An engine broke down.",
        "no-workerd": "workerd is not installed, or not at the place that `EDGEWISE_WORKERD` names.",
        "workerd-failed": "workerd does not start.",
        "workerd-died": "workerd ended by itself too often.",
        "server-failed": "The local Python server does not start, or ended by itself.",
        "port-in-use": "Another program listens at the port, or the system does not give it.",
        "no-such-host": "The address to listen at is none of this machine's.",
        "no-answer": "The local edge does not answer.",
        # benchmarks
        "no-wrk": "A benchmark needs wrk, which is not installed.",
        "command-failed": "A command that a benchmark measures failed.",
        "load-failed": "The load of a benchmark met answers that failed.",
        "node-failed": "A program of a benchmark failed in node.",
    }
)
