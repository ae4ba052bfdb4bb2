// Package invite has the two kinds of invitations, and counts their use by a registration.
//
// Each user has a code of its own. A user that registers with it gets its owner as the inviter.
//
// An operator makes invitations with a quota, an end and a bound address ([Invited] says what such a code looks
// like). They name no inviter. Where sign-up is by invitation, only they admit a registration. A thief of the database
// or of a backup gets no code and no bound address: the row has the SHA-256 of a code with 128 random bits, and a MAC
// of the address that is keyed by the code.
//
// One conditional statement in the transaction of the registration counts a use, so that registrations at
// the same time cannot exceed the limit of an invitation (invariant I2 of package account).
package invite
