// Package login logs users in: by a password, or by a code to a phone or an email.
//
// The answer to a wrong password, and the work for it, do not show whether the account exists
// (invariant I9 of package account). Package throttle counts the tries of passwords, package code
// those of codes.
//
// # What it costs
//
// A login by password is admitted to the hashers before it spends its captcha, so that a refusal as
// busy costs the person nothing. A login by code hashes nothing. The captcha is spent before a try is
// counted: if logins require a captcha, a client that solves none cannot use up the tries of a holder
// (invariant I10).
//
// # Sessions
//
// A login stores a session. The statement compares the time of the last end of all sessions
// (users.tokens_valid_from) with the one that was read with the credentials. So a login with a password
// that was changed meanwhile stores no session (invariant I12). If the times differ, the login reads the
// user again, and is repeated if the password is still the same.
//
// # Deletions
//
// A login cancels a requested deletion, in the transaction that stores its session. A notice and an
// entry in the audit log report it, because the login may be a thief's.
package login
