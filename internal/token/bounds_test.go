package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/token"
)

// TestBounds: the smallest user, the longest session id and the bounds of times are accepted, and the
// next time is refused.
func TestBounds(t *testing.T) {
	t.Parallel()
	key := newPair(t, "HS256")
	signer := newSigner(t, key.Key)
	first, err := signer.Sign(token.Subject{UserID: 1, SiteID: 1}, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if claims, err := signer.Parse(first); err != nil || claims.UserID != 1 {
		t.Errorf("the first user: %+v, %v", claims, err)
	}
	long := token.Subject{UserID: 1, SiteID: 1, SessionID: strings.Repeat("s", 64)}
	if raw, err := signer.Sign(long, time.Second); err != nil {
		t.Errorf("a session id of 64 bytes: %v", err)
	} else if claims, err := signer.Parse(raw); err != nil || claims.SessionID != long.SessionID {
		t.Errorf("a session id of 64 bytes: %+v, %v", claims, err)
	}
	const tenYears = 3650 * 24 * time.Hour
	if _, err := signer.Parse(sign(t, signer, tenYears)); err != nil {
		t.Errorf("ten years: %v", err)
	}
	if raw, err := signer.Sign(wei, tenYears+time.Second); err == nil {
		t.Errorf("ten years and a second: %s", raw)
	}
	f := newForge(t, sign(t, signer, time.Hour), key, pair{})
	if _, err := signer.Parse(f.withClaim(`"nbf":`+unix(noon), `"nbf":0`)); err != nil {
		t.Errorf("valid from 1970 on: %v", err)
	}
	// RFC 3339 writes years of four digits.
	end := time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)
	late := newSignerAt(t, func() time.Time { return end.Add(-time.Hour) }, key.Key)
	if _, err := late.Parse(sign(t, late, time.Hour)); err != nil {
		t.Errorf("valid to the end of the year 9999: %v", err)
	}
	if raw, err := late.Sign(wei, time.Hour+time.Second); err == nil {
		if _, err := late.Parse(raw); err == nil {
			t.Error("valid in the year 10000")
		}
	}
}

// TestLongestToken: a token of 4,096 bytes is accepted, and none of 4,097 or more.
func TestLongestToken(t *testing.T) {
	t.Parallel()
	key := newPair(t, "EdDSA")
	signer := newSigner(t, key.Key)
	f := newForge(t, sign(t, signer, time.Hour), key, pair{})
	longest, shortest := 0, 1<<20
	for filler := range 3000 { // base64 has no token of some lengths
		raw := f.withClaim("{", `{"a":"`+strings.Repeat("a", filler)+`",`)
		if _, err := signer.Parse(raw); err == nil {
			longest = max(longest, len(raw))
		} else {
			shortest = min(shortest, len(raw))
		}
	}
	if longest != 4096 || shortest != 4097 {
		t.Errorf("the longest accepted token has %d bytes, and the shortest refused one %d", longest, shortest)
	}
}

// TestKeyIDOfHS256: another id for the same secret would end all tokens at an upgrade.
func TestKeyIDOfHS256(t *testing.T) {
	t.Parallel()
	key, err := token.NewHS256([]byte(strings.Repeat("s", 32)))
	// printf 'enroll HS256 key id' | openssl dgst -sha256 -hmac SECRET -binary | basenc --base64url
	if want := "N8YVmcb8cOueSwTEB_il4CY6NxagQVJPa75aQ6mo-u0"; err != nil || key.ID() != want {
		t.Errorf("id %s, %v; want %s", key.ID(), err, want)
	}
}

// TestLengthOfNames: an issuer and an audience have 1 to 255 bytes.
func TestLengthOfNames(t *testing.T) {
	t.Parallel()
	keys := []token.Key{newPair(t, "HS256").Key}
	for length, good := range map[int]bool{0: false, 1: true, 255: true, 256: false} {
		name := strings.Repeat("n", length)
		if _, err := token.New(token.Config{Keys: keys, Issuer: name, Audience: audience}); (err == nil) != good {
			t.Errorf("an issuer of %d bytes: %v", length, err)
		}
		if _, err := token.New(token.Config{Keys: keys, Issuer: issuer, Audience: name}); (err == nil) != good {
			t.Errorf("an audience of %d bytes: %v", length, err)
		}
	}
}

// TestTextOfNames: an issuer and an audience are text without control characters. JSON writes a control character as
// six bytes, so that tokens with many of them would be longer than those that are read. Tokens with the longest names
// of other characters are read.
func TestTextOfNames(t *testing.T) {
	t.Parallel()
	keys := []token.Key{newPair(t, "ES256").Key}
	for _, bad := range []string{"a\x01", "a\n", "a\u0085", "a\xff"} {
		if _, err := token.New(token.Config{Keys: keys, Issuer: bad, Audience: audience}); err == nil {
			t.Errorf("the issuer %q is accepted", bad)
		}
		if _, err := token.New(token.Config{Keys: keys, Issuer: issuer, Audience: bad}); err == nil {
			t.Errorf("the audience %q is accepted", bad)
		}
	}
	for _, char := range []string{`"`, `\`, "<", "\u2028", "名"} {
		name := strings.Repeat(char, 255/len(char))
		signer, err := token.New(token.Config{Keys: keys, Issuer: name, Audience: name})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := signer.Sign(token.Subject{UserID: 1<<63 - 1, SiteID: 1<<63 - 1, SessionID: strings.Repeat("s", 64)},
			time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signer.Parse(raw); err != nil || len(raw) >= 2000 {
			t.Errorf("%q: %d bytes, %v", char, len(raw), err)
		}
	}
}

// TestParseKeysNamesTheKey: the error has the number of the key in the file.
func TestParseKeysNamesTheKey(t *testing.T) {
	t.Parallel()
	_, err := token.ParseKeys([]byte(ecPublic + strings.ReplaceAll(ecPublic, "PUBLIC KEY", "CERTIFICATE")))
	if err == nil || !strings.Contains(err.Error(), "key 2 of the PEM file") {
		t.Errorf("the second key: %v", err)
	}
}
