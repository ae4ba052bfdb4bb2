// Package command has the commands of enroll that work on the database: [Migrate],
// [Restored], [Codes], and those of operators, [Operate]. They need no running service.
//
// So they work while the service is down, need no key, and are allowed to everyone with the
// settings: an account that can read ENROLL_DATABASE_URL could do the same by SQL, and would
// leave no entry in the audit log. The entry names the account of the system that has run
// the command.
//
// operate.go has what the commands user, key and audit share; usercommand.go and
// keycommand.go have the commands. They are read by cobra, whose flags stand before or
// after arguments and which prints the help of each. The commands with neither
// arguments nor subcommands need no library.
//
// A table is for people and may change with a version. The output of --json is for
// programs: members are added and not renamed or removed. Errors go to standard error
// in both. A dry run is the act itself in a transaction that is rolled back, so that
// it finds every error that the act would find.
package command
