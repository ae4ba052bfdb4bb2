// Package invite reads the field invite_code of a registration, which has one of two kinds of codes, and counts its
// use.
//
// Each user has an invite code. A user that registers with it gets its owner as the inviter.
//
// An operator makes invitations, each with a code, a quota, an end and, if it is for one person, a bound address
// ([Invited] says what such a code looks like). They name no inviter. Where sign-up is by invitation, only they admit a
// registration. A thief of the database or of a backup gets neither code nor bound address: the row has the SHA-256 of
// a code with 128 random bits, and a MAC of the address that is keyed by the code.
//
// One conditional statement in the transaction of the registration counts a use, so that registrations at
// the same time cannot exceed an inviter's limit or the quota of an invitation (invariant I2 of package account).
package invite
