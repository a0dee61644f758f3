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
        # previews
        "unknown-subject": "The registry has no cohort or decision of the name given.",
        "ambiguous-name": "A cohort and a decision have the same name, and nothing says which is meant.",
        "no-requests": "The file of requests holds none.",
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
        "no-row-number": "A map uses the numbers of rows, which batches of a table do not have without a column.",
        "unknown-key": "An object of a map has a key that means nothing there.",
        "missing-key": "A map lacks a key that it needs.",
        "wrong-type": "A value of a map is of another type than expected.",
        "bad-path": "A path of a map is not one into requests, or two of them exclude each other.",
        "bad-rule": "An object of a map is not exactly one rule.",
        "bad-template": "A template of a map has braces that stand for nothing.",
        "bad-weights": "The weights of a rule that picks are not as many as its items, or have no positive sum.",
        # budgets, and models made to fit them
        "over-budget": "An artefact passes a limit of its platform; the message tells its parts apart.",
        "bad-fit": "A model cannot be made smaller in the way that was asked for.",
        "bad-label": "A row has no label, or all rows have the same.",
        "nothing-to-choose": "The registry has nothing that an answer could name.",
        "nothing-to-fit": "The program has no model, or none of the name given.",
        "no-trade": "No smaller model fits the budget at a loss as small as asked for.",
        "no-trainer": "Making a model smaller needs LightGBM, which is not installed.",
        "no-plotter": "A picture needs matplotlib, which is not installed.",
        "too-few-rows": "The table has too few rows to measure a model by.",
        # monitoring
        "bad-line": "A line of a log of counters and histograms is not what the format says.",
        "not-a-batch": "What came to the sink of records is no list of events.",
        "bad-baseline": "A file is not a baseline of a model.",
        "bad-assumption": "An assumption of the advisor is not what is expected there.",
        "empty-log": "A log of counters and histograms has no line.",
        "no-score": "A model scores candidates of rankings, not sessions.",
        "no-sessions": "A file of sessions holds none.",
        # imports
        "decryption-failed": "The key does not open an encrypted part of a document that is imported.",
        # engines and the local edge
        "no-node": "An engine needs node, which is not installed.",
        "engine-failed": "An engine broke down.",
        "wrong-target": "An artefact is of another target than the one expected.",
        "wrong-version": "An artefact was compiled by another version of Edgewise.",
        "no-pyodide": "Packaging for Pyodide needs Pyodide, and pyodide-build under a Python of its version.",
        "pyodide-failed": "pyodide-build failed.",
        "no-gate": "A request brings signals of consent, and the registry has no consent gate.",
        "bad-signals": "The signals of a request are not as docs/consent.md has them.",
        "no-workerd": "workerd is not installed, or not at the place that `EDGEWISE_WORKERD` names.",
        "workerd-failed": "workerd does not start.",
        "workerd-died": "workerd ended by itself too often.",
        "server-failed": "The local Python server does not start, or ended by itself.",
        "port-in-use": "Another program listens at the port, or the system does not give it.",
        "no-such-host": "The address to listen at is none of this machine's.",
        "no-answer": "The local edge does not answer.",
        # targets
        "unreadable-header": "A feature reads a header that the platform does not show to functions.",
        "not-at-platform": "A registry uses a named bucketing or a reading, which the platform's small host lacks.",
        "header-taken": "A decision has the name of a header that the platform's host writes itself.",
        "cookie-taken": "The identity cookie has the name of the cookie that holds the request's object.",
        # benchmarks
        "no-peer": "A package that a benchmark compares with is not installed.",
        "disagreement": "A contender of a benchmark computes something else than it should.",
        "no-rows": "A picture is wanted of benchmarks that found nothing.",
        "no-wrk": "A benchmark needs wrk, which is not installed.",
        "command-failed": "A command that a benchmark measures failed.",
        "load-failed": "The load of a benchmark met answers that failed.",
        "node-failed": "A program of a benchmark failed in node.",
    }
)
