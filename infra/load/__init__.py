"""Load on a local edge: many requests over a few kept connections, each timed by the client."""

from infra.load.client import Answered, send_all

__all__ = ["Answered", "send_all"]
