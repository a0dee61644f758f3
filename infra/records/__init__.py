"""The sink of records for the local stack: takes batches of CloudEvents, keeps each event once, answers questions."""

from infra.records.app import RECORDS_PATH, records_app
from infra.records.contract import Refusal, read_batch
from infra.records.status import RecordsReport, report_on
from infra.records.store import RecordStore, Taken

__all__ = [
    "RECORDS_PATH",
    "RecordStore",
    "RecordsReport",
    "Refusal",
    "Taken",
    "read_batch",
    "records_app",
    "report_on",
]
