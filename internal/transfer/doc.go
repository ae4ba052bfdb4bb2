// Package transfer moves users out of a deployment and into one: [Export] writes all users with the hashes of their
// passwords, and [Import] reads such a file, or one that a program has written from another system.
//
// # Format
//
// A file has one JSON object in each line (NDJSON). [source.Format] and [source.Version] are in the first line. Then
// come lines of groups, lines of users ([source.User]), and a last line with the number of users, without which a file
// counts as cut off. docs/transfer.md describes the members. A later version may add kinds of lines and members.
//
// An export that is imported into an empty database and exported again gives the same bytes. Sessions, codes, counts,
// uploaded pictures and the audit log are not in a file.
//
// # Rules of an import
//
// Identifiers and profiles are checked by the rules of a registration. What cannot be kept is left out and reported:
// an identifier that is not valid or has another owner, a text of the profile that is not valid, a group that does not
// exist. A row is refused if nothing is left by which the user could log in, or if its password hash is of a kind that
// a login cannot verify.
//
// Of two users with one identifier, the earlier keeps it: a user of the database, or else the earlier row. The
// exception is an email. If the earlier one has it unverified and the later one verified, the later one gets it, as
// when its code is entered.
//
// An id is kept unless another user has it. A row without a usable id gets a new one. The table imported_users says
// which user each row of a source has become, so that an import can be repeated after a stop: a row that is there is
// not imported again. An import never changes a user that exists, except that an unverified email can be taken from it
// and a missing inviter can be added.
//
// # Files
//
// Package source reads a file, of Enroll's own format or of another system, and gives each row the members of that
// format ([source.User]). export.go writes files. A row goes through four steps:
//
//   - candidate.go checks it without the database;
//   - plan.go looks up what is in its way, with claims.go, and decides what becomes of it;
//   - batch.go stores the batch, and repeats or halves it if the database refuses it;
//   - report.go counts the row and writes its line of the report.
//
// import.go runs the four steps over a file. The statements are in queries/transfer.sql.
//
// # Secrets
//
// A file has hashes of passwords, so its errors, the report and the audit log quote nothing of it: a note is the name
// of a member and a reason. The ids of the source are the exception, because a report must say which row it means.
// Hashes of other systems are verified by package foreign, below password. Which spelling means which function is
// decided there, and this package passes on what the file says. A hash by a function that is too fast is wrapped before
// it is stored, by wrap.go: a whole hash for each row, on all cores, outside the transaction. A repetition looks up
// which rows were imported, and computes no hash for them. A dry run computes none at all.
//
// Apart from that, hashes are only passed on: [password.Stored] checks their form, and no password is compared here.
//
// # Registrations during an import
//
// The service may run during an import. Before the first row with an id is stored, the sequence of ids is moved
// beyond it, under a lock that waits for registrations in flight: otherwise a registration could fail with an id that
// a row has just got. The statements of a registration are the same during an import.
//
// # Batches
//
// [Import] reads and stores 1,000 rows at a time, in one transaction, by COPY. It looks up all that is in the way of a
// batch first. If a registration takes an identifier meanwhile, a constraint refuses the batch, and the batch is
// looked up again. A row that a constraint refuses for another reason is found by halving the batch. The report is
// written after the commit. So after a crash the report may lack up to one batch, whose rows a repetition reports as
// present.
//
// Memory does not depend on the number of rows, except in a dry run, which remembers the identifiers of all rows as
// hashes: each of its batches is rolled back, so that no registration waits for it.
package transfer
