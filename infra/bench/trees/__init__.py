"""The suite `trees`: one row through models of three sizes, by wasm and JavaScript in V8, beside other scorers."""

from infra.bench.trees.suite import measure_trees

__all__ = ["measure_trees"]
