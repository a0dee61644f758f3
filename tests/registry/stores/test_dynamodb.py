"""The store in DynamoDB and S3: what AWS can answer, and addresses of stores."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from feature_registry.stores import PutObject, StoreError, open_storage
from feature_registry.stores.dynamodb import DynamoStorage
from tests.registry.stores.places import Place, france, registry_file


def refused(code: str) -> Any:
    return pytest.raises(StoreError, check=lambda fault: fault.code == code)


@pytest.fixture
def place(new_place: Callable[[str], Place]) -> Place:
    made = new_place("dynamodb")
    made.setup()
    return made


def failing(place: Place, event: str, *faults: Exception) -> DynamoStorage:
    """The place's storage, whose next requests fail like this."""
    storage = place.storage()
    assert isinstance(storage, DynamoStorage)
    left = list(faults)

    def fail(**_: object) -> None:
        if left:
            raise left.pop(0)

    for client in (storage._dynamodb, storage._s3):
        client.meta.events.register(event, fail)
    return storage


def fault(code: str, reasons: tuple[str, ...] = ()) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "because"}}
    if reasons:
        answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(answer, "TransactWriteItems")


def test_boto3_is_imported_when_it_is_used() -> None:
    code = "import sys, feature_registry.stores; print({'boto3', 'botocore', 'sqlite3'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert done.stdout.strip() == "set()"


def test_an_answer_that_is_lost_is_no_change_lost(place: Place) -> None:
    """The store looks whether its request was carried out before it tells of a fault."""
    lost = ConnectionClosedError(endpoint_url="the server")
    with closing(failing(place, "after-call.dynamodb.TransactWriteItems", lost)) as storage:
        store = place.store(storage)
        request = place.request()
        draft = store.start(request, "spring", "dev")
        assert draft == store.draft("spring")
        assert store.start(request, "spring", "dev") == draft
        assert store.chain().sequence == 2
        assert store.verify() == ()


@pytest.mark.parametrize(
    "code",
    [
        ("TransactionCanceledException", ("None", "TransactionConflict")),
        ("TransactionCanceledException", ("ThrottlingError", "None")),
        ("TransactionInProgressException",),
        ("ThrottlingException",),
        ("ProvisionedThroughputExceededException",),
    ],
)
def test_what_passes_is_tried_again(place: Place, code: Any) -> None:
    faults = [fault(*code) for _ in range(3)]
    with closing(failing(place, "before-send.dynamodb.TransactWriteItems", *faults)) as storage:
        store = place.store(storage)
        store.start(place.request(), "spring", "dev")
        assert store.verify() == ()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (fault("TransactionCanceledException", ("ValidationError",)), "store-failed"),
        (fault("AccessDeniedException"), "store-refused"),
        (fault("ExpiredTokenException"), "store-refused"),
        (fault("ValidationException"), "store-failed"),
        (ConnectionClosedError(endpoint_url="the server"), "store-unreachable"),
    ],
    ids=["invalid", "denied", "expired", "wrong", "lost"],
)
def test_what_does_not_pass_is_told(place: Place, given: Exception, code: str) -> None:
    with closing(failing(place, "before-send.dynamodb.TransactWriteItems", *[given] * 50)) as storage:
        store = place.store(storage)
        with refused(code):
            store.start(place.request(), "spring", "dev")
        assert store.drafts() == ()


def test_reads_that_are_throttled_are_told(place: Place) -> None:
    with (
        closing(failing(place, "before-send.dynamodb.GetItem", fault("ThrottlingException"))) as storage,
        refused("store-busy"),
    ):
        storage.get("chain")


def test_a_writer_that_never_gets_its_turn_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feature_registry.stores.store.ATTEMPTS", 5)
    faults = [fault("TransactionCanceledException", ("TransactionConflict",)) for _ in range(1000)]
    with closing(failing(place, "before-send.dynamodb.TransactWriteItems", *faults)) as storage:
        store = place.store(storage)
        store._pause = lambda attempt, seconds: None
        with refused("store-busy"):
            store.start(place.request(), "spring", "dev")


def test_content_that_was_sent_before_is_used(place: Place) -> None:
    """What a writer that died had sent to S3 is whole, and does not stop who sends it again."""
    with place.opened() as store:
        draft = store.start(place.request(), "spring", "dev")
        lost = fault("ValidationException")
        with (
            closing(failing(place, "before-send.dynamodb.TransactWriteItems", lost)) as storage,
            refused("store-failed"),
        ):
            place.store(storage).edit(place.request(), "spring", [registry_file()], draft.etag)
        assert store.draft("spring") == draft
        store.edit(place.request(), "spring", [registry_file(), PutObject("cohorts/new", france())], draft.etag)
        assert store.verify() == ()


def test_credentials_that_are_absent_are_told(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with closing(place.storage()) as storage, refused("store-refused"):
        storage.get("chain")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "store",
        "file:",
        "ftp:x",
        "sqlite:",
        "dynamodb:",
        "dynamodb:t",
        "dynamodb:?bucket=b",
        "dynamodb:t?bucket=",
        "file:a\0b",
    ]
    + ["dynamodb:t?bucket=b&colour=red", "dynamodb:t?bucket=b&region=us-east-1&endpoint=nowhere"],
)
def test_bad_addresses_are_told(address: str) -> None:
    with refused("bad-address"):
        open_storage(address)
