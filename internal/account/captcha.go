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
	"github.com/enroll-project/enroll/internal/network"
)

// A captcha is valid for one site, for the network of the client that requested it and,
// if the client named one, for one operation. So solved captchas that are bought or
// stockpiled elsewhere are of no use.

// Operation is an operation that may require a captcha.
type Operation string

// The operations that may require a captcha. AnyOperation is none of them: a captcha for
// it is valid for each of the others, once.
const (
	AnyOperation  Operation = ""
	OnRegister    Operation = "register"
	OnVerifyPhone Operation = "verify_phone"
	OnVerifyEmail Operation = "verify_email"
	OnLogin       Operation = "login"
)

// Operations returns the operations that may require a captcha.
func Operations() []Operation {
	return []Operation{OnRegister, OnVerifyPhone, OnVerifyEmail, OnLogin}
}

// Proof is the id of a captcha and the answer to it.
type Proof struct {
	CaptchaID string
	Captcha   string
	Client    netip.Addr // the client's address; zero if it is not known
}

// CaptchaRequest is a request for a captcha.
type CaptchaRequest struct {
	Site   int64
	Client netip.Addr // the client's address; zero if it is not known
	For    Operation
}

// CaptchaNetwork is the number of leading bits of an address that name the network for
// which a captcha is valid. With 0 it is valid for all networks.
type CaptchaNetwork struct{ IPv4, IPv6 int }

// of returns the name of a client's network. It is "" for all addresses that are not
// public.
func (n CaptchaNetwork) of(client netip.Addr) string { return network.Public(client, n.IPv4, n.IPv6) }

// captchaScope returns the scope in which a captcha is valid.
func (s *Service) captchaScope(site int64, client netip.Addr, op Operation) captcha.Scope {
	return captcha.Scope{Site: site, Binding: []byte(string(op) + "|" + s.config.CaptchaNetwork.of(client)),
		Remote: client}
}

// Captcha issues a challenge. Nothing about it is stored but a count for the client's
// network. Its Kind is "" if captchas are off.
func (s *Service) Captcha(ctx context.Context, r CaptchaRequest) (captcha.Challenge, error) {
	if s.config.Captchas == nil {
		return captcha.Challenge{}, nil
	}
	scope := s.captchaScope(r.Site, r.Client, r.For)
	var err error
	if scope.Load, err = s.challengeLoad(ctx, r); err != nil {
		return captcha.Challenge{}, err
	}
	challenge, err := s.config.Captchas.Challenge(ctx, scope)
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

// SpeakCaptcha returns the digits of an image as a spoken WAV file, in the language of
// locale (BCP 47). It spends nothing, so the captcha may be for any operation; the
// client does not say for which.
func (s *Service) SpeakCaptcha(ctx context.Context, site int64, client netip.Addr, id, locale string) ([]byte, error) {
	gone := &Error{Reason: CaptchaWrong, Field: "captcha_id"}
	images, ok := s.config.Captchas.(*captcha.Images)
	if !ok {
		return nil, gone
	}
	if _, err := s.countChallenge(ctx, OriginOf(client), soundCost); err != nil {
		return nil, err
	}
	// The id is sealed for one scope, so each scope is tried until one opens it.
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

// openedCaptcha is a captcha that is authentic, unexpired and of the right scope. Its
// answer has not been checked. The zero value is for an operation that requires none.
type openedCaptcha struct {
	asked   bool
	attempt captcha.Attempt
	from    Origin
}

// openCaptcha checks a proof as far as possible without the database. A captcha that is
// missing, forged or expired is refused here, before the request uses a hasher, a code
// or a query. Only [Service.spendCaptcha] finds that a captcha was spent before or that
// its answer is wrong.
func (s *Service) openCaptcha(op Operation, site int64, p Proof) (openedCaptcha, error) {
	if s.config.Captchas == nil || !slices.Contains(s.config.CaptchaOn, op) {
		return openedCaptcha{}, nil
	}
	// Before the id is opened: an empty answer can never be right.
	if p.Captcha == "" {
		return openedCaptcha{}, &Error{Reason: CaptchaRequired, Field: "captcha"}
	}
	attempt, err := s.attempt(op, site, p)
	// A client that sends no id has not asked for a captcha, which is another mistake than
	// a wrong answer.
	if err != nil && p.CaptchaID == "" {
		return openedCaptcha{}, &Error{Reason: CaptchaRequired, Field: "captcha_id"}
	}
	if err != nil {
		return openedCaptcha{}, captchaWrong()
	}
	return openedCaptcha{asked: true, attempt: attempt, from: OriginOf(p.Client)}, nil
}

// spendCaptcha spends a captcha and then checks the answer. A wrong answer spends it,
// too, because each guess must cost a captcha. It is spent outside any transaction, so
// that no rollback returns it (I2, I3). If the database or the third party that checks
// answers is away, the request is refused.
func (s *Service) spendCaptcha(ctx context.Context, opened openedCaptcha) error {
	if !opened.asked {
		return nil
	}
	// One row is inserted by the first of many attempts with one captcha, and none by the
	// others.
	attempt := opened.attempt
	scopes, keys := s.spentKeys(opened.from)
	n, err := s.queries.SpendCaptcha(ctx, db.SpendCaptchaParams{
		Nonce: attempt.Nonce(), ExpiresAt: attempt.Expires(), Scopes: scopes, Keys: keys, Now: s.config.Now(),
	})
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
		return errors.Join(captchaWrong(), s.countWrong(ctx, opened.from))
	case errors.Is(err, captcha.ErrUnavailable):
		return &Error{Reason: Unavailable, RetryAfter: 5 * time.Second, Err: err}
	default:
		return err
	}
}

// useCaptcha opens and spends a captcha, for operations that hash no password.
func (s *Service) useCaptcha(ctx context.Context, op Operation, site int64, p Proof) error {
	opened, err := s.openCaptcha(op, site, p)
	if err != nil {
		return err
	}
	return s.spendCaptcha(ctx, opened)
}

// captchaWrong is one refusal for forged, expired, spent and wrong: a client that guesses
// must not learn which it was.
func captchaWrong() *Error { return &Error{Reason: CaptchaWrong, Field: "captcha"} }

// attempt opens a captcha that is for any operation, which most clients request, or else
// for this one. The id does not show which, because it is sealed.
func (s *Service) attempt(op Operation, site int64, p Proof) (captcha.Attempt, error) {
	attempt, err := s.config.Captchas.Attempt(s.captchaScope(site, p.Client, AnyOperation), p.CaptchaID, p.Captcha)
	if errors.Is(err, captcha.ErrUnknown) {
		return s.config.Captchas.Attempt(s.captchaScope(site, p.Client, op), p.CaptchaID, p.Captcha)
	}
	return attempt, err
}
