"""The WebAssembly target: our own encoder, the emitter of whole programs, and an engine that runs them in Python."""

from decision_engine.targets.wasm.emit import DEFAULT_MEMORY_LIMIT, WasmArtefact, emit_wasm
from decision_engine.targets.wasm.forests import ForestLayout
from decision_engine.targets.wasm.printer import print_module

__all__ = ["DEFAULT_MEMORY_LIMIT", "ForestLayout", "WasmArtefact", "emit_wasm", "print_module"]
