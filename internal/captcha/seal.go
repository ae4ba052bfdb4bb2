package captcha

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// Bounds of a challenge's life: long enough for someone who asks for a second
// look, short enough that a farm cannot stockpile answers.
const (
	MinLife     = 2 * time.Minute
	MaxLife     = 5 * time.Minute
	DefaultLife = MaxLife
)

// MinSecret is the least number of bytes a secret may have: the strength of
// the keys that are derived from it.
const MinSecret = 32

// These separate our keys from every other key that is derived from the same
// secret (RFC 5869, section 3.2).
const (
	sealInfo   = "enroll captcha seal v1"
	speechInfo = "enroll captcha speech v1"
)

// Config holds what the kinds need that seal their challenges.
type Config struct {
	// Secret is the service's secret, at least MinSecret bytes and the same in
	// every replica. Who changes it makes the challenges in flight unknown, for
	// at most Life.
	Secret []byte
	// Life is how long a challenge can be answered: MinLife to MaxLife,
	// DefaultLife if zero.
	Life time.Duration
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Rand is the source of answers, nonces and of the seed of each drawing. It
	// must be fit for secrets and safe for concurrent use; crypto/rand.Reader
	// if nil.
	Rand io.Reader
}

// The layout of an id before base64url:
//
//	version (1) | nonce (16) | sealed: expiry in Unix microseconds (8), kind (1), body (6) | tag (16)
//
// The scope is authenticated with it and not part of it. Ids of all kinds look alike.
const (
	version   = 1
	nonceLen  = 16
	expiryLen = 8
	plainLen  = expiryLen + 1 + answerLen
	rawLen    = 1 + nonceLen + plainLen + chacha20poly1305.Overhead
)

// The kinds as they are sealed. No number is ever used for another kind.
const (
	sealedImage = 1
	sealedWork  = 2
)

// IDLen is the length of every id in characters.
const IDLen = (rawLen*8 + 5) / 6

// encoding is strict: of the spellings of the last character's unused bits, if it
// has any, only one is an id, so that one challenge has one id.
var encoding = base64.RawURLEncoding.Strict()

// body is what a kind seals: the six digits of an image, the measure of a work.
type body [answerLen]byte

// sealed is a challenge that was issued here and has not expired. It may be
// copied and used concurrently. Printing one, whatever the verb, shows nothing.
type sealed struct {
	nonce   [nonceLen]byte
	expires int64 // Unix microseconds
	kind    byte
	body    body
}

// name is the nonce: 128 random bits.
func (s sealed) name() []byte { return s.nonce[:] }

// end is the first moment at which the challenge is not answerable any more, in UTC.
func (s sealed) end() time.Time { return time.UnixMicro(s.expires).UTC() }

// matches tells whether text is the answer of an image, in time that depends only on
// the length of text. White space and full-width forms do not count: people type
// on phones, with input methods that insert both. An empty answer never matches.
func (s sealed) matches(text string) bool { return answer(s.body).equal(text) }

// Format keeps the answer out of every log and error text.
func (s sealed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "captcha.sealed{hidden}") }

// sealer makes ids and opens them.
type sealer struct {
	aead cipher.AEAD
	life time.Duration
	now  func() time.Time
	rand io.Reader
}

func sealerOf(cfg Config) (sealer, error) {
	if len(cfg.Secret) < MinSecret {
		return sealer{}, fmt.Errorf("captcha: the secret must have at least %d bytes", MinSecret)
	}
	if cfg.Life == 0 {
		cfg.Life = DefaultLife
	}
	if cfg.Life < MinLife || cfg.Life > MaxLife {
		return sealer{}, fmt.Errorf("captcha: life %s is not within %s and %s", cfg.Life, MinLife, MaxLife)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	key, err := hkdf.Key(sha256.New, cfg.Secret, nil, sealInfo, chacha20poly1305.KeySize)
	if err != nil {
		return sealer{}, fmt.Errorf("captcha: derive key: %w", err)
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return sealer{}, fmt.Errorf("captcha: %w", err)
	}
	return sealer{aead: aead, life: cfg.Life, now: cfg.Now, rand: cfg.Rand}, nil
}

// fresh is a challenge with a nonce and an end, and no body yet.
func (c sealer) fresh(kind byte) (sealed, error) {
	s := sealed{expires: c.now().Add(c.life).UnixMicro(), kind: kind}
	_, err := io.ReadFull(c.rand, s.nonce[:])
	return s, err
}

// seal makes the id. The nonce fills the first 128 of XChaCha20's 192 nonce bits
// and zeros the rest: those 128 choose a subkey of their own (HChaCha20), so random
// nonces are safe for any number of challenges that can be issued, which the 96
// bits of AES-GCM (2^32 messages for a key, SP 800-38D) would not be.
func (c sealer) seal(scope Scope, s sealed) string {
	raw := make([]byte, 1+nonceLen, rawLen)
	raw[0] = version
	copy(raw[1:], s.nonce[:])
	var plain [plainLen]byte
	binary.BigEndian.PutUint64(plain[:], uint64(s.expires))
	plain[expiryLen] = s.kind
	copy(plain[expiryLen+1:], s.body[:])
	raw = c.aead.Seal(raw, wide(s.nonce), plain[:], bind(scope))
	return encoding.EncodeToString(raw)
}

func (c sealer) open(kind byte, scope Scope, id string) (sealed, error) {
	if len(id) != IDLen {
		return sealed{}, ErrUnknown
	}
	raw := make([]byte, rawLen)
	// The decoder skips line breaks, so the length decides again.
	if n, err := encoding.Decode(raw, []byte(id)); err != nil || n != rawLen || raw[0] != version {
		return sealed{}, ErrUnknown
	}
	var s sealed
	copy(s.nonce[:], raw[1:])
	plain, err := c.aead.Open(nil, wide(s.nonce), raw[1+nonceLen:], bind(scope))
	if err != nil || plain[expiryLen] != kind {
		return sealed{}, ErrUnknown
	}
	s.expires, s.kind = int64(binary.BigEndian.Uint64(plain)), kind
	copy(s.body[:], plain[expiryLen+1:])
	if !c.now().Before(s.end()) {
		return sealed{}, ErrExpired
	}
	return s, nil
}

// wide is the nonce at the width that XChaCha20 takes.
func wide(nonce [nonceLen]byte) []byte {
	n := make([]byte, chacha20poly1305.NonceSizeX)
	copy(n, nonce[:])
	return n
}

// bind is what an id is authenticated with: its version, its site and, last because
// its length is its own, its binding.
func bind(scope Scope) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{version}, uint64(scope.Site)), scope.Binding...)
}
