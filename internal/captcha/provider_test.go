package captcha_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/captcha"
)

// sealing returns a provider for each kind whose challenges are sealed. All have the same secret and clock.
func sealing(t testing.TB, now func() time.Time) map[captcha.Kind]captcha.Provider {
	t.Helper()
	cfg := captcha.Config{Secret: bytes.Repeat([]byte{1}, captcha.MinSecret), Now: now}
	both, err := captcha.NewImagesWithWork(captcha.WorkConfig{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	return map[captcha.Kind]captcha.Provider{
		captcha.KindImage: newImages(t, cfg), captcha.KindPoW: newWork(t, captcha.WorkConfig{Config: cfg}),
		captcha.KindImagePoW: both,
	}
}

func challenge(t testing.TB, p captcha.Provider, scope captcha.Scope) captcha.Challenge {
	t.Helper()
	ch, err := p.Challenge(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func TestChallengeHoldsInItsScope(t *testing.T) {
	t.Parallel()
	bound := func(site int64, binding string) captcha.Scope {
		return captcha.Scope{Site: site, Binding: []byte(binding)}
	}
	scopes := []captcha.Scope{
		{}, {Site: 1}, {Site: 7}, {Site: -7}, {Site: 7 << 8}, bound(7, "\x00"), bound(7, "register"),
		bound(7, "registe"), bound(7, "Register"), bound(7, "register "), bound(8, "register"),
		bound(7, "\xcb\x00\x71"), bound(7, "\xcb\x00\x72"),
	}
	for kind, p := range sealing(t, nil) {
		for i, issued := range scopes {
			ch := challenge(t, p, issued)
			if ch.Kind != kind || len(ch.ID) != captcha.IDLen {
				t.Errorf("kind %q, id of %d characters", ch.Kind, len(ch.ID))
			}
			for j, answered := range scopes {
				_, err := p.Attempt(answered, ch.ID, "")
				if want := captcha.ErrUnknown; (i == j) != (err == nil) || i != j && !errors.Is(err, want) {
					t.Errorf("%s: issued in scope %d, answered in scope %d: %v", kind, i, j, err)
				}
			}
		}
		empty := challenge(t, p, captcha.Scope{Site: 7, Binding: []byte{}})
		if _, err := p.Attempt(captcha.Scope{Site: 7}, empty.ID, ""); err != nil {
			t.Errorf("%s: an empty binding differs from none: %v", kind, err)
		}
	}
}

// TestKindsDoNotMix shows that a proof of work, which a machine can solve, is not
// accepted as an image, and an image is not accepted as a proof of work.
func TestKindsDoNotMix(t *testing.T) {
	t.Parallel()
	all := sealing(t, nil)
	for issued, p := range all {
		id := challenge(t, p, captcha.Scope{Site: 7}).ID
		for answered, q := range all {
			if _, err := q.Attempt(captcha.Scope{Site: 7}, id, ""); (err == nil) != (issued == answered) {
				t.Errorf("%s answered as %s: %v", issued, answered, err)
			}
		}
	}
}

func TestAttempt(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for kind, p := range sealing(t, func() time.Time { return now }) {
		ch := challenge(t, p, captcha.Scope{Site: 7})
		a, err := p.Attempt(captcha.Scope{Site: 7}, ch.ID, "secret")
		end := now.Add(captcha.DefaultLife)
		if err != nil || len(a.Nonce()) != 16 || !a.Expires().Equal(ch.Expires) || !a.Expires().Equal(end) {
			t.Errorf("%s: nonce of %d bytes, expires %v, error %v", kind, len(a.Nonce()), a.Expires(), err)
		}
		b, err := p.Attempt(captcha.Scope{Site: 7}, ch.ID, "another")
		if err != nil || !bytes.Equal(a.Nonce(), b.Nonce()) {
			t.Errorf("%s: two attempts at a challenge have different nonces", kind)
		}
		if other := challenge(t, p, captcha.Scope{Site: 7}); other.ID == ch.ID {
			t.Errorf("%s: the same id twice", kind)
		}
		for _, wrong := range []string{"", " ", "0", "secret", strings.Repeat("0", 128), strings.Repeat("0", 1<<20)} {
			a, err := p.Attempt(captcha.Scope{Site: 7}, ch.ID, wrong)
			if err != nil || !errors.Is(a.Verify(t.Context()), captcha.ErrWrong) {
				t.Errorf("%s: %.20q: %v, %v", kind, wrong, err, a.Verify(t.Context()))
			}
		}
		now = ch.Expires
		if _, err := p.Attempt(captcha.Scope{Site: 7}, ch.ID, ""); !errors.Is(err, captcha.ErrExpired) {
			t.Errorf("%s: at its end: %v", kind, err)
		}
		now = now.Add(-captcha.DefaultLife)
	}
	if err := (captcha.Attempt{}).Verify(t.Context()); !errors.Is(err, captcha.ErrWrong) {
		t.Errorf("the zero attempt: %v", err)
	}
}

func TestAttemptPrintsNothing(t *testing.T) {
	t.Parallel()
	for kind, p := range sealing(t, nil) {
		a, err := p.Attempt(captcha.Scope{}, challenge(t, p, captcha.Scope{}).ID, "314159")
		if err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
			for _, arg := range []any{a, &a, []captcha.Attempt{a}} {
				if got := fmt.Sprintf(verb, arg); !strings.Contains(got, "hidden") || strings.Contains(got, "59") {
					t.Errorf("%s: %s of %T prints %s", kind, verb, arg, got)
				}
			}
		}
	}
}
