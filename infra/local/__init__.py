"""The cloud's side on one machine, for tests and for trying things out."""

from infra.local.faults import FAULTS, Fault, Faulty
from infra.local.rerank import Reranker, application
from infra.local.running import Running, serve_in_background

__all__ = ["FAULTS", "Fault", "Faulty", "Reranker", "Running", "application", "serve_in_background"]
