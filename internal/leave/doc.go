// Package leave deletes users that leave.
//
// A holder requests the deletion ([Service.Request]): the row gets the time of its deletion, and all
// sessions end. A login before that time cancels the deletion. After that time the user cannot log
// in, and [Service.Purge] deletes its data.
//
// # What is deleted
//
//   - the user's row, and by foreign keys its sessions, notices, avatar and remembered registration
//   - codes that were sent to its addresses, and those that it has requested
//   - counts of its failed logins, of wrong codes for its addresses, and of its own operations, such as
//     uploads
//   - its id in the rows of the users that it has invited
//
// # What stays
//
//   - Its id in the audit log. A trigger removes the networks of the user's own
//     requests there.
//   - The count of users that its inviter has invited, which belongs to the inviter.
//   - Counts of the messages that were sent to its addresses. They are stored under keyed hashes
//     and expire within a day. If a deletion reset them, a client that registers and leaves in a
//     loop could have any number of messages sent to one phone.
//   - Codes that were sent to an address that it has changed since, until they expire after ten minutes.
//   - Its keyed hash in the rows of networks with failed logins, for an hour at most, and counts that
//     a request adds just before the deletion, until they expire.
//
// # Names
//
// The user name of a deleted user cannot be registered for a time. It is reserved by keyed hashes of its
// key and of its skeleton. Otherwise a stranger could register it and be mistaken for its former holder.
//
// # Concurrency
//
// Codes and counts are deleted first, in statements of their own; one last statement locks and deletes
// the users. A login by code locks codes and counts before the user, so it cannot deadlock with a
// purge. A login and a purge of one user both lock its row. A login that comes first cancels the
// deletion, or finds that it is due. A login that comes second finds no row. The purge waits for a minute
// after the time of the deletion, so that requests that began before the sessions ended are over.
package leave
