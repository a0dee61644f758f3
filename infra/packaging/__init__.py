"""Artefacts that a tool outside of this process finishes: the wheel for Pyodide."""

from infra.packaging.pyodide import Tool, build_pyodide, find_tool

__all__ = ["Tool", "build_pyodide", "find_tool"]
