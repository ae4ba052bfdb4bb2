package captcha

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/enroll-project/enroll/internal/captcha/picture"
	"github.com/enroll-project/enroll/internal/captcha/speech"
)

// Images issues challenges of KindImage, six distorted digits in a PNG that can also be
// heard, or of KindImagePoW, which adds a proof of work to them. It is safe for concurrent
// use.
type Images struct {
	sealer
	work   *Work // nil for the image kind
	sound  int   // the difficulty of the proof of work for a sound
	artist *picture.Artist
	voices *speech.Voices
	// soundKey is the key of the seeds of sounds.
	soundKey          []byte
	drawing, speaking gate
}

// NewImages returns an error if the secret is too short, the life or SoundBits is out of
// bounds, or an embedded font or voice cannot be read.
func NewImages(cfg Config) (*Images, error) {
	s, err := newSealer(cfg)
	if err != nil {
		return nil, err
	}
	if cfg.SoundBits == 0 {
		cfg.SoundBits = DefaultMinBits
	}
	if cfg.SoundBits < LeastBits || cfg.SoundBits > MostBits {
		return nil, fmt.Errorf("captcha: %d bits for a sound is not within %d to %d", cfg.SoundBits, LeastBits, MostBits)
	}
	artist, err := picture.New()
	if err != nil {
		return nil, fmt.Errorf("captcha: %w", err)
	}
	voices, err := speech.Load()
	if err != nil {
		return nil, fmt.Errorf("captcha: %w", err)
	}
	soundKey, err := hkdf.Key(sha256.New, cfg.Secret, nil, speechInfo, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("captcha: derive key: %w", err)
	}
	return &Images{
		sealer: s, sound: cfg.SoundBits, artist: artist, voices: voices, soundKey: soundKey,
		drawing: newDrawing(), speaking: newSpeaking(),
	}, nil
}

// NewImagesWithWork is NewImages for KindImagePoW. An attacker then needs both a solver of
// pictures and processor time. It returns the errors of NewImages and NewWork.
func NewImagesWithWork(cfg WorkConfig) (*Images, error) {
	work, err := NewWork(cfg)
	if err != nil {
		return nil, err
	}
	c, err := NewImages(cfg.Config)
	if err != nil {
		return nil, err
	}
	c.work = work
	return c, nil
}

// Kind returns KindImage or KindImagePoW.
func (c *Images) Kind() Kind {
	if c.work != nil {
		return KindImagePoW
	}
	return KindImage
}

// sealedKind is the kind as sealed in ids.
func (c *Images) sealedKind() byte {
	if c.work != nil {
		return sealedImageWork
	}
	return sealedImage
}

// Challenge draws an image with a random answer. That takes milliseconds of processor
// time, so it first returns ctx's error if ctx has ended, and [ErrBusy] if too many
// images are being drawn.
func (c *Images) Challenge(ctx context.Context, scope Scope) (Challenge, error) {
	if err := ctx.Err(); err != nil {
		return Challenge{}, err
	}
	var issued Challenge
	err := c.drawing.run(ctx, func() (err error) {
		issued, err = c.issue(scope)
		return err
	})
	return issued, err
}

// issue draws a challenge.
func (c *Images) issue(scope Scope) (Challenge, error) {
	// The seed is independent of the nonce, which is in the id: a client must not be
	// able to draw the disturbances of its image.
	var seed [32]byte
	if _, err := io.ReadFull(c.rand, seed[:]); err != nil {
		return Challenge{}, fmt.Errorf("captcha: no randomness: %w", err)
	}
	s, err := c.newSealed(c.sealedKind())
	if err != nil {
		return Challenge{}, fmt.Errorf("captcha: no randomness: %w", err)
	}
	a, err := newAnswer(c.rand)
	if err != nil {
		return Challenge{}, fmt.Errorf("captcha: no randomness: %w", err)
	}
	salt := soundSalt(s)
	issued := Challenge{Kind: c.Kind(), Expires: s.end(), SoundSalt: salt[:], SoundBits: c.sound, SoundPuzzles: Puzzles}
	s.body = body(a)
	if c.work != nil {
		issued.Salt, issued.Bits, issued.Puzzles = s.name(), c.work.bits(scope.Load), Puzzles
		s.body = bodyOfBoth(a, issued.Bits)
	}
	if issued.Image, err = c.artist.Draw(a[:], seed); err != nil {
		return Challenge{}, fmt.Errorf("captcha: %w", err)
	}
	issued.ID = c.seal(scope, s)
	return issued, nil
}

// Attempt opens the id. See [Provider].
func (c *Images) Attempt(scope Scope, id, answer string) (Attempt, error) {
	s, err := c.open(c.sealedKind(), scope, id)
	if err != nil {
		return Attempt{}, err
	}
	return Attempt{s.name(), s.end(), func(context.Context) error { return passes(s.matches(answer)) }}, nil
}
