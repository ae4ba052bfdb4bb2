// Package credential replaces passwords. A holder changes a password with the old one or with a code. A
// reset, for a forgotten password, needs only a code.
//
// A new password obeys the rules of a registration. It ends all sessions in the transaction that stores
// it, and a notice goes to the user's verified email. The password is hashed before that
// transaction (invariant I4 of package account).
//
// # What each needs
//
// A change needs the token of a session and a proof of the holder: the old password, or a code to an
// address of the holder. A stolen token alone changes nothing, and attempts with it are counted.
//
// A reset has no token, so it needs a captcha instead, and a code to an address of the holder that was not
// changed in the last day: the phone, which a code or an operator has proved, or the email once it is verified.
// An unverified email may be another person's and resets nothing (ASVS 6.4.3).
//
// If a change or a reset fails, the account stays as it was: before the last transaction, which also spends
// the code, only counts and the mark of a spent captcha are stored.
package credential
