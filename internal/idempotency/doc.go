// Package idempotency remembers requests by the key that the client gave, so that a client
// whose answer was lost can repeat its request and gets the same user.
//
// # A key
//
// A key belongs to one site and one request for 24 hours. The first attempt claims it
// ([Keys.Claim]) before it spends anything, and either stores the user that it inserts, in the
// same transaction ([Claim.Remember]), or releases the key ([Keys.Release]). Of two attempts
// at once the second is refused until the first has ended. If an attempt crashes, its claim
// expires after ten seconds, and the next attempt takes the key over.
//
// # The same request
//
// A request is the same if the keyed digest of its fields is the same (invariants I5 and I6 of package
// account). The caller decides whether a repetition is made by the same client: if the request has a
// password, the caller verifies it and reports the outcome ([Keys.Settle]). After five wrong
// repetitions of any kind the key is refused, so that it cannot be used to guess passwords or codes.
// After twenty right ones it is refused, too, because they need no captcha. The caller of the admin
// API has a service key instead, so for that API the right repetitions have no bound.
package idempotency
