"""Records: what happened at requests, as counters, histograms and a sample of events that say nothing of who it was."""

from .events import BATCH_TYPE, COUNTS, EVALUATION, EXPOSURE, About
from .keys import Keys
from .outbox import Sink
from .recorder import Recorder
from .tables import DEGRADES, STAGES, Facts, FieldTable, RecordsTable, Replaced, WatchedFeature
from .trace import Trace, read_traceparent, start_trace, write_traceparent

__all__ = [
    "BATCH_TYPE",
    "COUNTS",
    "DEGRADES",
    "EVALUATION",
    "EXPOSURE",
    "STAGES",
    "About",
    "Facts",
    "FieldTable",
    "Keys",
    "Recorder",
    "RecordsTable",
    "Replaced",
    "Sink",
    "Trace",
    "WatchedFeature",
    "read_traceparent",
    "start_trace",
    "write_traceparent",
]
