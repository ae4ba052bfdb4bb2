package enroll

import "crypto/rand"

// NewIdempotencyKey returns a random name of 128 bits for one registration, for
// [Client.RegisterOnce]. A changed registration needs a new name.
func NewIdempotencyKey() string { return rand.Text() }
