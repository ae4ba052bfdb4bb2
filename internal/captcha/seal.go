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
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// Bounds of a challenge's life. A person needs up to a minute or two, a second image
// included. A longer life lets answers be collected and used in one burst.
const (
	MinLife     = 2 * time.Minute
	MaxLife     = 5 * time.Minute
	DefaultLife = MaxLife
)

// MinSecret is the smallest size of a secret in bytes. The keys that are derived from
// the secret have the same size.
const MinSecret = 32

// The info parameters of HKDF (RFC 5869, section 3.2). They make these keys differ from
// all others that are derived from the same secret.
const (
	sealInfo   = "enroll captcha seal v1"
	speechInfo = "enroll captcha speech v1"
)

// Config configures the kinds that seal their challenges.
type Config struct {
	// Secret is the service's secret, of at least MinSecret bytes and the same in all
	// replicas. After a change, ids that were issued before are unknown.
	Secret []byte
	// Life is how long a challenge can be answered: MinLife to MaxLife, and
	// DefaultLife if zero.
	Life time.Duration
	// SoundBits is the difficulty of the proof of work that a sound needs, from LeastBits to
	// MostBits, and DefaultMinBits if zero. Only Images uses it.
	SoundBits int
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Rand is the source of answers, nonces and the seeds of drawings,
	// crypto/rand.Reader if nil. It must be fit for secrets and safe for concurrent
	// use.
	Rand io.Reader
}

// The layout of an id before base64url, with sizes in bytes:
//
//	version (1) | nonce (16) | sealed: expiry in Unix microseconds (8), kind (1), body (6) | tag (16)
//
// The site and the binding of the scope are authenticated with the id and not part of it.
// Ids of all kinds have the same length.
const (
	version   = 1
	nonceLen  = 16
	expiryLen = 8
	plainLen  = expiryLen + 1 + answerLen
	rawLen    = 1 + nonceLen + plainLen + chacha20poly1305.Overhead
)

// The kinds as sealed in ids. A number must not be used again for another kind.
const (
	sealedImage     = 1
	sealedWork      = 2
	sealedImageWork = 3
)

// IDLen is the length of every id in characters.
const IDLen = (rawLen*8 + 5) / 6

// encoding is strict: unused bits of the last character must be zero, so that one
// challenge has one id only.
var encoding = base64.RawURLEncoding.Strict()

// body is the part of an id that depends on its kind: the six digits of an image, or the
// difficulty of a proof of work in its first byte. A challenge of both kinds has a digit in
// the lower half of each byte, and the difficulty in the upper halves of the first two. So
// ids of all kinds have the same length, and replicas of a version without this kind can still
// read the others.
type body [answerLen]byte

// bodyOfBoth returns the body of an image with a proof of work.
func bodyOfBoth(a answer, difficulty int) (b body) {
	for i, d := range a {
		b[i] = d & 0x0f
	}
	b[0] |= byte(difficulty) & 0xf0
	b[1] |= byte(difficulty) << 4
	return b
}

// both is the inverse of bodyOfBoth.
func (b body) both() (a answer, difficulty int) {
	for i, v := range b {
		a[i] = '0' + v&0x0f
	}
	return a, int(b[0]&0xf0 | b[1]>>4)
}

// sealed is the content of an id that was issued with the secret. It may be copied and
// used concurrently. Its formatted form is a placeholder.
type sealed struct {
	nonce   [nonceLen]byte
	expires int64 // Unix microseconds
	kind    byte
	body    body
}

// name returns the nonce: 128 random bits, which identify the challenge.
func (s sealed) name() []byte { return s.nonce[:] }

// end returns the first time at which the challenge cannot be answered, in UTC.
func (s sealed) end() time.Time { return time.UnixMicro(s.expires).UTC() }

// digits are the answer of an image.
func (s sealed) digits() answer {
	if s.kind == sealedImageWork {
		a, _ := s.body.both()
		return a
	}
	return answer(s.body)
}

// matches reports whether text is the answer of an image. If the challenge also has a proof
// of work, text must be the answer, a colon and the proof. See answer.equal and solved.
func (s sealed) matches(text string) bool {
	if s.kind != sealedImageWork {
		return s.digits().equal(text)
	}
	a, difficulty := s.body.both()
	typed, proof, _ := strings.Cut(text, ":")
	right := a.equal(typed)
	return solved(s.nonce, difficulty, proof) && right // check: captcha-both
}

// Format writes a placeholder for every verb: the answer is a secret.
func (s sealed) Format(f fmt.State, _ rune) { // check: captcha-printed
	_, _ = io.WriteString(f, "captcha.sealed{hidden}")
}

// sealer seals ids and opens them. It is safe for concurrent use.
type sealer struct {
	aead cipher.AEAD
	life time.Duration
	now  func() time.Time
	rand io.Reader
}

func newSealer(cfg Config) (sealer, error) {
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

// newSealed returns a challenge with a new nonce and its expiry, and without a body.
func (c sealer) newSealed(kind byte) (sealed, error) {
	s := sealed{expires: c.now().Add(c.life).UnixMicro(), kind: kind}
	_, err := io.ReadFull(c.rand, s.nonce[:])
	return s, err
}

// seal returns the id. The nonce has 128 of XChaCha20's 192 bits, and the rest is
// zero. HChaCha20 derives a subkey from those 128 bits, so random nonces are safe for
// more challenges than can be issued. With AES-GCM and its nonces of 96 bits, 2^32
// messages would be the limit of a key (SP 800-38D, section 8.3).
func (c sealer) seal(scope Scope, s sealed) string {
	raw := make([]byte, 1+nonceLen, rawLen)
	raw[0] = version
	copy(raw[1:], s.nonce[:])
	var plain [plainLen]byte
	binary.BigEndian.PutUint64(plain[:], uint64(s.expires))
	plain[expiryLen] = s.kind
	copy(plain[expiryLen+1:], s.body[:])
	raw = c.aead.Seal(raw, extend(s.nonce), plain[:], authenticated(scope))
	return encoding.EncodeToString(raw)
}

// open returns the content of an id that was issued for this kind and scope.
func (c sealer) open(kind byte, scope Scope, id string) (sealed, error) {
	if len(id) != IDLen {
		return sealed{}, ErrUnknown
	}
	raw := make([]byte, rawLen)
	// The decoder ignores line breaks, so the length of the result is checked as well.
	if n, err := encoding.Decode(raw, []byte(id)); err != nil || n != rawLen || raw[0] != version {
		return sealed{}, ErrUnknown
	}
	var s sealed
	copy(s.nonce[:], raw[1:])
	plain, err := c.aead.Open(nil, extend(s.nonce), raw[1+nonceLen:], authenticated(scope))
	if err != nil || plain[expiryLen] != kind { // check: captcha-kind
		return sealed{}, ErrUnknown
	}
	s.expires, s.kind = int64(binary.BigEndian.Uint64(plain)), kind
	copy(s.body[:], plain[expiryLen+1:])
	if !c.now().Before(s.end()) { // check: captcha-expiry
		return sealed{}, ErrExpired
	}
	return s, nil
}

// extend appends zeros to a nonce, up to the size of XChaCha20's.
func extend(nonce [nonceLen]byte) []byte {
	n := make([]byte, chacha20poly1305.NonceSizeX)
	copy(n, nonce[:])
	return n
}

// authenticated returns the associated data of an id: the version, the site and the
// binding. Only the last one has a variable length, so no two scopes give the same.
func authenticated(scope Scope) []byte {
	// check: captcha-site
	return append(binary.BigEndian.AppendUint64([]byte{version}, uint64(scope.Site)), scope.Binding...)
}
