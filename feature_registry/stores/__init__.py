"""Stores of registries: revisions, drafts, approvals, heads of environments, and a log that cannot be changed unseen.

`Store` holds the rules; a `Storage` holds the bytes: a folder, an SQLite file, or DynamoDB and S3.
"""

from feature_registry.stores.addresses import open_storage
from feature_registry.stores.conflicts import ABSENT, Clash, Conflict, Difference
from feature_registry.stores.content import Content, DeleteFile, DeleteObject, Edit, PutFile, PutObject
from feature_registry.stores.errors import ConflictError, StoreError
from feature_registry.stores.loading import loaded, read_folder, write_folder
from feature_registry.stores.merge import changes, merge
from feature_registry.stores.plans import Request
from feature_registry.stores.records import (
    DEFAULT_SETTINGS,
    Approval,
    Chain,
    Draft,
    Entry,
    Head,
    Published,
    Revision,
    Rules,
    Settings,
)
from feature_registry.stores.storage import Storage
from feature_registry.stores.store import Store

__all__ = [
    "ABSENT",
    "DEFAULT_SETTINGS",
    "Approval",
    "Chain",
    "Clash",
    "Conflict",
    "ConflictError",
    "Content",
    "DeleteFile",
    "DeleteObject",
    "Difference",
    "Draft",
    "Edit",
    "Entry",
    "Head",
    "Published",
    "PutFile",
    "PutObject",
    "Request",
    "Revision",
    "Rules",
    "Settings",
    "Storage",
    "Store",
    "StoreError",
    "changes",
    "loaded",
    "merge",
    "open_storage",
    "read_folder",
    "write_folder",
]
