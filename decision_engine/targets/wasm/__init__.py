"""The WebAssembly target: our own encoder, the emitter of whole programs, and an engine that runs them in Python."""

from decision_engine.targets.wasm.emit import WasmArtefact, emit_wasm, wasm_choices
from decision_engine.targets.wasm.printer import print_module

__all__ = ["WasmArtefact", "emit_wasm", "print_module", "wasm_choices"]
