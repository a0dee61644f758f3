"""moto as AWS for terraform."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

SERVICES = ("dynamodb", "iam", "kms", "s3", "sts")


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    """The address of a fresh moto server."""
    command = [sys.executable, "-m", "tests.registry.stores.aws_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port, "moto's server did not start"
        yield f"http://127.0.0.1:{port}"
        process.terminate()
