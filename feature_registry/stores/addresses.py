"""Addresses of stores, as people and settings give them: `file:DIR`, `sqlite:FILE`, `dynamodb:TABLE?bucket=B`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl

from feature_registry.findings import short
from feature_registry.stores.errors import StoreError
from feature_registry.stores.storage import Storage

_OPTIONS = ("bucket", "region", "endpoint")
_HELP = "`sqlite:FILE`, `file:DIR`, or `dynamodb:TABLE?bucket=BUCKET&region=REGION`"


def open_storage(address: str, *, create: bool = False) -> Storage:
    """The storage at an address; with `create` it is made where there is none. Raises StoreError."""
    scheme, colon, rest = address.partition(":")
    if not colon or not rest or "\0" in address:
        raise StoreError("bad-address", f"expected the address of a store, found `{short(address)}`", "", _HELP)
    match scheme:
        case "file":
            from feature_registry.stores.files import FilesStorage

            return FilesStorage(Path(rest), create=create)
        case "sqlite":
            from feature_registry.stores.sqlite import SqliteStorage

            return SqliteStorage(Path(rest), create=create)
        case "dynamodb":
            return _dynamodb(rest, create)
        case _:
            raise StoreError("bad-address", f"expected the address of a store, found `{short(address)}`", "", _HELP)


def _dynamodb(rest: str, create: bool) -> Storage:
    table, _, query = rest.partition("?")
    options = _options(query)
    if not table or not options.get("bucket"):
        raise StoreError("bad-address", "expected the names of a table and a bucket, found one missing", "", _HELP)
    import boto3
    from botocore.exceptions import BotoCoreError

    from feature_registry.stores.dynamodb import DynamoStorage

    region, endpoint = options.get("region"), options.get("endpoint")
    try:
        session = boto3.Session()
        dynamodb, s3 = (session.client(one, region_name=region, endpoint_url=endpoint) for one in ("dynamodb", "s3"))
    except (BotoCoreError, ValueError) as fault:
        raise StoreError("bad-address", f"expected a region and an endpoint of AWS: {fault}", "", _HELP) from None
    storage = DynamoStorage(dynamodb, s3, table, options["bucket"])
    if create and endpoint is not None:  # a server for development; Terraform makes what is in the cloud
        storage.create()
    return storage


def _options(query: str) -> Mapping[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    for name, _ in pairs:
        if name not in _OPTIONS:
            raise StoreError("bad-address", f"unknown option `{short(name)}` of a store's address", "", _HELP)
    return dict(pairs)
