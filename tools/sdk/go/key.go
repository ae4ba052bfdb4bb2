package enroll

import "crypto/rand"

// NewIdempotencyKey returns a random key of 128 bits for one new user. A changed request
// needs a new key.
func NewIdempotencyKey() string { return rand.Text() }
