// Package export collects what is held about a user, for that user.
//
// # What is left out
//
// Each column of the database is either in an export, or in the list of a test with the reason why it is not
// (server.TestExportHasEachColumn). A new column fails that test until it is in one of the two. The reasons for
// columns about a person are mostly these:
//
//   - It is a secret: the hash of the password, codes, the idempotency key of a registration.
//   - It is derived from a field that is in the export.
//   - It is about another person, or may be: the networks of codes that another person has requested for an
//     address of the user.
//   - It is a count under a keyed hash of an address. The address may have been another person's a day ago.
//
// # Consistency
//
// Each table is read by a statement of its own. A change during an export may be in one list and not yet
// in another. That does no harm, because an export is not a backup, and no transaction stays open for it.
package export
