mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{}"
    }
  }
}

variables {
  alias   = "shop-dev-signing"
  signers = ["arn:aws:iam::123456789012:role/shop-dev-publisher"]
}

run "the_key_signs_with_p256" {
  command = plan

  assert {
    condition     = aws_kms_key.this.key_usage == "SIGN_VERIFY" && aws_kms_key.this.customer_master_key_spec == "ECC_NIST_P256"
    error_message = "releases are signed with ECDSA on P-256"
  }

  assert {
    condition     = aws_kms_alias.this.name == "alias/shop-dev-signing"
    error_message = "the alias is the one that is given"
  }
}

run "the_account_manages_and_signers_sign" {
  command = plan

  assert {
    condition     = contains(data.aws_iam_policy_document.this.statement[0].not_actions, "kms:Sign")
    error_message = "managing the key does not let anybody sign"
  }

  assert {
    condition     = one([for who in data.aws_iam_policy_document.this.statement[1].principals : who.identifiers]) == toset(var.signers)
    error_message = "the signers that are given sign, and nobody else"
  }
}

run "without_signers_nobody_signs" {
  command = plan

  variables {
    signers = []
  }

  assert {
    condition     = length(data.aws_iam_policy_document.this.statement) == 1
    error_message = "only the account is left"
  }
}

run "bad_values_are_refused" {
  command = plan

  variables {
    alias         = "aws/shop"
    signers       = ["*"]
    deletion_days = 3
  }

  expect_failures = [var.alias, var.signers, var.deletion_days]
}
