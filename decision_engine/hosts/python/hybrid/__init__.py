"""Hybrid decisions: what the edge is unsure about it asks the cloud, within the time that a request has.

`transport.py`, which needs sockets and threads, is imported by who has them.
"""

from .answer import Answer, read_answer, replacement_of
from .ask import COUNTERS, Ask, Hybrid, Reply, Start
from .breaker import Breaker, State
from .budget import Budget
from .question import CONTRACT, Asked, Choice, choices, finish_question, write_question
from .tables import BreakerTable, HybridTable

__all__ = [
    "CONTRACT",
    "COUNTERS",
    "Answer",
    "Ask",
    "Asked",
    "Breaker",
    "BreakerTable",
    "Budget",
    "Choice",
    "Hybrid",
    "HybridTable",
    "Reply",
    "Start",
    "State",
    "choices",
    "finish_question",
    "read_answer",
    "replacement_of",
    "write_question",
]
