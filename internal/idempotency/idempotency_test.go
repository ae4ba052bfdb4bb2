package idempotency_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/idempotency"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type fields struct{ Name, Phone string }

// TestClaim: one attempt holds a key until it releases it or has crashed, and the key of one
// request is refused to another. The tests of package account repeat whole registrations.
func TestClaim(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	keys, err := idempotency.New(idempotency.Config{
		Pool: pgtest.New(t), Secret: make([]byte, 32), Now: func() time.Time { return now }, Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	claim := func(f fields) (idempotency.Claim, *idempotency.Refusal) {
		t.Helper()
		c, user, err := keys.Claim(t.Context(), idempotency.Request{Site: 1, Key: "key-1", Fields: f})
		var refused *idempotency.Refusal
		if err != nil && !errors.As(err, &refused) || user != 0 {
			t.Errorf("user %d, %v", user, err)
		}
		return c, refused
	}
	alice, moved := fields{Name: "alice"}, fields{Phone: "alice"}
	first, refused := claim(alice)
	if refused != nil || !first.Given() || keys.Held(first) != 10*time.Second {
		t.Errorf("first: %v, held for %s", refused, keys.Held(first))
	}
	now = now.Add(4 * time.Second)
	if _, refused = claim(alice); refused == nil || refused.Why != idempotency.InProgress ||
		refused.RetryAfter != 6*time.Second {
		t.Errorf("beside the first: %+v", refused)
	}
	if held := keys.Release(t.Context(), first); held != 0 {
		t.Errorf("held for %s after the release", held)
	}
	if _, refused = claim(moved); refused != nil {
		t.Errorf("released: %+v", refused)
	}
	now = now.Add(10 * time.Second) // that attempt has crashed
	if _, refused = claim(alice); refused == nil || refused.Why != idempotency.Reused {
		t.Errorf("another request: %+v", refused)
	}
	if _, refused = claim(moved); refused != nil {
		t.Errorf("after the crash: %+v", refused)
	}
}

// TestNoKey: a request without a key holds nothing.
func TestNoKey(t *testing.T) {
	t.Parallel()
	keys, err := idempotency.New(idempotency.Config{
		Pool: pgtest.New(t), Secret: make([]byte, 32), Now: time.Now, Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	var none idempotency.Claim
	if none.Given() || keys.Held(none) != 0 || keys.Release(t.Context(), none) != 0 ||
		none.Remember(t.Context(), nil, 1000, time.Now()) != nil {
		t.Error("it holds a key")
	}
}

// TestNewNeedsAll: New returns an error if a field is missing or the secret is too short.
func TestNewNeedsAll(t *testing.T) {
	t.Parallel()
	whole := idempotency.Config{Pool: pgtest.New(t), Secret: make([]byte, 32), Now: time.Now, Rand: rand.Reader}
	for name, lack := range map[string]func(*idempotency.Config){
		"pool":   func(c *idempotency.Config) { c.Pool = nil },
		"secret": func(c *idempotency.Config) { c.Secret = make([]byte, 31) },
		"clock":  func(c *idempotency.Config) { c.Now = nil },
		"random": func(c *idempotency.Config) { c.Rand = nil },
	} {
		c := whole
		lack(&c)
		if _, err := idempotency.New(c); err == nil {
			t.Errorf("without its %s", name)
		}
	}
}

// TestRefusalSaysWhy: the text names the reason, and the cause can be found.
func TestRefusalSaysWhy(t *testing.T) {
	t.Parallel()
	cause := errors.New("away")
	for why, want := range map[idempotency.Why]string{
		idempotency.Reused: "idempotency: reused", idempotency.InProgress: "idempotency: in progress",
		idempotency.Lost: "idempotency: lost", idempotency.Exhausted: "idempotency: exhausted",
	} {
		if r := (&idempotency.Refusal{Why: why, Err: cause}); r.Error() != want || !errors.Is(r, cause) {
			t.Errorf("%q", r)
		}
	}
}
