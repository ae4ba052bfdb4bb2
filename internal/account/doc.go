// Package account decides who may have an account and how it comes to be.
//
// # Vocabulary
//
// A site is one of the worlds that a deployment serves; names are unique
// within one. An identifier is a user name, an email or a phone; its key is
// the one canonical form by which it is unique. A proof is a captcha's id
// and answer. A phone code is six digits sent by SMS: it is tried when it is
// judged, and spent when a registration or login has been made with it. A
// refusalOf is an answer to a person (*Error); an internal error is any other error, and
// an alarm.
//
// # Invariants
//
// Migrations, queries and tests cite them by number.
//
//	I1  There is one user per canonical form of an identifier and site.
//	    Unique constraints promise it, not a look-up before an insert.
//	I2  A phone code, a captcha and a use of an invitation are spent at most
//	    once, each by one conditional statement.
//	I3  A failed attempt is counted even when nothing else of it is kept.
//	I4  No password is hashed inside a transaction.
//	I5  The same idempotency key and request give the same user; the same key
//	    with another request is refused. The digest covers every field of the
//	    request by construction. A key bears five wrong repetitions.
//	I6  The remembered digest of a request is keyed and leaves the password out,
//	    but for whether there was one.
//	I8  No secret and no full identifier stands in an error or a log.
//	I9  A refusal tells nothing about other people's accounts beyond what
//	    the contract says: a taken user name or email, after a spent
//	    captcha; a taken phone, after a right code.
//	I11 What was answered "nothing happened" did not happen. What may have
//	    happened is answered OutcomeUnknown.
//
// I7 (events) is a number kept for a rule to come.
//
// # Order
//
// Cheap steps come before expensive ones, and steps that can be repeated before
// those that spend something. A registration takes them in this order:
//
//  1. checks that need neither the database nor another service
//  2. the captcha is opened: a missing, forged or expired one ends here
//  3. admission to the hashers, or the refusal that they are busy
//  4. the remembered answer of an earlier request with the same key
//  5. the captcha is spent and judged
//  6. the phone code is tried
//  7. the password is looked up among breached ones
//  8. the password is hashed
//  9. one statement or transaction writes the user
//  10. the token is signed
//
// A request that was admitted holds no hasher before step 8. It counts as work
// to come, so that a request which has spent its captcha and code is not refused
// as busy afterwards.
package account
