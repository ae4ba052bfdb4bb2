package account

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/captcha"
)

// Captchas are bound to the site, to the network of whoever asked for one and,
// if that was said, to the operation it is for: answers that are bought or
// stockpiled elsewhere are worth nothing here.

// Operation is one that may ask for a captcha.
type Operation string

// The operations that may ask for a captcha. AnyOperation is no operation: a
// captcha for it is good for each of the others.
const (
	AnyOperation  Operation = ""
	OnRegister    Operation = "register"
	OnVerifyPhone Operation = "verify_phone"
	OnVerifyEmail Operation = "verify_email"
	OnLogin       Operation = "login"
)

// Operations are all that may ask for a captcha.
func Operations() []Operation {
	return []Operation{OnRegister, OnVerifyPhone, OnVerifyEmail, OnLogin}
}

// Proof is what shows that a person is at the other end: the id of a
// captcha and the answer to it, from the network that asked for it.
type Proof struct {
	CaptchaID string
	Captcha   string
	Client    netip.Addr // who sends it; zero where that cannot be told
}

// CaptchaRequest asks for a captcha.
type CaptchaRequest struct {
	Site   int64
	Client netip.Addr // who asks; zero where that cannot be told
	For    Operation
}

// CaptchaNetwork says how many leading bits of a client's address name the
// network that a captcha holds in, 0 for all of them alike.
type CaptchaNetwork struct{ IPv4, IPv6 int }

// of is the name of a client's network, empty for all addresses that are not public.
func (n CaptchaNetwork) of(client netip.Addr) string { return publicNetwork(client, n.IPv4, n.IPv6) }

// captchaScope is where a captcha holds.
func (s *Service) captchaScope(site int64, client netip.Addr, op Operation) captcha.Scope {
	return captcha.Scope{Site: site, Binding: []byte(string(op) + "|" + s.config.CaptchaNetwork.of(client)), Remote: client}
}

// Captcha issues a challenge, of which nothing is kept. Its Kind is empty where
// captchas are off.
func (s *Service) Captcha(ctx context.Context, r CaptchaRequest) (captcha.Challenge, error) {
	if s.config.Captchas == nil {
		return captcha.Challenge{}, nil
	}
	challenge, err := s.config.Captchas.Challenge(ctx, s.captchaScope(r.Site, r.Client, r.For))
	return challenge, captchaBusy(err)
}

// captchaBusy turns the refusal to draw or speak into the answer it means. Clients come
// back at different times, so that they do not all come at once again.
func captchaBusy(err error) error {
	if errors.Is(err, captcha.ErrBusy) {
		return &Error{Reason: Busy, RetryAfter: time.Duration(1+rand.IntN(4)) * time.Second}
	}
	return err
}

// CaptchaOn returns the operations that ask for a captcha, if there are captchas.
func (s *Service) CaptchaOn() []Operation { return slices.Clone(s.config.CaptchaOn) }

// SpeakCaptcha says the digits of an image, as a WAV file, in the language of
// locale (BCP 47). It spends nothing, so it does not matter what the captcha is
// for.
func (s *Service) SpeakCaptcha(ctx context.Context, site int64, client netip.Addr, id, locale string) ([]byte, error) {
	gone := &Error{Reason: CaptchaWrong, Field: "captcha_id"}
	images, ok := s.config.Captchas.(*captcha.Images)
	if !ok {
		return nil, gone
	}
	for _, op := range append(Operations(), AnyOperation) {
		wave, err := images.Speak(ctx, s.captchaScope(site, client, op), id, locale)
		switch {
		case err == nil:
			return wave, nil
		case errors.Is(err, captcha.ErrExpired):
			return nil, gone
		case !errors.Is(err, captcha.ErrUnknown):
			return nil, captchaBusy(err)
		}
	}
	return nil, gone
}

// openedCaptcha is a captcha that is real, unexpired and of the right scope, with
// its answer not yet judged. The zero value stands for an operation that asks
// for no captcha.
type openedCaptcha struct {
	asked   bool
	attempt captcha.Attempt
}

// openCaptcha checks a proof as far as possible without the database: a captcha
// that is missing, forged or expired is refused here, before the request takes
// anything scarce. Only [Service.spendCaptcha] finds that a captcha was spent or
// answered wrong.
func (s *Service) openCaptcha(op Operation, site int64, p Proof) (openedCaptcha, error) {
	if s.config.Captchas == nil || !slices.Contains(s.config.CaptchaOn, op) {
		return openedCaptcha{}, nil
	}
	if p.Captcha == "" {
		return openedCaptcha{}, &Error{Reason: CaptchaRequired, Field: "captcha"}
	}
	attempt, err := s.attempt(op, site, p)
	if err != nil && p.CaptchaID == "" {
		return openedCaptcha{}, &Error{Reason: CaptchaRequired, Field: "captcha_id"}
	}
	if err != nil {
		return openedCaptcha{}, captchaWrong()
	}
	return openedCaptcha{asked: true, attempt: attempt}, nil
}

// spendCaptcha uses up the one attempt that a captcha allows, and then judges
// the answer. A wrong answer uses it up too, and it is spent outside any
// transaction, so that no rollback returns it (I2, I3). If the database or the
// third party that judges does not answer, the request is refused.
func (s *Service) spendCaptcha(ctx context.Context, opened openedCaptcha) error {
	if !opened.asked {
		return nil
	}
	attempt := opened.attempt
	n, err := s.queries.SpendCaptcha(ctx, db.SpendCaptchaParams{Nonce: attempt.Nonce(), ExpiresAt: attempt.Expires()})
	if err != nil {
		return refusalOf(err)
	}
	if n == 0 {
		return captchaWrong()
	}
	switch err := attempt.Verify(ctx); {
	case err == nil:
		return nil
	case errors.Is(err, captcha.ErrWrong):
		return captchaWrong()
	case errors.Is(err, captcha.ErrUnavailable):
		return &Error{Reason: Unavailable, RetryAfter: 5 * time.Second, Err: err}
	default:
		return err
	}
}

// useCaptcha opens and spends a captcha, for operations in which nothing comes
// between.
func (s *Service) useCaptcha(ctx context.Context, op Operation, site int64, p Proof) error {
	opened, err := s.openCaptcha(op, site, p)
	if err != nil {
		return err
	}
	return s.spendCaptcha(ctx, opened)
}

func captchaWrong() *Error { return &Error{Reason: CaptchaWrong, Field: "captcha"} }

// attempt opens a captcha that is for any operation, as most clients ask for
// one, or else for this one.
func (s *Service) attempt(op Operation, site int64, p Proof) (captcha.Attempt, error) {
	attempt, err := s.config.Captchas.Attempt(s.captchaScope(site, p.Client, AnyOperation), p.CaptchaID, p.Captcha)
	if errors.Is(err, captcha.ErrUnknown) {
		return s.config.Captchas.Attempt(s.captchaScope(site, p.Client, op), p.CaptchaID, p.Captcha)
	}
	return attempt, err
}
