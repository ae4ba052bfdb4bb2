package postgres

// OrZero returns the zero value for NULL: outside the database "" and 0 mean "none".
func OrZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// NullIfEmpty returns nil, which is NULL in the database, for the empty string, which means
// "none" in requests. A unique constraint allows any number of NULLs.
func NullIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
