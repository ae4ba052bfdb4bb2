package enroll

import "crypto/rand"

// NewIdempotencyKey returns a random key of 128 bits for one registration, for
// [Client.RegisterOnce]. A changed registration needs a new key.
func NewIdempotencyKey() string { return rand.Text() }
