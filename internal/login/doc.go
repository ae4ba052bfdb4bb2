// Package login logs users in: by a password, or by a code to a phone or an email.
//
// The answer to a wrong password, and the work for it, do not show whether the account exists
// (invariant I9 of package account). Package throttle counts the tries, package code those of a code.
//
// # What it costs
//
// A login by password takes a place at the hashers before it spends its captcha, so that a refusal as
// busy costs the person nothing. A login by code hashes nothing. The captcha comes before the tries: a
// client without one cannot use up the tries of a holder (invariant I10).
//
// # Sessions
//
// A login stores a session. The statement compares the time of the last end of all sessions
// (users.tokens_valid_from) with the one that was read with the credentials. So a login with a password
// that was changed meanwhile stores none (invariant I12). It reads the user again and is repeated if the
// password is still the same.
//
// # Deletions
//
// A login takes a requested deletion back, in the transaction that stores its session. A notice and the
// audit log say so, because the login may be a thief's.
package login
