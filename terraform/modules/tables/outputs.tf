output "names" {
  description = "The name of each table by what it keeps: `registry`, `features`, `consent`, `assignments`, `requests`."
  value       = { for kind, table in aws_dynamodb_table.this : kind => table.name }
}

output "arns" {
  description = "The ARN of each table, likewise."
  value       = { for kind, table in aws_dynamodb_table.this : kind => table.arn }
}
