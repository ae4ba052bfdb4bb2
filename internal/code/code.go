package code

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/postgres"
)

// The bounds of codes and of wrong answers; the package documentation gives the reasons.
const (
	Life     = 10 * time.Minute // how long a code is valid
	Cooldown = time.Minute      // between two codes for one address

	maxTries         = 5   // wrong answers to one code: from its own subnet, and as many from all others
	maxAskerFailures = 9   // wrong answers for an address from one subnet
	maxFailures      = 100 // wrong answers for an address from all subnets together that are not known
	failureWindow    = 30 * 24 * time.Hour
	knownWindow      = 3 * 24 * time.Hour  // of wrong answers from a known subnet
	knownLife        = 30 * 24 * time.Hour // how long a subnet stays known for an address
)

// Purpose is what a code is for. The code is valid for that purpose only.
type Purpose string

// The purposes of a code. ForVerify is for codes by mail only, the others for codes by SMS and by mail.
const (
	ForRegister Purpose = "register"
	ForLogin    Purpose = "login"
	ForVerify   Purpose = "verify"
	ForReset    Purpose = "reset"
	ForChange   Purpose = "change"
)

// Destination is where a code is sent and what it is valid for.
type Destination struct {
	Site    int64
	Address string // a phone in E.164, or the key of an email
	Channel Channel
	Purpose Purpose
	User    int64 // the only user that may use the code, for ForVerify and ForChange; 0 for other purposes
	// Locale is the language of an SMS, which its length and its cost depend on. A code is valid in every language.
	Locale string
	// Call says that a call speaks the code to the phone, instead of an SMS. Codes of both are tried alike.
	Call bool
}

// Channel is a way of sending. Its values are the contract's names of the field that holds
// the address, and the labels of a metric.
type Channel string

// The channels.
const (
	Phone Channel = "phone"
	Email Channel = "email"
)

// Origin names the networks of a client.
type Origin = network.Origin

// Limits bound what sending may cost, over all replicas. 0 means no limit.
type Limits struct {
	SMSPerPrefix   int32  // SMS to the first seven digits of a phone, an hour
	SMSPerNetwork  int32  // SMS requested by a client network, an hour
	SMSTotal       int32  // SMS of the whole deployment, a day
	MailPerUser    int32  // mails requested by a user, a day
	MailPerNetwork int32  // mails requested by a client network, an hour
	MailPerDomain  int32  // mails to a domain that were requested without a login, an hour
	MailTotal      int32  // mails of the whole deployment, a day
	Money          *Money // what SMS may cost; nil is no limit
}

// Config is what a Service needs. All fields but the limits must be set.
type Config struct {
	Pool   *pgxpool.Pool
	Limits Limits
	// Secret is the key of the hashes of codes and addresses: 32 bytes at least, the same on
	// all replicas. A change makes the codes that were sent invalid and resets the budgets of
	// addresses and of the domains of emails. It has no other effect here.
	Secret  []byte
	Now     func() time.Time
	Rand    io.Reader // must be safe for concurrent use
	Metrics prometheus.Registerer
}

// Service issues and tries codes. It is safe for concurrent use.
type Service struct {
	pool       *pgxpool.Pool
	seats      seats
	queries    *db.Queries
	limits     Limits // of sending; those of an address are fixed
	codeKey    []byte // of the hashes of codes
	addressKey []byte // of the hashes of addresses and domains, which are the keys of their budgets
	now        func() time.Time
	rand       io.Reader
	sent       *prometheus.CounterVec
	money      moneyMetrics
}

// New returns a Service. It fails if something needed is missing.
func New(cfg Config) (*Service, error) {
	switch {
	case cfg.Pool == nil || cfg.Now == nil || cfg.Rand == nil || cfg.Metrics == nil:
		return nil, errors.New("code: a dependency is missing")
	case len(cfg.Secret) < 32:
		return nil, errors.New("code: the secret has less than 32 bytes")
	}
	s := &Service{
		pool:    cfg.Pool,
		seats:   newSeats(cfg.Pool.Config().MaxConns),
		queries: db.New(postgres.NewStatements(cfg.Pool)),
		limits:  cfg.Limits,
		now:     cfg.Now,
		rand:    cfg.Rand,
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "enroll_codes_total",
			Help: "Codes handed to a sender, by channel (phone, voice, email), purpose and result (sent, failed, unknown).",
		}, []string{"channel", "purpose", "result"}),
	}
	// Each use has a key of its own, so that a hash of one use reveals nothing about the other.
	for label, key := range map[string]*[]byte{"enroll code v1": &s.codeKey, "enroll code address v1": &s.addressKey} {
		var err error
		if *key, err = hkdf.Key(sha256.New, cfg.Secret, nil, label, sha256.Size); err != nil {
			return nil, fmt.Errorf("code: derive key: %w", err)
		}
	}
	if err := cfg.Metrics.Register(s.sent); err != nil {
		return nil, fmt.Errorf("code: %w", err)
	}
	if err := s.money.register(cfg.Limits.Money, cfg.Metrics); err != nil {
		return nil, fmt.Errorf("code: %w", err)
	}
	return s, nil
}

// Why says why a code was not sent or not accepted.
type Why int

// The reasons of a Refusal.
const (
	TooSoon   Why = iota // another code was sent to the address within the Cooldown
	TooMany              // a budget is used up
	Wrong                // none of the address's codes is the one typed in
	Expired              // no code of the address is valid for this purpose
	Exhausted            // the codes of the address have no try left
	SMSFirst             // a call needs a code of the same network, phone and purpose that is valid
)

// Refusal is an answer to a person, not an internal error.
type Refusal struct {
	Why        Why
	RetryAfter time.Duration // with TooSoon and TooMany: when the budget has one left again
}

// Error names the reason and no address.
func (r *Refusal) Error() string {
	return "code: " + [...]string{"too soon", "too many", "wrong", "expired", "exhausted", "sms first"}[r.Why]
}

// mac returns a keyed hash of a code and its destination, so that the code is valid for no other
// destination. Without a key, a thief of the table could find the code by hashing all million
// codes. Only the last part can contain the separator, so two destinations have two inputs.
func (s *Service) mac(to Destination, code string) []byte {
	h := hmac.New(sha256.New, s.codeKey) // check: code-keyed
	// check: code-bound
	fmt.Fprintf(h, "%d|%s|%d|%s|%s", to.Site, to.Purpose, to.User, code, to.Address)
	return h.Sum(nil)
}

// name returns the key of an address in the table budgets: 128 bits of a keyed hash. They do
// not collide by accident, and the address cannot be found by trial without the secret.
func (s *Service) name(address string) string {
	h := hmac.New(sha256.New, s.addressKey)
	_, _ = io.WriteString(h, address) // a hash never fails
	// check: budget-keyed
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// asker returns the key of an address and one subnet in the table budgets. The query
// ForgetAddressBudgets relies on its form.
func (s *Service) asker(address string, from Origin) string {
	return s.name(address) + "/" + from.Subnet
}

// around returns the key of an address and the network around a subnet in the table budgets, and ""
// if there is no such network.
func (s *Service) around(address string, from Origin) string {
	if from.Around() == "" { // check: code-around
		return ""
	}
	return s.asker(address, Origin{Subnet: from.Around()})
}

// network returns the key of an address and the whole network of a client in the table budgets. The
// function spend_code_and_give_back relies on its form.
func (s *Service) network(address string, from Origin) string {
	return s.asker(address, Origin{Subnet: from.Network})
}

// draw returns a code of six digits. Each of the million codes is equally likely: a 20-bit
// number of a million or more is discarded, and another one is drawn.
func draw(random io.Reader) (string, error) {
	for {
		var b [3]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("code: randomness: %w", err)
		}
		n := (uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])) & (1<<20 - 1)
		if n < 1_000_000 { // check: code-uniform
			return fmt.Sprintf("%06d", n), nil // check: code-digits
		}
	}
}
