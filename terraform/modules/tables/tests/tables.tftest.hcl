mock_provider "aws" {}

variables {
  prefix              = "shop-dev"
  kms_key_arn         = "arn:aws:kms:eu-central-1:123456789012:key/5c0ffee0-0000-4000-8000-000000000000"
  deletion_protection = true
}

run "tables_are_encrypted_recoverable_and_protected" {
  command = plan

  assert {
    condition     = length(aws_dynamodb_table.this) == 5
    error_message = "there are five tables"
  }

  assert {
    condition = alltrue([
      for table in aws_dynamodb_table.this :
      table.server_side_encryption[0].enabled && table.server_side_encryption[0].kms_key_arn == var.kms_key_arn
    ])
    error_message = "every table is encrypted with the key that is given"
  }

  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.point_in_time_recovery[0].enabled])
    error_message = "every table can be restored"
  }

  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.deletion_protection_enabled])
    error_message = "no table can be deleted"
  }
}

run "the_registry_is_keyed_as_stores_read_it" {
  command = plan

  assert {
    condition = (
      aws_dynamodb_table.this["registry"].name == "shop-dev-registry" &&
      aws_dynamodb_table.this["registry"].hash_key == "kind" &&
      aws_dynamodb_table.this["registry"].range_key == "name" &&
      length(aws_dynamodb_table.this["registry"].ttl) == 0
    )
    error_message = "feature_registry/stores/dynamodb.py reads `kind` and `name`, and nothing of it expires"
  }
}

run "without_recovery" {
  command = plan

  variables {
    recovery_days = 0
  }

  assert {
    condition     = !anytrue([for table in aws_dynamodb_table.this : table.point_in_time_recovery[0].enabled])
    error_message = "0 days turn it off"
  }
}

run "bad_values_are_refused" {
  command = plan

  variables {
    prefix        = "Shop"
    kms_key_arn   = "alias/shop"
    recovery_days = 36
  }

  expect_failures = [var.prefix, var.kms_key_arn, var.recovery_days]
}
