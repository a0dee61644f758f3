"""A store in DynamoDB and S3: records in a table, content in a bucket under its digest.

The table has the keys `kind` (hash) and `name` (range), both text. A record is an item with `value` and `etag`. A
commit is one TransactWriteItems, each of whose writes has the etag that it expects as its condition. Content is in the
bucket before the transaction speaks of it. What a writer that died leaves there is whole, and used when it comes again.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from feature_registry.stores.errors import StaleError, StoreError
from feature_registry.stores.storage import Commit, Write, digest_of

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_SINGLE = "-"  # the `kind` of records that have no kind
_TRY_AGAIN = {"ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
_ABSENT = {"ResourceNotFoundException", "NoSuchBucket"}
_REFUSED = {"AccessDenied", "AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException", "403"}
_BUSY = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_ALREADY_THERE = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


class DynamoStorage:
    """Records in a table, content in a bucket. `dynamodb` and `s3` are clients of boto3, which has no types: Any."""

    def __init__(self, dynamodb: Any, s3: Any, table: str, bucket: str) -> None:
        self.place = f"dynamodb:{table}?bucket={bucket}"
        self._dynamodb, self._s3, self._table, self._bucket = dynamodb, s3, table, bucket

    def get(self, key: str) -> bytes | None:
        """The record, as the last commit left it: reads are consistent."""
        with self._faults():
            found = self._dynamodb.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True)
        item = found.get("Item")
        return None if item is None else bytes(item["value"]["B"])

    def keys(self, kind: str) -> Sequence[str]:
        """The keys that begin with `kind/`, sorted."""
        asked = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "kind = :kind",
            "ProjectionExpression": "#name",
            "ExpressionAttributeNames": {"#name": "name"},
            "ExpressionAttributeValues": {":kind": {"S": kind}},
        }
        with self._faults():
            pages = self._dynamodb.get_paginator("query").paginate(**asked)
            return sorted(f"{kind}/{item['name']['S']}" for page in pages for item in page["Items"])

    def content(self, digest: str) -> bytes | None:
        """The content with the digest."""
        with self._faults():
            try:
                found = self._s3.get_object(Bucket=self._bucket, Key=_content_key(digest))
            except self._s3.exceptions.NoSuchKey:
                return None
            content: bytes = found["Body"].read()
            return content

    def commit(self, commit: Commit) -> None:
        """Write everything, or raise StaleError when a record is not as a write expects it before, or StoreError."""
        with self._faults(can_try_again=True):
            for digest, content in commit.content.items():
                self._put_content(digest, content)
            # boto3 names the transaction, so that a repetition after a lost answer is the same one.
            self._dynamodb.transact_write_items(TransactItems=[self._item(write) for write in commit.writes])

    def problems(self) -> Sequence[str]:
        """AWS looks after the table and the bucket."""
        return []

    def close(self) -> None:
        """Close the connections."""
        self._dynamodb.close()
        self._s3.close()

    def create(self) -> None:
        """Make the table and the bucket where they are absent: for development and tests. Terraform makes real ones."""
        with self._faults():
            with suppress(self._dynamodb.exceptions.ResourceInUseException):  # it exists
                self._dynamodb.create_table(
                    TableName=self._table,
                    KeySchema=[
                        {"AttributeName": "kind", "KeyType": "HASH"},
                        {"AttributeName": "name", "KeyType": "RANGE"},
                    ],
                    AttributeDefinitions=[
                        {"AttributeName": "kind", "AttributeType": "S"},
                        {"AttributeName": "name", "AttributeType": "S"},
                    ],
                    BillingMode="PAY_PER_REQUEST",
                )
            self._dynamodb.get_waiter("table_exists").wait(TableName=self._table)
            held = {one["Name"] for one in self._s3.list_buckets()["Buckets"]}
            if self._bucket not in held:
                region = self._s3.meta.region_name
                place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
                self._s3.create_bucket(Bucket=self._bucket, **place)

    def _put_content(self, digest: str, content: bytes) -> None:
        from botocore.exceptions import ClientError

        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=_content_key(digest),
                Body=content,
                ChecksumSHA256=base64.b64encode(hashlib.sha256(content).digest()).decode(),
                IfNoneMatch="*",
            )
        except ClientError as fault:
            if _code(fault) not in _ALREADY_THERE:
                raise

    def _item(self, write: Write) -> dict[str, Any]:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(kind)"}
        if write.before is not None:
            condition = {
                "ConditionExpression": "etag = :before",
                "ExpressionAttributeValues": {":before": {"S": digest_of(write.before)}},
            }
        if write.value is None:
            return {"Delete": {"TableName": self._table, "Key": _key(write.key), **condition}}
        item = {**_key(write.key), "value": {"B": write.value}, "etag": {"S": digest_of(write.value)}}
        return {"Put": {"TableName": self._table, "Item": item, **condition}}

    @contextmanager
    def _faults(self, *, can_try_again: bool = False) -> Iterator[None]:
        """Faults of AWS as errors of the store; StaleError where trying again can help and the caller does."""
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            yield
        except ClientError as fault:
            again = _try_again(fault) if can_try_again else None
            raise again or self._store_error(fault) from None
        except NoCredentialsError:
            message = "expected credentials of AWS, found none"
            raise StoreError("store-refused", message, self.place, "set a profile or a role for boto3") from None
        except BotoCoreError as fault:
            message = f"expected an answer of AWS: {fault}"
            help_line = "it is open whether a write was carried out: send it again with the same request id"
            raise StoreError("store-unreachable", message, self.place, help_line) from None

    def _store_error(self, fault: ClientError) -> StoreError:
        code = _code(fault)
        if code in _BUSY:
            message = f"expected the table and the bucket to answer, found them too busy: {code}"
            return StoreError("store-busy", message, self.place, "nothing was written; send the request again later")
        if code in _ABSENT:
            message = f"expected the table `{self._table}` and the bucket `{self._bucket}`, found one absent"
            return StoreError("no-such-store", message, self.place, "Terraform makes both; see to the region too")
        if code in _REFUSED:
            message = f"expected leave to use the table and the bucket: {code}"
            return StoreError("store-refused", message, self.place, "see to the role's policy")
        message = f"expected an answer of AWS, found {code}: {fault.response.get('Error', {}).get('Message', '')}"
        return StoreError("store-failed", message, self.place, "nothing was written; send the request again")


def _try_again(fault: ClientError) -> StaleError | None:
    """Whether a commit met other writers, or too many of them."""
    code = _code(fault)
    if code == "TransactionCanceledException":
        reasons = {str(one.get("Code")) for one in fault.response.get("CancellationReasons", ())} - {"None"}
        return StaleError(", ".join(sorted(reasons))) if reasons and reasons <= _TRY_AGAIN else None
    return StaleError(code) if code in _BUSY else None


def _key(key: str) -> dict[str, Any]:
    kind, slash, name = key.partition("/")
    return {"kind": {"S": kind}, "name": {"S": name}} if slash else {"kind": {"S": _SINGLE}, "name": {"S": key}}


def _content_key(digest: str) -> str:
    return f"content/{digest.removeprefix('sha256:')}"


def _code(fault: ClientError) -> str:
    return str(fault.response.get("Error", {}).get("Code", ""))
