package postgres

// MigrateSteps migrates by other steps than the embedded ones.
var MigrateSteps = migrate
