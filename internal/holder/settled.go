package holder

import "time"

// settleAfter is how long a changed phone or email cannot recover the account: it resets no password,
// and a code to it is not proof of the holder. Otherwise a thief with the password could change an
// address, and with a code to it take the account back each time its holder sets a new password. A day
// is enough to read the notice and to change the address back.
const settleAfter = 24 * time.Hour

// Settled reports whether an address is old enough to recover the account. since is the time of its last change,
// nil if it was never changed. Settled is called both when a code is requested and when it is redeemed.
func Settled(since *time.Time, now time.Time) bool {
	return since == nil || !now.Before(since.Add(settleAfter)) // check: change-settles
}

// MaxEvictions bounds how often an operation that proves an email repeats its transaction because a
// registration has claimed the email meanwhile. Each such claim costs a captcha, where
// registrations require one, and must commit within the milliseconds of one transaction.
const MaxEvictions = 5 // check: email-squatters
