// Package source reads files of users: Enroll's own, and those that other systems write. [Open] reads the beginning,
// which shows whether a file has the format, and a [Reader] gives its rows one at a time, so that a file of a million
// users needs no more memory than one of ten.
//
// What a row means is decided here, and whether a user may have it in package transfer: this package knows neither
// the rules of a registration nor the database. What another system does not check, such as a phone of AnQiCMS, is
// not taken as checked. What a user loses, such as a login by another provider, is a note of its row.
//
// # Files
//
// user.go has the members of a user, and reader.go reads Enroll's own format. The others are read by:
//
//   - anqicms.go and anqicmsdump.go: AnQiCMS, as CSV or from a dump of its database, by package mysqldump;
//   - keycloak.go, django.go and firebase.go, by array.go, which reads a JSON array element by element. Keycloak and
//     Firebase have verified an email if the file says so; Django never has;
//   - kratos.go and auth0.go, by values.go, which reads JSON values one after the other: objects, or arrays of them.
//     The schemas of Kratos differ, so the names of the traits are the usual ones, and others are ignored;
//   - supabase.go, the table auth.users as CSV, and members.go, CSV whose columns are the members of Enroll's format.
//
// table.go reads CSV with the names of the columns in the first line, and cells.go has the types of its values.
//
// # Secrets
//
// A file has hashes of passwords, so errors and notes quote nothing of it. Hashes are passed on as the file spells
// them: package foreign, below password, decides which spelling means which function. Keys of HMAC, second factors
// and the signer key of Firebase are read from no file into a row: a secret that holds for many users does not belong
// to one.
//
// Members that Enroll has no use for are ignored in files of other systems, and refused in its own format: another
// system adds members with each version, but a misspelled name in a file for Enroll would lose a value.
package source
