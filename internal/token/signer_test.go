package token_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/enroll-project/enroll/internal/token"
)

var algorithms = []string{"ES256", "EdDSA", "HS256"}

// TestSign reads what was signed with other means than the package's own.
func TestSign(t *testing.T) {
	t.Parallel()
	for _, algorithm := range algorithms {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			key := newPair(t, algorithm)
			id := bytes.Repeat([]byte{0xfb}, 16)
			signer, err := token.New(token.Config{
				Keys: []token.Key{key.Key}, Issuer: issuer, Audience: audience,
				Now: func() time.Time { return noon.Add(999 * time.Millisecond) }, Rand: bytes.NewReader(id),
			})
			if err != nil {
				t.Fatal(err)
			}
			f := newForge(t, sign(t, signer, 720*time.Hour+time.Millisecond), key, pair{})
			if want := `{"alg":"` + algorithm + `","kid":"` + key.ID() + `","typ":"JWT"}`; f.header != want {
				t.Errorf("header %s, want %s", f.header, want)
			}
			var claims map[string]any
			if err := json.Unmarshal([]byte(f.claim), &claims); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"iss": issuer, "sub": "1000", "aud": audience, "site_id": 1.0, "jti": base64.RawURLEncoding.EncodeToString(id),
				"iat": float64(noon.Unix()), "nbf": float64(noon.Unix()), "exp": float64(noon.Add(720 * time.Hour).Unix()),
			}
			if !maps.Equal(claims, want) {
				t.Errorf("claims %v, want %v", claims, want)
			}
			got, err := signer.Parse(f.raw)
			if err != nil || got != (token.Claims{
				Subject: wei, ID: base64.RawURLEncoding.EncodeToString(id),
				IssuedAt: noon, NotBefore: noon, ExpiresAt: noon.Add(720 * time.Hour),
			}) {
				t.Errorf("Parse: %+v, %v", got, err)
			}
		})
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	signer := newSigner(t, newPair(t, "HS256").Key)
	for name, test := range map[string]struct {
		subject token.Subject
		life    time.Duration
	}{
		"no life":             {wei, 0},
		"less than a second":  {wei, 999 * time.Millisecond},
		"negative life":       {wei, -time.Hour},
		"more than ten years": {wei, token.MaxLife + time.Second},
		"user 0":              {token.Subject{UserID: 0, SiteID: 1}, time.Hour},
		"a negative user":     {token.Subject{UserID: -1, SiteID: 1}, time.Hour},
		"site 0":              {token.Subject{UserID: 1000, SiteID: 0}, time.Hour},
		"a session of 65 bytes": {
			token.Subject{UserID: 1000, SiteID: 1, SessionID: strings.Repeat("s", 65)}, time.Hour,
		},
	} {
		if raw, err := signer.Sign(test.subject, test.life); err == nil || raw != "" {
			t.Errorf("%s: %s", name, raw)
		}
	}
	for _, life := range []time.Duration{time.Second, token.MaxLife} {
		if _, err := signer.Parse(sign(t, signer, life)); err != nil {
			t.Errorf("%v: %v", life, err)
		}
	}
}

func TestSignNeedsRandomness(t *testing.T) {
	t.Parallel()
	broken := errors.New("no randomness")
	signer, err := token.New(token.Config{
		Keys: []token.Key{newPair(t, "HS256").Key}, Issuer: issuer, Audience: audience, Rand: iotest.ErrReader(broken),
	})
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := signer.Sign(wei, time.Hour); raw != "" || !errors.Is(err, broken) {
		t.Errorf("got %q, %v", raw, err)
	}
}

func TestTokensDiffer(t *testing.T) {
	t.Parallel()
	signer := newSigner(t, newPair(t, "HS256").Key)
	seen := map[string]bool{}
	for range 10_000 {
		claims, err := signer.Parse(sign(t, signer, time.Hour))
		if err != nil || seen[claims.ID] || len(claims.ID) != 22 {
			t.Fatalf("id %q after %d: %v", claims.ID, len(seen), err)
		}
		seen[claims.ID] = true
	}
}

// TestLeeway walks a token of an hour through its time, second by second where it matters.
func TestLeeway(t *testing.T) {
	t.Parallel()
	key := newPair(t, "HS256")
	raw := sign(t, newSigner(t, key.Key), time.Hour)
	for after, want := range map[time.Duration]error{
		-24 * time.Hour:                token.ErrInvalid,
		-5*time.Minute - time.Second:   token.ErrInvalid,
		-5 * time.Minute:               nil, // the database's clock has stepped back
		-31 * time.Second:              nil,
		-30 * time.Second:              nil,
		0:                              nil,
		time.Hour + 29*time.Second:     nil,
		time.Hour + 30*time.Second - 1: nil,
		time.Hour + 30*time.Second:     token.ErrExpired,
		time.Hour + 24*365*time.Hour:   token.ErrExpired,
	} {
		signer := newSignerAt(t, func() time.Time { return noon.Add(after) }, key.Key)
		claims, err := signer.Parse(raw)
		if !errors.Is(err, want) {
			t.Errorf("after %v: got %v, want %v", after, err, want)
		}
		// The claims are those of the token, also after a step back of the clock.
		if err == nil && (claims.Subject != wei || !claims.IssuedAt.Equal(noon)) {
			t.Errorf("after %v: %+v", after, claims)
		}
	}
}

func TestRenewable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		life, after time.Duration
		renewed     bool
		err         error
	}{
		"30 days, new":                  {720 * time.Hour, 0, false, nil},
		"30 days, an hour and 1 s left": {720 * time.Hour, 719*time.Hour - time.Second, false, nil},
		"30 days, an hour left":         {720 * time.Hour, 719 * time.Hour, true, nil},
		"30 days, within the leeway":    {720 * time.Hour, 720*time.Hour + 29*time.Second, true, nil},
		"30 days, expired":              {720 * time.Hour, 720*time.Hour + 30*time.Second, false, token.ErrExpired},
		"4 hours, 61 minutes left":      {4 * time.Hour, 179 * time.Minute, false, nil},
		"4 hours, an hour left":         {4 * time.Hour, 180 * time.Minute, true, nil},
		"1 hour, new":                   {time.Hour, 0, false, nil},
		"1 hour, 16 minutes left":       {time.Hour, 44 * time.Minute, false, nil},
		"1 hour, a quarter left":        {time.Hour, 45 * time.Minute, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, now := newPair(t, "EdDSA"), noon
			signer := newSignerAt(t, func() time.Time { return now }, key.Key)
			old, err := signer.Parse(sign(t, signer, test.life))
			if err != nil {
				t.Fatal(err)
			}
			now = noon.Add(test.after)
			for last, want := range map[time.Duration]time.Duration{
				test.after + test.life:               test.life,
				test.after + test.life - time.Second: test.life - time.Second,
				test.life:                            0, // the session ends with the token
			} {
				life, due, err := signer.Renewable(old, noon.Add(last))
				if due != (test.renewed && want > 0) || !errors.Is(err, test.err) || due && life != want {
					t.Errorf("until %v: got %v, %v, %v", last, life, due, err)
				}
			}
		})
	}
}

// TestRotation replaces a key in three steps, between any two algorithms: what was
// signed before a step is accepted after it, until the old key is taken out.
func TestRotation(t *testing.T) {
	t.Parallel()
	for _, from := range algorithms {
		for _, to := range algorithms {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				old, fresh := newPair(t, from).Key, newPair(t, to).Key
				before := newSigner(t, old)
				announced := newSigner(t, old, fresh)
				during := newSigner(t, fresh, old)
				after := newSigner(t, fresh)
				ours, theirs := sign(t, during, time.Hour), sign(t, before, time.Hour)
				for name, test := range map[string]struct {
					signer *token.Signer
					raw    string
					want   error
				}{
					"old token, old keys":  {before, theirs, nil},
					"old token, announced": {announced, theirs, nil},
					"old token, both keys": {during, theirs, nil},
					"old token, new keys":  {after, theirs, token.Reasons["key"]},
					"new token, old keys":  {before, ours, token.Reasons["key"]},
					"new token, announced": {announced, ours, nil},
					"new token, both keys": {during, ours, nil},
					"new token, new keys":  {after, ours, nil},
				} {
					if _, err := test.signer.Parse(test.raw); !errors.Is(err, test.want) {
						t.Errorf("%s: got %v, want %v", name, err, test.want)
					}
				}
			})
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	key := newPair(t, "HS256").Key
	one := []token.Key{key}
	public, err := token.ParseKeys([]byte(ecPublic))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 256)
	for name, config := range map[string]token.Config{
		"no key":              {Issuer: issuer, Audience: audience},
		"a public key first":  {Keys: append(public, key), Issuer: issuer, Audience: audience},
		"an empty key":        {Keys: []token.Key{{}}, Issuer: issuer, Audience: audience},
		"an empty second key": {Keys: []token.Key{key, {}}, Issuer: issuer, Audience: audience},
		"a key twice":         {Keys: []token.Key{key, key}, Issuer: issuer, Audience: audience},
		"no issuer":           {Keys: one, Audience: audience},
		"no audience":         {Keys: one, Issuer: issuer},
		"long issuer":         {Keys: one, Issuer: long, Audience: audience},
		"long audience":       {Keys: one, Issuer: issuer, Audience: long},
	} {
		if _, err := token.New(config); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	signer, err := token.New(token.Config{Keys: one, Issuer: long[1:], Audience: long[1:]})
	if err != nil {
		t.Fatal(err)
	}
	if raw := sign(t, signer, time.Hour); len(raw) > 1500 {
		t.Errorf("a token of %d bytes", len(raw))
	} else if _, err := signer.Parse(raw); err != nil {
		t.Errorf("with time.Now: %v", err)
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	signer := newSigner(t, newPair(t, "ES256").Key, newPair(t, "EdDSA").Key)
	set := string(signer.JWKS())
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			claims, err := signer.Parse(sign(t, signer, time.Minute))
			if err != nil {
				t.Error(err)
			}
			if _, _, err := signer.Renewable(claims, noon); err != nil {
				t.Error(err)
			}
			clear(signer.JWKS()) // what is returned is the caller's
		})
	}
	group.Wait()
	if set != string(signer.JWKS()) {
		t.Error("the key set was changed")
	}
}

func FuzzParse(f *testing.F) {
	var keys []token.Key
	for _, algorithm := range algorithms {
		keys = append(keys, newPair(f, algorithm).Key)
	}
	var signers []*token.Signer
	signed := map[string]bool{}
	for i := range keys {
		signers = append(signers, newSigner(f, append(slices.Clone(keys[i:]), keys[:i]...)...))
		raw := sign(f, signers[i], time.Hour)
		signed[raw] = true
		f.Add(raw)
		f.Add(raw[:len(raw)-1])
	}
	f.Add("..")
	f.Add("bnVsbA.bnVsbA.bnVsbA")
	f.Fuzz(func(t *testing.T, raw string) {
		claims, err := signers[0].Parse(raw)
		if accepted := err == nil; accepted != signed[raw] {
			t.Fatalf("%q: %v", raw, err)
		}
		if err != nil && (claims != token.Claims{} || !errors.Is(err, token.ErrInvalid)) {
			t.Fatalf("%q: %+v, %v", raw, claims, err)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	for _, algorithm := range algorithms {
		b.Run(algorithm, func(b *testing.B) {
			signer := newSigner(b, newPair(b, algorithm).Key)
			b.ReportAllocs()
			for b.Loop() {
				sign(b, signer, time.Hour)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, algorithm := range algorithms {
		b.Run(algorithm, func(b *testing.B) {
			signer := newSigner(b, newPair(b, algorithm).Key)
			raw := sign(b, signer, time.Hour)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := signer.Parse(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAllocations bounds the cost of a token, which a registration signs and each call of a user
// verifies. Unlike a time, the count does not depend on how busy the machine is.
func TestAllocations(t *testing.T) { // testing.AllocsPerRun refuses to run in parallel
	for _, algorithm := range algorithms {
		signer := newSigner(t, newPair(t, algorithm).Key)
		raw := sign(t, signer, time.Hour)
		for what, test := range map[string]struct {
			do   func()
			goal float64
		}{
			"sign":  {func() { sign(t, signer, time.Hour) }, 95},
			"parse": {func() { _, _ = signer.Parse(raw) }, 75},
		} {
			got := testing.AllocsPerRun(200, test.do)
			t.Logf("%s, %s: %.0f allocations", algorithm, what, got)
			if got > test.goal {
				t.Errorf("%s, %s: %.0f allocations, more than %.0f", algorithm, what, got, test.goal)
			}
		}
	}
}
