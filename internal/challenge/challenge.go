package challenge

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Operation is an operation that may require a captcha.
type Operation string

// The operations that may require a captcha. AnyOperation is not one of them: a captcha for
// it is valid for any one of the others.
const (
	AnyOperation  Operation = ""
	OnRegister    Operation = "register"
	OnVerifyPhone Operation = "verify_phone"
	OnVerifyEmail Operation = "verify_email"
	OnLogin       Operation = "login"
	OnReset       Operation = "password_reset"
)

// Operations returns the operations that may require a captcha.
func Operations() []Operation {
	return []Operation{OnRegister, OnVerifyPhone, OnVerifyEmail, OnLogin, OnReset}
}

// Proof is the id of a captcha and the answer to it.
type Proof struct {
	CaptchaID string
	Captcha   string
	Client    netip.Addr // the client's address; zero if it is not known
}

// Request is a request for a captcha.
type Request struct {
	Site   int64
	Client netip.Addr // the client's address; zero if it is not known
	For    Operation
}

// Network is the number of leading bits of an address that name the network for
// which a captcha is valid. With 0 it is valid for all networks.
type Network struct{ IPv4, IPv6 int }

// of returns the name of a client's network. It is "" for all addresses that are not
// public.
func (n Network) of(client netip.Addr) string { return network.Public(client, n.IPv4, n.IPv6) }

// Config is what a Service needs. Pool, Pressure and Now must be set.
type Config struct {
	Pool     *pgxpool.Pool
	Captchas captcha.Provider // may be nil: no captcha is required
	On       []Operation      // the operations that require a captcha, if Captchas is set
	Network  Network
	// PerNetwork bounds the captchas that a client network requests and does not solve, per
	// hour. It may be 0: then they are not counted and make no captcha harder.
	PerNetwork int32
	// Pressure returns how much of the budgets of sending is used up for a client: 0 up to a
	// half, 1 if one of them is exhausted (code.Service.Pressure).
	Pressure func(ctx context.Context, from network.Origin) (float64, error)
	Now      func() time.Time
}

// Service issues and spends challenges. It is safe for concurrent use; all its state is in
// PostgreSQL.
type Service struct {
	config  Config
	queries *db.Queries
}

// New returns a Service. It fails if something needed is missing.
func New(cfg Config) (*Service, error) {
	if cfg.Pool == nil || cfg.Pressure == nil || cfg.Now == nil {
		return nil, errors.New("challenge: a dependency is missing")
	}
	cfg.On = slices.Clone(cfg.On)
	return &Service{config: cfg, queries: db.New(postgres.NewStatements(cfg.Pool))}, nil
}

// Why says why a challenge was not issued, or a proof not accepted.
type Why int

// The reasons of a Refusal.
const (
	NoAnswer   Why = iota // the request has no answer
	NoID                  // the request names no captcha
	Wrong                 // the answer is wrong, or the captcha is forged, expired or spent
	Gone                  // there is no such picture to speak
	NoWork                // the proof of work for the sound is missing or wrong
	Busy                  // too many challenges are being made
	TooMany               // the network has left too many challenges unsolved
	Unverified            // the third party that checks answers is unavailable
)

// Refusal is an answer to a client, not an internal error.
type Refusal struct {
	Why        Why
	RetryAfter time.Duration // with Busy, TooMany and Unverified
	Err        error         // the cause, for the log only; nil for most
}

// Error names the reason, and neither the answer nor the network.
func (r *Refusal) Error() string {
	return "challenge: " + [...]string{
		"no answer", "no id", "wrong", "gone", "no work", "busy", "too many", "not verified",
	}[r.Why]
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// scope returns the scope in which a captcha is valid.
func (s *Service) scope(site int64, client netip.Addr, op Operation) captcha.Scope {
	binding := []byte(string(op) + "|" + s.config.Network.of(client)) // check: captcha-scope
	return captcha.Scope{Site: site, Binding: binding, Remote: client}
}

// Issue issues a challenge. It stores nothing but the counts of the client's network.
// Config.Captchas must be set.
func (s *Service) Issue(ctx context.Context, r Request) (captcha.Challenge, error) {
	scope := s.scope(r.Site, r.Client, r.For)
	var err error
	if scope.Load, err = s.load(ctx, r); err != nil {
		return captcha.Challenge{}, err
	}
	challenge, err := s.config.Captchas.Challenge(ctx, scope)
	return challenge, busy(err)
}

// busy returns the refusal for an error of drawing or speaking. Its RetryAfter is random, so
// that the refused clients do not all come back at once.
func busy(err error) error {
	if errors.Is(err, captcha.ErrBusy) {
		return &Refusal{Why: Busy, RetryAfter: time.Duration(1+rand.IntN(4)) * time.Second}
	}
	return err
}

// Speak returns the digits of an image as a spoken WAV file, in the language of
// locale (BCP 47). proof is the proof of work for the sound. The request need not name the
// operation that the captcha is for. Speak does not spend the captcha.
func (s *Service) Speak(
	ctx context.Context, site int64, client netip.Addr, id, proof, locale string,
) ([]byte, error) {
	gone := &Refusal{Why: Gone}
	images, ok := s.config.Captchas.(*captcha.Images)
	if !ok {
		return nil, gone
	}
	if _, err := s.count(ctx, network.OriginOf(client), soundCost); err != nil { // check: sounds-count
		return nil, err
	}
	// The id is sealed for one scope, so each scope is tried until one opens it.
	for _, op := range append(Operations(), AnyOperation) {
		wave, err := images.Speak(ctx, s.scope(site, client, op), id, proof, locale)
		switch {
		case err == nil:
			return wave, nil
		case errors.Is(err, captcha.ErrExpired):
			return nil, gone
		case errors.Is(err, captcha.ErrNoWork):
			return nil, &Refusal{Why: NoWork}
		case !errors.Is(err, captcha.ErrUnknown):
			return nil, busy(err)
		}
	}
	return nil, gone
}
