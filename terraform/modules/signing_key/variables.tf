variable "alias" {
  description = "The name of the key, without `alias/`, for instance `shop-dev-signing`."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_/-]{1,200}$", var.alias)) && !startswith(var.alias, "aws/")
    error_message = "The alias has 1 to 200 letters, digits, `_`, `-` and `/`, and does not begin with `aws/`."
  }
}

variable "signers" {
  description = "ARNs of the roles that may sign releases."
  type        = list(string)

  validation {
    condition     = alltrue([for arn in var.signers : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", arn))])
    error_message = "Signers are roles by their ARN, `arn:aws:iam::ACCOUNT:role/NAME`: no user, and nobody at large."
  }
}

variable "deletion_days" {
  description = "How many days a key waits that is to be deleted: until then it can be kept after all."
  type        = number
  default     = 30

  validation {
    condition     = var.deletion_days >= 7 && var.deletion_days <= 30
    error_message = "AWS waits 7 to 30 days."
  }
}

variable "tags" {
  description = "Tags of the key."
  type        = map(string)
  default     = {}
}
