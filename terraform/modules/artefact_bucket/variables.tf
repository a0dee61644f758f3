variable "name" {
  description = "The name of the bucket, unique in all of AWS."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "The name has 3 to 63 lower-case letters, digits and `-`; a dot would break TLS."
  }
}

variable "kms_key_arn" {
  description = "The key that encrypts all objects."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9A-Za-z-]+$", var.kms_key_arn))
    error_message = "The key is given by its ARN, `arn:aws:kms:REGION:ACCOUNT:key/ID`."
  }
}

variable "log_bucket" {
  description = "The bucket that takes the access log; null for none."
  type        = string
  default     = null
}

variable "old_version_days" {
  description = "How many days a version that was overwritten or deleted is kept."
  type        = number
  default     = 90

  validation {
    condition     = var.old_version_days >= 30 && floor(var.old_version_days) == var.old_version_days
    error_message = "Old versions are kept for at least 30 whole days: a rollback needs them."
  }
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes the objects too; false in production."
  type        = bool
}

variable "tags" {
  description = "Tags of the bucket."
  type        = map(string)
  default     = {}
}
