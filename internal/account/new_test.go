package account_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
)

// TestNewRefuses: each dependency is required, a secret of 32 bytes, tokens that live, and a sender for each
// method that is named.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	var whole account.Config
	setup(t, func(c *account.Config) { whole = *c })
	for name, change := range map[string]func(*account.Config){
		"":               func(*account.Config) {},
		"pool":           func(c *account.Config) { c.Pool = nil },
		"policy":         func(c *account.Config) { c.Policy = nil },
		"hasher":         func(c *account.Config) { c.Hasher = nil },
		"tokens":         func(c *account.Config) { c.Tokens = nil },
		"clock":          func(c *account.Config) { c.Now = nil },
		"random":         func(c *account.Config) { c.Rand = nil },
		"metrics":        func(c *account.Config) { c.Metrics = nil },
		"31 bytes":       func(c *account.Config) { c.Secret = c.Secret[1:] },
		"token life":     func(c *account.Config) { c.TokenLife = 0 },
		"login life":     func(c *account.Config) { c.LoginLife = 0 },
		"method":         func(c *account.Config) { c.Methods = []account.Method{"pigeon"} },
		"email, no mail": func(c *account.Config) { c.Methods = []account.Method{account.ByEmail} },
		"phone, no SMS":  func(c *account.Config) { c.Methods, c.SMS = []account.Method{account.ByPhone}, nil },
		"signup":         func(c *account.Config) { c.Signup = "ajar" },
		"email exception": func(c *account.Config) {
			c.EmailDisposableDenied, c.EmailDisposableExcept = true, []string{"com"}
		},
		"email domain":   func(c *account.Config) { c.EmailDomains = []string{"com"} },
		"denied domain":  func(c *account.Config) { c.EmailDenied = []string{"@example.com"} },
		"negative lives": func(c *account.Config) { c.TokenLife, c.LoginLife = -1, -1 },
	} {
		config := whole
		config.Metrics = prometheus.NewRegistry() // a second service cannot have the metrics of the first
		change(&config)
		if _, err := account.New(config); (err == nil) != (name == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
