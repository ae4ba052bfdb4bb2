package account

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/token"
)

// Config is what a Service needs. Fields without "may be" are needed.
type Config struct {
	Pool     *pgxpool.Pool
	Policy   *password.Policy
	Hasher   *password.Hasher
	Tokens   *token.Signer
	Captchas *captcha.Images // may be nil: no captcha is asked for
	SMS      sms.Sender      // may be nil: whatever needs a phone code is refused
	// Secret keys the hashes of phone codes, 32 bytes at least. Replicas share
	// it. A change makes the codes that are on their way worthless, no more.
	Secret []byte
	// PhoneRegion is the country of phones written without a calling code,
	// PhoneCountries are those that may register, none for all (ISO 3166-1).
	PhoneRegion    string
	PhoneCountries []string
	TokenLife      time.Duration // of a registration's token, and of a login's with Remember
	LoginLife      time.Duration // of a login's token without Remember
	GroupID        int64         // group of a new user
	InviteLimit    int32         // how many each new user may invite; 0 is any number
	Now            func() time.Time
	Rand           io.Reader
	Metrics        prometheus.Registerer
}

// Service keeps the accounts of all sites of a deployment. It is safe for
// concurrent use; all its state is in PostgreSQL.
type Service struct {
	Config
	queries    *db.Queries
	codeKey    []byte // of the hashes of phone codes
	requestKey []byte // of the digests of remembered requests
	sent       *prometheus.CounterVec
	// phones reads the numbers that may register. anyPhone reads those of all
	// countries, for logins: who registered while a country was served may go
	// on when it no longer is.
	phones, anyPhone identifier.PhoneRules
}

// New returns a Service. It fails when something needed is missing.
func New(cfg Config) (*Service, error) {
	switch {
	case cfg.Pool == nil || cfg.Policy == nil || cfg.Hasher == nil || cfg.Tokens == nil || cfg.Now == nil || cfg.Rand == nil || cfg.Metrics == nil:
		return nil, errors.New("account: a dependency is missing")
	case len(cfg.Secret) < 32:
		return nil, errors.New("account: the secret has less than 32 bytes")
	case cfg.TokenLife <= 0 || cfg.LoginLife <= 0:
		return nil, errors.New("account: tokens must live for some time")
	}
	codeKey, err := hkdf.Key(sha256.New, cfg.Secret, nil, "enroll phone code v1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("account: derive key: %w", err)
	}
	requestKey, err := hkdf.Key(sha256.New, cfg.Secret, nil, "enroll remembered request v1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("account: derive key: %w", err)
	}
	phones, err := identifier.NewPhoneRules(cfg.PhoneRegion, cfg.PhoneCountries)
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	anyPhone, err := identifier.NewPhoneRules(cfg.PhoneRegion, nil)
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	s := &Service{
		Config:     cfg,
		queries:    db.New(cfg.Pool),
		codeKey:    codeKey,
		requestKey: requestKey,
		phones:     phones,
		anyPhone:   anyPhone,
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "enroll_sms_codes_total",
			Help: "Codes handed to the SMS sender, by purpose and result (sent, failed).",
		}, []string{"purpose", "result"}),
	}
	if err := cfg.Metrics.Register(s.sent); err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	return s, nil
}

// inTx runs steps in one transaction, whose outcome it reports truthfully
// even if the caller goes away meanwhile.
func (s *Service) inTx(ctx context.Context, steps func(ctx context.Context, q *db.Queries) error) error {
	return postgres.InTx(ctx, s.Pool, func(tx pgx.Tx) error {
		return steps(ctx, s.queries.WithTx(tx))
	})
}
