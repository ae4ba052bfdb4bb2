package postgres

// MigrateSteps migrates by other steps than the embedded ones.
var MigrateSteps = migrate

// StatementName names the span of a statement.
var StatementName = statementName
