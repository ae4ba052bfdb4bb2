// Package address sends codes to phones and emails, and verifies emails.
//
// Neither the answer nor its time shows whether an address has an account (invariant I9 of package
// account): the same statements run for each address, and the same counts rise. A code that only a holder
// can use is sent to holders only, and after the answer, so that the answer's time is always the same.
//
// A code that a holder requests with a token has the user's id in its destination, so that only this user can
// redeem it. A code without a token is bound to its address alone: whether that has a user is
// looked up when the code is redeemed ([HolderOf], [Recipient]).
//
// An email is verified by at most one user of a site. Until then any user may claim it, and the claim
// is worth nothing: it neither logs in nor keeps the email from the person that owns it.
package address
