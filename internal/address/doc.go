// Package address sends codes to phones and emails, and verifies emails.
//
// Neither the answer nor its time shows whether an address has an account (invariant I9 of package
// account): the same statements run for each address, and the same counts rise. A code to reset a password
// and a code by mail to log in are sent to holders only, because no other person can use them. They are sent
// after the answer, so that the answer's time does not show whether one is sent. A code by SMS to log in is
// sent to each phone of a country that is served.
//
// A code that a holder requests with a token has the user's id in its destination, so that only this user can
// redeem it. A code without a token is bound to its address alone: whether the address has a user is
// looked up when the code is redeemed ([HolderOf], [Recipient]).
//
// An email belongs to at most one user of a site. Until this user has verified the email, it is worth nothing:
// the user cannot log in by it, and loses it to a user that verifies it.
package address
