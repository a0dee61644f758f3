"""The reference evaluator: the registry's documents evaluated as they are written, slowly and plainly.

It shares with the targets what is single by design (which values a type accepts, hashing, each operator's declared
meaning), and nothing of lowering, passes, vector or emitters: those it judges.
"""

from decision_engine.reference.evaluator import Answer, Evaluated, Reference, UnknownDecisionError
from decision_engine.reference.features import Served
from decision_engine.reference.trace import CandidateTrace, DecisionTrace, RuleTrace, Trace, UnsureTrace

__all__ = [
    "Answer",
    "CandidateTrace",
    "DecisionTrace",
    "Evaluated",
    "Reference",
    "RuleTrace",
    "Served",
    "Trace",
    "UnknownDecisionError",
    "UnsureTrace",
]
