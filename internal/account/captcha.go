package account

import (
	"context"
	"net/netip"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/challenge"
	"github.com/enroll-project/enroll/internal/refusal"
)

// The types of package challenge have aliases here, so that package server and the settings need
// not import it.

// Operation is an operation that may require a captcha.
type Operation = challenge.Operation

// The operations that may require a captcha. AnyOperation is not one of them: a captcha for
// it is valid once, for any one of the others.
const (
	AnyOperation  = challenge.AnyOperation
	OnRegister    = challenge.OnRegister
	OnVerifyPhone = challenge.OnVerifyPhone
	OnVerifyEmail = challenge.OnVerifyEmail
	OnLogin       = challenge.OnLogin
	OnReset       = challenge.OnReset
)

// Operations returns the operations that may require a captcha.
func Operations() []Operation { return challenge.Operations() }

// Proof is the id of a captcha and the answer to it.
type Proof = challenge.Proof

// CaptchaRequest is a request for a captcha.
type CaptchaRequest = challenge.Request

// CaptchaNetwork is the width of the network for which a captcha is valid.
type CaptchaNetwork = challenge.Network

// Captcha issues a challenge. It stores only a count for the client's network. If captchas
// are off, the Kind of the challenge is "".
func (s *Service) Captcha(ctx context.Context, r CaptchaRequest) (captcha.Challenge, error) {
	// Without a provider there is nothing to count either, so this needs no database.
	if s.config.Captchas == nil {
		return captcha.Challenge{}, nil
	}
	issued, err := s.challenges.Issue(ctx, r)
	return issued, refusal.OfCaptcha(err)
}

// SpeakCaptcha returns the digits of an image as a spoken WAV file, in the language of
// locale (BCP 47). proof is the challenge's proof of work for its sound. The
// sound is counted for the client's network, and the captcha is not spent.
func (s *Service) SpeakCaptcha(
	ctx context.Context, site int64, client netip.Addr, id, proof, locale string,
) ([]byte, error) {
	wave, err := s.challenges.Speak(ctx, site, client, id, proof, locale)
	return wave, refusal.OfCaptcha(err)
}
