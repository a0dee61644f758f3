output "arn" {
  description = "The ARN of the key."
  value       = aws_kms_key.this.arn
}

output "alias" {
  description = "The alias of the key, with `alias/`."
  value       = aws_kms_alias.this.name
}
