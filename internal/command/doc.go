// Package command runs the commands of enroll ([Run]). It contains those that work on the database: migrate,
// restored, and the commands of operators. Package main adds the others.
//
// On the database, commands work while the service is down, and need no service key. Every account that can read
// the settings may run them: it could do the same by SQL, without an entry in the audit log.
// The entry of a command names the operating system's account that has run it. migrate and
// restored write no entry.
//
// tree.go puts all commands under one, operate.go has what those of operators share, and each of the other files
// has the commands about one thing. The library cobra parses them: it accepts flags before
// and after the arguments, prints the help of each command, and completes commands in a shell.
//
// # By the admin API
//
// With --url, a command of operators works by the admin API of a running service, with a service key and without any
// setting (package remote). byapi.go has the interfaces that both ways implement. What is printed and the exit status
// are the same. A command without an operation in the API is refused: it must not work on another database than the one
// that the operator has named.
//
// # Users of operators
//
// `enroll user create` and `enroll user update` check what is entered by the rules of a
// registration. [NewRules] makes these rules from the settings, both for the commands and
// for the admin API. The rules need ENROLL_SECRET, which is the key of the hashes of reserved names.
// A refusal is printed as its field and its reason, such as "email: email_taken"; the page on
// errors explains each reason. Passwords are read from files only, so that no list of processes
// and no history of a shell has one.
//
// # Moving users
//
// `enroll user export` and `enroll user import` are package transfer with files. Files that are written have hashes
// of passwords or ids of customers, so they are new and only this account can read them. A half export is removed,
// because it could be taken for a whole one. A report stays, because it says what an import has done before it
// stopped. Progress is printed at most every two seconds, so that the log of a job stays short.
//
// An import moves the sequence of ids, so it needs the database role that migrates, unlike the other commands about
// users. It reads the same settings as the service, so that only users that could have registered are imported.
//
// # SMS
//
// `enroll sms report` prints the counts of packages code and smscount, which have no phone, no network and no user. It
// needs the settings of the service, because the budgets of money are settings and only what is spent in them is in the
// database.
//
// # Output
//
// A table is for people and may change with a version. The output of --json is for
// programs: members are added and not renamed or removed. Errors go to standard error
// in both. A dry run is the act itself in a transaction that is rolled back, so that
// it finds the errors that the act would find.
package command
