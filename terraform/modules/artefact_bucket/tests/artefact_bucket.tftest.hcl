mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  name          = "shop-dev-artefacts"
  kms_key_arn   = "arn:aws:kms:eu-central-1:123456789012:key/5c0ffee0-0000-4000-8000-000000000000"
  force_destroy = false
}

run "nothing_is_public" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "all four blocks stand"
  }

  assert {
    condition     = data.aws_iam_policy_document.this.statement[0].effect == "Deny"
    error_message = "the policy only denies"
  }
}

run "everything_is_encrypted_and_versioned" {
  command = plan

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule :
      rule.apply_server_side_encryption_by_default[0].kms_master_key_id == var.kms_key_arn
    ])
    error_message = "objects are encrypted with the key that is given"
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "versions are kept"
  }

  assert {
    condition     = length(aws_s3_bucket_logging.this) == 0
    error_message = "without a log bucket there is no access log"
  }
}

run "accesses_are_logged" {
  command = plan

  variables {
    log_bucket = "shop-logs"
  }

  assert {
    condition     = aws_s3_bucket_logging.this[0].target_bucket == "shop-logs"
    error_message = "the log goes to the bucket that is given"
  }
}

run "bad_values_are_refused" {
  command = plan

  variables {
    name             = "shop.artefacts"
    kms_key_arn      = "shop"
    old_version_days = 7
  }

  expect_failures = [var.name, var.kms_key_arn, var.old_version_days]
}
