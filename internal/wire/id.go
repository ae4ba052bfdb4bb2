package wire

import (
	"encoding/hex"
	"io"
	"net/http"
)

// IDs makes the ids of requests.
type IDs struct {
	// Rand is safe for concurrent use, as crypto/rand.Reader is.
	Rand io.Reader
}

// Of returns the id that the request has, so that the logs of a proxy and of Enroll can be
// compared. If the request has none or several, or one with characters that could forge a log
// line, it returns a random id of 128 bits.
func (i IDs) Of(h http.Header) string {
	// 64 characters are enough for a UUID and for the ids of common proxies.
	if sent := h["X-Request-Id"]; len(sent) == 1 && plain(sent[0], 64) && sent[0] != "" { // check: request-id
		return sent[0]
	}
	return i.New()
}

// New returns a random id of 128 bits. An API that ignores the ids of its clients calls New directly.
func (i IDs) New() string {
	var b [16]byte
	if _, err := io.ReadFull(i.Rand, b[:]); err != nil {
		// Without randomness the id is all zeros, and the request is served: an id need not be secret.
		clear(b[:])
	}
	return hex.EncodeToString(b[:])
}

// plain reports whether s has at most limit characters, all of them ASCII letters,
// digits, '.', '_' or '-', which are safe in a header, a log line and a message.
func plain(s string, limit int) bool {
	if len(s) > limit {
		return false
	}
	for i := range len(s) {
		switch b := s[i]; {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '.', b == '_', b == '-':
		default:
			return false
		}
	}
	return true
}
