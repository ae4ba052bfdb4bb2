// Package holder defines what a user is, and how a request proves that it comes from the user.
//
// [Holders] returns a [Holder] for a valid token. An operation for which a stolen token must not be
// enough also needs a [Proof]: the password or a code, which a [Prover] verifies. Prover also bounds
// the operations that need a token and no captcha, by counts for each user.
//
// [AcceptTerms] stores the terms that a user accepts, by a login or by a token.
//
// A code is a proof only if its address was not changed in the last day ([Settled]):
// a thief of the token and the password could have changed the address a moment ago.
package holder
