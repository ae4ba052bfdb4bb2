package captcha

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
)

// Images issues challenges of the image kind: six distorted digits in a PNG, which can
// be heard as well. It is safe for concurrent use.
type Images struct {
	sealer
	faces  []face
	png    encoder
	voices voices
	// speech is the key of the seeds of sounds.
	speech            []byte
	drawing, speaking gate
}

// NewImages returns an error if the secret is too short, the life is out of bounds, or
// an embedded font or voice cannot be read.
func NewImages(cfg Config) (*Images, error) {
	s, err := newSealer(cfg)
	if err != nil {
		return nil, err
	}
	faces, err := loadFaces()
	if err != nil {
		return nil, fmt.Errorf("captcha: %w", err)
	}
	voices, err := loadVoices(packedVoices)
	if err != nil {
		return nil, fmt.Errorf("captcha: %w", err)
	}
	speech, err := hkdf.Key(sha256.New, cfg.Secret, nil, speechInfo, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("captcha: derive key: %w", err)
	}
	return &Images{
		sealer: s, faces: faces, png: newEncoder(), voices: voices, speech: speech,
		drawing: newDrawing(), speaking: newSpeaking(),
	}, nil
}

// Kind returns KindImage.
func (c *Images) Kind() Kind { return KindImage }

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
	s, err := c.newSealed(sealedImage)
	if err != nil {
		return Challenge{}, fmt.Errorf("captcha: no randomness: %w", err)
	}
	a, err := newAnswer(c.rand)
	if err != nil {
		return Challenge{}, fmt.Errorf("captcha: no randomness: %w", err)
	}
	s.body = body(a)
	img, err := c.png.encode(draw(c.faces, a, seed))
	if err != nil {
		return Challenge{}, fmt.Errorf("captcha: encode: %w", err)
	}
	return Challenge{Kind: KindImage, ID: c.seal(scope, s), Expires: s.end(), Image: img}, nil
}

// Attempt opens the id. See [Provider].
func (c *Images) Attempt(scope Scope, id, answer string) (Attempt, error) {
	s, err := c.open(sealedImage, scope, id)
	if err != nil {
		return Attempt{}, err
	}
	return Attempt{s.name(), s.end(), func(context.Context) error { return passes(s.matches(answer)) }}, nil
}
