# The DynamoDB tables of the cloud side. Only Edgewise writes to them. Keys are text; every other attribute is decided by who writes.
locals {
  tables = {
    # Registries: drafts, approvals, revisions, heads, the log (feature_registry/stores). Nothing of it expires.
    registry = { hash = "kind", range = "name", ttl = null }
    # Values of features by entity and group, for the cloud and for profile tokens.
    features = { hash = "entity", range = "feature_group", ttl = "expires_at" }
    # Consent by subject: receipts, withdrawals, tombstones. A tombstone has no expiry.
    consent = { hash = "subject", range = "record", ttl = "expires_at" }
    # What a unit was assigned, where an experiment asks to remember it.
    assignments = { hash = "unit", range = "experiment", ttl = "expires_at" }
    # Requests that were carried out, so that a repetition is answered and not done again.
    requests = { hash = "id", range = null, ttl = "expires_at" }
  }
}

resource "aws_dynamodb_table" "this" {
  for_each = local.tables

  name                        = "${var.prefix}-${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = each.value.hash
  range_key                   = each.value.range
  deletion_protection_enabled = var.deletion_protection
  tags                        = var.tags

  dynamic "attribute" {
    for_each = compact([each.value.hash, each.value.range])

    content {
      name = attribute.value
      type = "S"
    }
  }

  # DynamoDB deletes within days; what has expired is invisible to Edgewise from its second on.
  dynamic "ttl" {
    for_each = each.value.ttl == null ? [] : [each.value.ttl]

    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled                 = var.recovery_days > 0
    recovery_period_in_days = var.recovery_days > 0 ? var.recovery_days : null
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}
