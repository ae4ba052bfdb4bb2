package token_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/token"
)

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) // the tests' present
	wei  = token.Subject{UserID: 1000, SiteID: 1}
)

const (
	issuer   = "https://id.example.com"
	audience = "enroll-test"
)

// pair is a key with a function that signs by its private part, which the package does not give away, and with its
// public part, nil for HS256. Tests forge tokens with it.
type pair struct {
	token.Key
	sign   func(text string) []byte
	public any
}

// newPair makes a random key: for ES256, for EdDSA, and for any other name a secret of HS256.
func newPair(t testing.TB, algorithm string) pair {
	t.Helper()
	switch algorithm {
	case "ES256":
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return pair{parseKey(t, private), func(text string) []byte {
			sum := sha256.Sum256([]byte(text))
			r, s, err := ecdsa.Sign(rand.Reader, private, sum[:])
			if err != nil {
				t.Fatal(err)
			}
			return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}, private.Public()}
	case "EdDSA":
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return pair{parseKey(t, private), func(text string) []byte { return ed25519.Sign(private, []byte(text)) }, public}
	default:
		secret := make([]byte, 32)
		if _, err := rand.Read(secret); err != nil {
			t.Fatal(err)
		}
		key, err := token.NewHS256(secret)
		if err != nil {
			t.Fatal(err)
		}
		return pair{key, func(text string) []byte { return sum(secret, text) }, nil}
	}
}

func sum(secret []byte, text string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func parseKey(t testing.TB, private any) token.Key {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := token.ParseKeys(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil || len(keys) != 1 {
		t.Fatal(len(keys), err)
	}
	return keys[0]
}

// newSigner returns a signer whose clock stands at noon.
func newSigner(t testing.TB, keys ...token.Key) *token.Signer {
	t.Helper()
	return newSignerAt(t, func() time.Time { return noon }, keys...)
}

func newSignerAt(t testing.TB, now func() time.Time, keys ...token.Key) *token.Signer {
	t.Helper()
	signer, err := token.New(token.Config{Keys: keys, Issuer: issuer, Audience: audience, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func sign(t testing.TB, signer *token.Signer, life time.Duration) string {
	t.Helper()
	raw, err := signer.Sign(wei, life)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// forge has the parts of a token. Its methods return the token with one change: withSignature replaces the signature,
// and the others sign the changed text again.
type forge struct {
	*testing.T
	pair
	other         pair   // of another algorithm, known to the signer too
	raw           string // the whole token
	header, claim string // its JSON
}

func newForge(t *testing.T, raw string, key, other pair) forge {
	t.Helper()
	part := strings.Split(raw, ".")
	header, err1 := base64.RawURLEncoding.DecodeString(part[0])
	claim, err2 := base64.RawURLEncoding.DecodeString(part[1])
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return forge{t, key, other, raw, string(header), string(claim)}
}

func b64(data string) string { return base64.RawURLEncoding.EncodeToString([]byte(data)) }

// resigned returns a token of the given JSON texts with a right signature.
func (f forge) resigned(header, claim string) string {
	text := b64(header) + "." + b64(claim)
	return text + "." + b64(string(f.sign(text)))
}

// replaced returns text with the first old replaced by new. The test fails if that changes nothing.
func (f forge) replaced(text, old, new string) string {
	f.Helper()
	changed := strings.Replace(text, old, new, 1)
	if changed == text {
		f.Fatalf("%s is not in %s", old, text)
	}
	return changed
}

// withHeader is the token with a change in its header, rightly signed.
func (f forge) withHeader(old, new string) string {
	f.Helper()
	return f.resigned(f.replaced(f.header, old, new), f.claim)
}

// withClaim is the token with a change in its claims, rightly signed.
func (f forge) withClaim(old, new string) string {
	f.Helper()
	return f.resigned(f.header, f.replaced(f.claim, old, new))
}

// addHeader is the token with one more header member, rightly signed.
func (f forge) addHeader(member string) string { return f.withHeader("{", "{"+member+",") }

// signature returns the bytes of the token's signature.
func (f forge) signature() []byte {
	data, err := base64.RawURLEncoding.DecodeString(f.raw[strings.LastIndexByte(f.raw, '.')+1:])
	if err != nil {
		f.Fatal(err)
	}
	return data
}

// withSignature is the token with a text, already in base64url, in place of its signature.
func (f forge) withSignature(signature string) string {
	return f.raw[:strings.LastIndexByte(f.raw, '.')+1] + signature
}
