// Package leave deletes users that leave.
//
// A holder requests the deletion ([Service.Request]): the row gets the time of its deletion, and all
// sessions end. Until then a login takes the deletion back. From then on nothing does:
// the user cannot log in, and [Service.Purge] deletes all that is held about it.
//
// # What is deleted
//
//   - the user's row, and by foreign keys its sessions, notices, avatar and remembered registration
//   - codes on their way to its addresses, and those that it has requested
//   - counts of its failed logins, of wrong codes for its addresses, and of its mails and uploads
//   - its id in the rows of the users that it has invited
//
// # What stays
//
//   - Its id in the audit log. A trigger forgets the networks there.
//   - The count of invitations of its inviter, which belongs to the inviter.
//   - Counts of the messages that were sent to its addresses. They stand under keyed hashes and end
//     within a day. If a deletion reset them, one phone could be sent any number of messages by
//     registering and leaving in a loop.
//   - Its keyed hash in the rows of networks with failed logins, for an hour at most, and counts that
//     a request of the last moment leaves behind, until their own end.
//
// # Names
//
// The user name of a deleted user is kept from everyone for a time, as keyed hashes of its key and of its
// skeleton. Otherwise a stranger could register it and be taken for the person that had it.
//
// # Concurrency
//
// Users are deleted in one statement that locks their rows, after their codes and counts in statements
// of their own: a login by code locks codes and counts before the user. A login and a purge of one user
// meet at its row: a login that comes first takes the deletion back, or finds it due; one that comes
// second finds no row. The deletion waits for margin after its time, so that requests that began before
// the sessions ended are over.
package leave
