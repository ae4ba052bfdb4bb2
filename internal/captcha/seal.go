package captcha

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// What Open refuses. Neither says why an id is unknown: forged, cut short, of
// another site and sealed with another secret look the same.
var (
	// ErrUnknown is an id that was not issued here for this site.
	ErrUnknown = errors.New("captcha: unknown id")
	// ErrExpired is an id that was issued here, too long ago.
	ErrExpired = errors.New("captcha: expired id")
)

// The layout of an id before base64url:
//
//	version (1) | nonce (16) | sealed: expiry in Unix microseconds (8), answer (6) | tag (16)
//
// The site is authenticated with it and not part of it.
const (
	version   = 1
	nonceLen  = 16
	plainLen  = 8 + answerLen
	rawLen    = 1 + nonceLen + plainLen + chacha20poly1305.Overhead
	expiryLen = 8
)

// IDLen is the length of every id in characters.
const IDLen = (rawLen*8 + 5) / 6

// encoding is strict: of the four spellings of the last character's unused bits
// only one is an id, so that one challenge has one id.
var encoding = base64.RawURLEncoding.Strict()

// Sealed is a challenge that was issued here and has not expired. It may be
// copied and used concurrently. Printing one, whatever the verb, shows nothing.
type Sealed struct {
	nonce   [nonceLen]byte
	expires int64 // Unix microseconds
	answer  answer
}

func newSealed(rand io.Reader, expires time.Time) (Sealed, error) {
	s := Sealed{expires: expires.UnixMicro()}
	if _, err := io.ReadFull(rand, s.nonce[:]); err != nil {
		return Sealed{}, err
	}
	var err error
	s.answer, err = newAnswer(rand)
	return s, err
}

// Nonce names the challenge: 128 random bits. The caller spends it, at most
// once, before it calls Matches. It is no secret, but has no use elsewhere.
func (s Sealed) Nonce() []byte { return s.nonce[:] }

// Expires is when the challenge stops being answerable, in UTC: from then on a
// record that its nonce was spent is of no use and may be deleted.
func (s Sealed) Expires() time.Time { return time.UnixMicro(s.expires).UTC() }

// Matches tells whether text is the answer, in time that depends only on the
// length of text. White space and full-width forms do not count: people type
// on phones, with input methods that insert both. An empty answer never matches.
func (s Sealed) Matches(text string) bool { return s.answer.equal(text) }

// Format keeps the answer out of every log and error text.
func (s Sealed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "captcha.Sealed{hidden}") }

// seal makes the id. The nonce fills the first 128 of XChaCha20's 192 nonce bits
// and zeros the rest: those 128 choose a subkey of their own (HChaCha20), so random
// nonces are safe for any number of challenges that can be issued, which the 96
// bits of AES-GCM (2^32 messages for a key, SP 800-38D) would not be.
func (c *Images) seal(site int64, s Sealed) string {
	raw := make([]byte, 1+nonceLen, rawLen)
	raw[0] = version
	copy(raw[1:], s.nonce[:])
	var plain [plainLen]byte
	binary.BigEndian.PutUint64(plain[:], uint64(s.expires))
	copy(plain[expiryLen:], s.answer[:])
	raw = c.aead.Seal(raw, wide(s.nonce), plain[:], bind(site))
	return encoding.EncodeToString(raw)
}

// Open proves that id was issued here for site and has not expired. It returns
// ErrUnknown or ErrExpired otherwise, and allocates a bounded amount however long
// id is. It does not tell whether the challenge was spent: see [Sealed.Nonce].
func (c *Images) Open(site int64, id string) (Sealed, error) {
	if len(id) != IDLen {
		return Sealed{}, ErrUnknown
	}
	raw := make([]byte, rawLen)
	// The decoder skips line breaks, so the length decides again.
	if n, err := encoding.Decode(raw, []byte(id)); err != nil || n != rawLen || raw[0] != version {
		return Sealed{}, ErrUnknown
	}
	var s Sealed
	copy(s.nonce[:], raw[1:])
	plain, err := c.aead.Open(nil, wide(s.nonce), raw[1+nonceLen:], bind(site))
	if err != nil {
		return Sealed{}, ErrUnknown
	}
	s.expires = int64(binary.BigEndian.Uint64(plain))
	copy(s.answer[:], plain[expiryLen:])
	if !c.now().Before(s.Expires()) {
		return Sealed{}, ErrExpired
	}
	return s, nil
}

// wide is the nonce at the width that XChaCha20 takes.
func wide(nonce [nonceLen]byte) []byte {
	n := make([]byte, chacha20poly1305.NonceSizeX)
	copy(n, nonce[:])
	return n
}

// bind is what an id is authenticated with: its version and its site.
func bind(site int64) []byte {
	return binary.BigEndian.AppendUint64([]byte{version}, uint64(site))
}
