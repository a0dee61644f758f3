"""What the modules make is made for real, against moto: applied, unchanged by a second plan, changed, destroyed."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest

from feature_registry.stores.dynamodb import DynamoStorage
from tests.architecture.sources import ROOT
from tests.terraform.conftest import SERVICES
from tests.terraform.provider import Terraform, terraform_at

REGION = "eu-central-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}


def stack(aws_url: str, *, days: int) -> dict[str, object]:
    """A root module of the three, as JSON: every endpoint of the provider is moto's."""
    modules = ROOT / "terraform" / "modules"
    key = {"kms_key_arn": "${aws_kms_key.data.arn}"}
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.100"}}},
        "provider": {
            "aws": {
                "region": REGION,
                "s3_use_path_style": True,
                "skip_metadata_api_check": True,
                "endpoints": dict.fromkeys(SERVICES, aws_url),
            }
        },
        "resource": {"aws_kms_key": {"data": {"description": "data at rest"}}},
        "module": {
            "tables": {
                "source": str(modules / "tables"),
                "prefix": "shop-dev",
                "deletion_protection": False,
                "recovery_days": days,
                **key,
            },
            "bucket": {
                "source": str(modules / "artefact_bucket"),
                "name": "shop-dev-artefacts",
                "force_destroy": True,
                **key,
            },
            "signing": {
                "source": str(modules / "signing_key"),
                "alias": "shop-dev-signing",
                "signers": ["arn:aws:iam::123456789012:role/publisher"],
            },
        },
        "output": {name: {"value": f"${{module.{name}}}"} for name in ("tables", "bucket", "signing")},
    }


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    return terraform_at(tmp_path / "data")


def test_apply_plan_change_and_destroy(terraform: Terraform, tmp_path: Path, aws_url: str) -> None:
    folder = tmp_path / "stack"
    folder.mkdir()
    root = folder / "main.tf.json"
    root.write_text(json.dumps(stack(aws_url, days=35)), encoding="utf-8")
    terraform.init(folder)
    quiet = ("-input=false", "-no-color")
    terraform.run(folder, "apply", "-auto-approve", *quiet, environment=CREDENTIALS)
    assert terraform.attempt(folder, "plan", "-detailed-exitcode", *quiet, environment=CREDENTIALS).returncode == 0

    made = terraform.shown(folder, environment=CREDENTIALS)["values"]["outputs"]
    _use(aws_url, made["tables"]["value"]["names"]["registry"], made["bucket"]["value"]["name"])

    root.write_text(json.dumps(stack(aws_url, days=7)), encoding="utf-8")
    changed = terraform.attempt(folder, "plan", "-detailed-exitcode", *quiet, environment=CREDENTIALS)
    assert changed.returncode == 2, changed.stdout + changed.stderr
    assert "0 to add, 5 to change, 0 to destroy" in changed.stdout
    terraform.run(folder, "apply", "-auto-approve", *quiet, environment=CREDENTIALS)

    terraform.run(folder, "destroy", "-auto-approve", *quiet, environment=CREDENTIALS)
    assert "values" not in terraform.shown(folder, environment=CREDENTIALS)
    assert _client("dynamodb", aws_url).list_tables()["TableNames"] == []
    assert _client("s3", aws_url).list_buckets()["Buckets"] == []


def _use(aws_url: str, table: str, bucket: str) -> None:
    """The store of registries works on what terraform made."""
    storage = DynamoStorage(_client("dynamodb", aws_url), _client("s3", aws_url), table, bucket)
    assert storage.keys("draft") == []
    assert storage.get("draft/spring") is None


def _client(service: str, aws_url: str) -> boto3.client:
    return boto3.client(
        service,
        endpoint_url=aws_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
