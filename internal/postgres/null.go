package postgres

import "time"

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

// UnixOrZero returns a time in Unix seconds, and 0 for NULL. The admin API and the commands write times so: 0 stands
// for a time that is not set, such as the end of an invitation without an end.
func UnixOrZero(at *time.Time) int64 {
	// OrZero would give the year 1, which is not 0 in Unix seconds.
	if at == nil {
		return 0
	}
	return at.Unix()
}
