package code_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestNewRefuses: each dependency is required, and a secret of at least 32 bytes.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	for name, change := range map[string]func(*code.Config){
		"":          func(*code.Config) {},
		"pool":      func(c *code.Config) { c.Pool = nil },
		"clock":     func(c *code.Config) { c.Now = nil },
		"random":    func(c *code.Config) { c.Rand = nil },
		"metrics":   func(c *code.Config) { c.Metrics = nil },
		"31 bytes":  func(c *code.Config) { c.Secret = c.Secret[1:] },
		"no secret": func(c *code.Config) { c.Secret = nil },
	} {
		config := code.Config{
			Pool: pool, Secret: make([]byte, 32), Now: time.Now, Rand: rand.Reader,
			Metrics: prometheus.NewRegistry(),
		}
		change(&config)
		if _, err := code.New(config); (err == nil) != (name == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
