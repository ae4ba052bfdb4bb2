// Package captcha promises that a challenge it issued can be judged by every
// replica that knows the secret, without anything having been stored, and that
// nothing it did not issue ever passes.
//
// The id of a challenge carries its own answer and its own expiry, sealed with
// authenticated encryption under a key that only the service has. A flood of
// requests for challenges therefore costs processor time and nothing else: no
// row, no memory, no shared store.
//
// What a seal cannot promise is single use. [Sealed.Nonce] names a challenge;
// the caller spends it, right answer or wrong, with one conditional insert
// before it asks [Sealed.Matches]. That is why opening and judging are two
// steps: a guess that was not spent is not a guess that may be judged.
//
// Distorted text keeps out scripts and stock optical character recognition; a
// trained solver reads it. It is one price among others (limits, code budgets),
// never the only one.
package captcha

import (
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
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
// the key that is derived from it.
const MinSecret = 32

// keyInfo separates this key from every other key that is derived from the same
// secret (RFC 5869, section 3.2).
const keyInfo = "enroll captcha image v1"

// Config holds what [NewImages] needs.
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

// Images issues challenges of the image kind: six distorted digits in a PNG. It
// is safe for concurrent use.
type Images struct {
	aead  cipher.AEAD
	life  time.Duration
	now   func() time.Time
	rand  io.Reader
	faces []face
	png   encoder
}

// Challenge is what is handed to the person who is to solve it.
type Challenge struct {
	// ID is opaque: IDLen characters of unpadded base64url, whatever the answer.
	ID string
	// Image is a PNG of Width by Height pixels, at most MaxImage bytes.
	Image []byte
	// Expires is the first moment at which no answer is accepted any more, in
	// UTC, to the microsecond (the precision of PostgreSQL's timestamptz).
	Expires time.Time
}

// NewImages returns an error if the secret is too short, the life is out of
// bounds, or a font cannot be read.
func NewImages(cfg Config) (*Images, error) {
	if len(cfg.Secret) < MinSecret {
		return nil, fmt.Errorf("captcha: the secret must have at least %d bytes", MinSecret)
	}
	if cfg.Life == 0 {
		cfg.Life = DefaultLife
	}
	if cfg.Life < MinLife || cfg.Life > MaxLife {
		return nil, fmt.Errorf("captcha: life %s is not within %s and %s", cfg.Life, MinLife, MaxLife)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	key, err := hkdf.Key(sha256.New, cfg.Secret, nil, keyInfo, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("captcha: derive key: %w", err)
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("captcha: %w", err)
	}
	faces, err := loadFaces()
	if err != nil {
		return nil, fmt.Errorf("captcha: %w", err)
	}
	return &Images{aead: aead, life: cfg.Life, now: cfg.Now, rand: cfg.Rand, faces: faces, png: newEncoder()}, nil
}

// Issue makes a challenge that only site can use. It keeps nothing. It costs a
// few milliseconds of processor time, so it asks ctx first whether anybody still
// waits. Its errors are ctx's own and failures of the source of randomness.
func (c *Images) Issue(ctx context.Context, site int64) (Challenge, error) {
	if err := ctx.Err(); err != nil {
		return Challenge{}, err
	}
	var seed [32]byte
	if _, err := io.ReadFull(c.rand, seed[:]); err != nil {
		return Challenge{}, fmt.Errorf("captcha: no randomness: %w", err)
	}
	s, err := newSealed(c.rand, c.now().Add(c.life))
	if err != nil {
		return Challenge{}, fmt.Errorf("captcha: no randomness: %w", err)
	}
	img, err := c.png.encode(draw(c.faces, s.answer, seed))
	if err != nil {
		return Challenge{}, fmt.Errorf("captcha: encode: %w", err)
	}
	return Challenge{ID: c.seal(site, s), Image: img, Expires: s.Expires()}, nil
}
