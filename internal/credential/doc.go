// Package credential replaces passwords: a holder changes it by the old one or by a code, and a reset
// for a forgotten one needs a code only.
//
// A new password obeys the rules of a registration. It ends all sessions in the transaction that stores
// it, and a notice goes to the user's verified email. The password is hashed before that
// transaction (invariant I4 of package account).
//
// # What each needs
//
// A change needs the token of a session, and a proof of the holder beside it: the old password, or a code to
// an address of the holder. A stolen token alone changes nothing, and attempts with it are counted. A
// reset has no token, so it needs a captcha instead, and the code that was sent to an address
// which has been the holder's for a day.
//
// Both leave the account usable if they fail: nothing is stored before the last transaction, and
// a code is spent in it.
package credential
