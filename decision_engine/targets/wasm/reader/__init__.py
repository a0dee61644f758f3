"""Reads a request's object from the text of a query straight into the vector: a part of a module, by record 0014."""

from __future__ import annotations

from decision_engine.targets.wasm.reader.emit import Reader, emit_reader

__all__ = ["Reader", "emit_reader"]
