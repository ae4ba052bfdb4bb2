// Package captcha issues challenges and verifies answers to them. Every replica with
// the same secret can verify an answer, although no challenge is stored, and an id
// that was not issued with that secret is never accepted.
//
// There are three providers, all with the interface [Provider]. [Images] has six digits
// to read or to hear, with or without a proof of work. [Work] has a proof of work for a
// browser. [SiteVerify] leaves the challenge to a third party (Turnstile, hCaptcha,
// reCAPTCHA).
//
// The id of an image or a proof of work holds its answer or difficulty and its
// expiry, sealed with authenticated encryption. So a flood of requests for challenges
// costs processor time, but this package stores nothing for them.
//
// A sealed id alone could be answered many times. [Attempt.Nonce] identifies the
// challenge: the caller must spend it by one conditional insert, before it calls
// [Attempt.Verify], so that a wrong answer uses up the challenge as a right one does.
// That is why opening an id ([Provider.Attempt]) and verifying its answer are two
// steps.
//
// No kind tells people and machines apart reliably. A trained solver reads distorted
// text, speech recognition hears digits, a graphics card does in milliseconds the
// work that takes a phone seconds, and people are paid to solve challenges of all
// kinds. A captcha makes an attempt more expensive. Rate limits and budgets must hold
// without it.
package captcha

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"
)

// Kind is a kind of challenge. Its values are those of ENROLL_CAPTCHA and of the
// contract.
type Kind string

// The kinds.
const (
	KindImage      Kind = "image"
	KindPoW        Kind = "pow"
	KindImagePoW   Kind = "image+pow"
	KindSiteVerify Kind = "siteverify"
)

// Errors of an attempt.
var (
	// ErrUnknown reports an id that was not issued for this scope, or a text that
	// cannot be a token. It is the same for a forged or truncated id and for one of
	// another kind, site, binding or secret, so that a client learns nothing about
	// the seal.
	ErrUnknown = errors.New("captcha: unknown id")
	// ErrExpired reports an id that was issued for this scope and has expired.
	ErrExpired = errors.New("captcha: expired id")
	// ErrWrong reports a wrong answer.
	ErrWrong = errors.New("captcha: wrong answer")
	// ErrNoWork reports that a sound was requested without the proof of work that it needs.
	ErrNoWork = errors.New("captcha: no proof of work")
	// ErrUnavailable reports that the answer could not be verified. The caller must
	// treat it as not accepted.
	ErrUnavailable = errors.New("captcha: cannot be verified")
)

// Provider is one kind of challenge. Implementations are safe for concurrent use.
type Provider interface {
	// Kind returns the kind of all its challenges.
	Kind() Kind
	// Challenge returns a new challenge for scope and stores nothing. Its errors are
	// ctx's error, ErrBusy, and failures of the source of randomness or of the encoder.
	Challenge(ctx context.Context, scope Scope) (Challenge, error)
	// Attempt opens the id, which must have been issued for scope, and returns the
	// attempt to answer it. It does not verify the answer. It returns ErrUnknown or
	// ErrExpired. It does not block, and its time is bounded for ids and answers of
	// any length.
	Attempt(scope Scope, id, answer string) (Attempt, error)
}

// Scope is the context of a challenge. Images and Work accept an answer only in the scope that the
// challenge was issued for.
type Scope struct {
	// Site is the site of the request.
	Site int64
	// Binding is further context that must be equal, such as the operation and the
	// client's network: an answer that was bought elsewhere is then useless. Empty
	// means no further context. It is authenticated with the id and not stored in it.
	// SiteVerify ignores it.
	Binding []byte
	// Remote is the client's address, or the zero value. Only SiteVerify uses it, and
	// only if SendRemote is set.
	Remote netip.Addr
	// Load is what the challenge should cost, from 0 to 1. Values outside are clamped, and
	// NaN counts as 1. The difficulty of a proof of work rises with it; an answer needs the
	// difficulty that the challenge was issued with. Other kinds ignore it.
	Load float64
}

// Challenge is a challenge as it is sent to the client. Fields of other kinds are
// zero.
type Challenge struct {
	Kind Kind
	// ID is opaque: IDLen characters of unpadded base64url. It is empty for SiteVerify.
	ID string
	// Expires is the first time at which no answer is accepted, in UTC, to the
	// microsecond, the precision of PostgreSQL's timestamptz. It is zero for
	// SiteVerify, whose challenges are issued by the third party.
	Expires time.Time

	// Image is a PNG of [picture.Width] by [picture.Height] pixels, at most [picture.MaxSize] bytes.
	Image []byte

	// Salt, Bits and Puzzles define a proof of work, of KindPoW and KindImagePoW. For each i from 0 to Puzzles-1
	// the client searches a counter such that SHA-256(Salt | i | counter) begins with
	// Bits zero bits, where i and counter have four bytes each, most significant first.
	// The answer is the counters in order, eight hexadecimal digits each. The answer of
	// KindImagePoW is the digits of the image, a colon, and the counters in this form.
	Salt    []byte
	Bits    int
	Puzzles int

	// SoundSalt, SoundBits and SoundPuzzles define another proof of work in the same form, of
	// KindImage and KindImagePoW. Its answer is needed for the sound: see [Images.Speak].
	SoundSalt    []byte
	SoundBits    int
	SoundPuzzles int

	// SiteKey is the public key of the deployment's account with the third party.
	SiteKey string
}

// Attempt is an answer that is not verified yet. It may be copied, and verified at
// most once. Its formatted form is a placeholder. The zero value is a wrong answer.
type Attempt struct {
	nonce   []byte
	expires time.Time
	verify  func(context.Context) error
}

// Nonce identifies the challenge, with 16 to 32 bytes. The caller must spend it, so
// that it is accepted once only, before it calls Verify. It is not a secret.
func (a Attempt) Nonce() []byte { return a.nonce }

// Expires returns the time from which the challenge is expired, in UTC. A record that
// its nonce was spent may be deleted then.
func (a Attempt) Expires() time.Time { return a.expires }

// Verify returns nil if the answer is right. Otherwise it returns ErrWrong, or an
// error that wraps ErrUnavailable if the deployment or the third party failed, which
// should raise an alert. Images and Work take microseconds and are never unavailable.
// SiteVerify sends a request, which ends with ctx.
func (a Attempt) Verify(ctx context.Context) error {
	if a.verify == nil {
		return ErrWrong
	}
	return a.verify(ctx)
}

// Format writes a placeholder for every verb: the answer and the token are secrets.
func (a Attempt) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "captcha.Attempt{hidden}") }

// passes returns nil if ok, and otherwise ErrWrong.
func passes(ok bool) error {
	if !ok {
		return ErrWrong
	}
	return nil
}
