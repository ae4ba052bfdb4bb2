// Package transfer moves users out of a deployment and into one: [Export] writes all users with the hashes of their
// passwords, and [Import] reads such a file, or one that a program has written from another system.
//
// # Format
//
// A file has one JSON object in each line (NDJSON). [Format] and [Version] are in the first line. Then come lines of
// groups, lines of users ([User]), and a last line with the number of users, without which a file counts as cut off.
// docs/transfer.md describes the members. A later version may add kinds of lines and members.
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
// line.go has the lines, which export.go writes and reader.go reads. A row goes through four steps:
//
//   - candidate.go checks it without the database;
//   - plan.go looks up what is in its way, with claims.go, and decides what becomes of it;
//   - batch.go stores the batch, and repeats or halves it if the database refuses it;
//   - report.go counts the row and writes its line of the report.
//
// anqicms.go reads the table of users of AnQiCMS, as CSV, in the place of reader.go, and anqicmsdump.go its users and
// groups from a dump of its database, by package mysqldump. Their rows go through the same steps. What AnQiCMS does not
// check, such as a phone, is not taken as checked here.
//
// keycloak.go, django.go and firebase.go read the users of these systems, by array.go, which reads a JSON array element
// by element. In reports, the line of such a user is its number in the file. Keycloak and Firebase have verified an
// email if the file says so; Django never has. What a user loses, such as a login by another provider, is a note of its
// line.
//
// kratos.go and auth0.go read users of Ory Kratos and of Auth0, by values.go, which reads JSON values one after the
// other: objects, or arrays of them. The schemas of Kratos differ, so the names of the traits are the usual ones, and
// others are ignored.
//
// table.go reads CSV with the names of the columns in the first line, for AnQiCMS, for supabase.go, which reads the
// table auth.users of Supabase, and for members.go, whose columns are the members of the format. cells.go has the types
// of values that a row can have.
//
// Keys of HMAC, second factors and the signer key of Firebase are read from no file into the database: a secret that
// holds for many users does not belong to the row of one.
//
// Members that Enroll has no use for are ignored in files of other systems, and refused in its own format: another
// system adds members with each version, but a misspelled name in a file for Enroll would lose a value.
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
