package command

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/breach"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/idempotency"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/settings"
)

// NewRules returns the rules of a registration for an operator's users, from the settings that registrations have.
// The service and the commands both read all settings, so that a mistake in one is an error of both. The secret must
// be that of the service: with another one a reserved name would be given again.
func NewRules(
	c settings.Config, pool *postgres.Pool, now func() time.Time, hasher *password.Hasher, described *extra.Schema,
) (*operator.Rules, error) {
	// SecretBytes names the setting in its error.
	secret, err := c.SecretBytes()
	if err != nil {
		return nil, err
	}
	// Unlike the look-ups of NewOperator, these rules refuse phones of countries that are not served.
	phones, err := identifier.NewPhoneRules(c.PhoneRegion, c.ServedCountries())
	if err == nil {
		phones, err = phones.Also(c.PhoneAlso)
	}
	if err != nil {
		return nil, fmt.Errorf("ENROLL_PHONE_REGION, ENROLL_PHONE_COUNTRIES, ENROLL_PHONE_ALSO: %w", err)
	}
	// The list of common passwords is part of the program.
	policy, err := password.NewPolicy(password.PolicyConfig{MinLength: c.PasswordMin})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_PASSWORD_MIN_LENGTH: %w", err)
	}
	// These two derive keys of their own from the secret, the same as the service does.
	names, err := leave.NewNames(secret, c.NameQuarantine)
	if err != nil {
		return nil, fmt.Errorf("ENROLL_SECRET, ENROLL_NAME_QUARANTINE: %w", err)
	}
	keys, err := idempotency.New(idempotency.Config{Pool: pool, Secret: secret, Now: now, Rand: rand.Reader})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_SECRET: %w", err)
	}
	// Only requests to the admin API have idempotency keys. The part is made for a command, too, so that both have
	// the same rules.
	r := &operator.Rules{
		Phones: phones, Policy: policy, SiteWords: c.SiteWords, Hasher: hasher, Names: names, Keys: keys,
		InviteLimit: c.InviteLimit, Extra: described, Rand: rand.Reader,
	}
	// The public API has registered the same metrics, so these go to a registry that is not scraped. Operators create
	// few users.
	if c.BreachCheckURL != "" {
		r.Breaches, err = breach.New(breach.Config{
			URL: c.BreachCheckURL, Now: time.Now, Metrics: prometheus.NewRegistry(),
		})
		if err != nil {
			return nil, fmt.Errorf("ENROLL_BREACH_CHECK_URL: %w", err)
		}
	}
	// The connections to the API are closed with the process: a command ends soon, and the service makes one checker.
	return r, nil
}
