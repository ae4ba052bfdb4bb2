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
// reset has no token, so it needs a captcha instead, and a code to an address that was proved to be the
// holder's and was not changed in the last day: the phone, which is proved when it is stored, or the
// email once it is verified. An unverified email may be another person's and resets nothing (ASVS
// 6.4.3).
//
// Both leave the account usable if they fail: nothing is stored before the last transaction, and
// a code is spent in it.
package credential
