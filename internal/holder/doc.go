// Package holder has the users of requests: what a user is, and how a request shows that it is
// the user's.
//
// A valid token makes a [Holder], by [Holders]. What a stolen token must not suffice for needs a [Proof]
// as well, the password or a code, which a [Prover] verifies. Prover also counts what a holder does with a
// token, since no captcha bounds it.
//
// A code is a proof only if its address was not changed in the last day ([Settled]):
// a thief of the token and the password could have changed the address a moment ago.
package holder
