//go:build !amd64 || purego

package argon2

// supported returns the portable implementation. It takes as long as x/crypto's,
// which is portable here too, and reuses its memory.
func supported() []*Implementation { return []*Implementation{portable()} }
