"""Engines: the ways of deciding the same requests, the reference evaluator and each target, behind one protocol."""

from infra.engines.engine import Batch, Engine, Request
from infra.engines.table import ENGINES, open_engine

__all__ = ["ENGINES", "Batch", "Engine", "Request", "open_engine"]
