variable "prefix" {
  description = "Begins the name of every table, for instance `shop-dev`."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.prefix))
    error_message = "The prefix has 3 to 32 lower-case letters, digits and `-`, and begins with a letter."
  }
}

variable "kms_key_arn" {
  description = "The key that encrypts all tables."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9A-Za-z-]+$", var.kms_key_arn))
    error_message = "The key is given by its ARN, `arn:aws:kms:REGION:ACCOUNT:key/ID`."
  }
}

variable "deletion_protection" {
  description = "Whether no table can be deleted, and no plan may replace one; true in production."
  type        = bool
}

variable "recovery_days" {
  description = "How many days back the tables can be restored to any second; 0 for none."
  type        = number
  default     = 35

  validation {
    condition     = var.recovery_days >= 0 && var.recovery_days <= 35 && floor(var.recovery_days) == var.recovery_days
    error_message = "Tables can be restored within 1 to 35 whole days; 0 turns it off."
  }
}

variable "tags" {
  description = "Tags of every table."
  type        = map(string)
  default     = {}
}
