"""Many requests at once, in columns: maps evaluated and vectors encoded by arrays, for files of millions of rows."""

from infra.columns.encode import STATUSES, ColumnEncoder, Rows
from infra.columns.files import ROWS, request_batches
from infra.columns.requests import ParsedRequests, Requests

__all__ = ["ROWS", "STATUSES", "ColumnEncoder", "ParsedRequests", "Requests", "Rows", "request_batches"]
