package token_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/token"
)

// The keys of RFC 7515 appendix A.3 and RFC 8037 appendix A, put into PEM by jwcrypto 1.6.
const (
	ecPrivate = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
`
	ecPublic = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
`
	edPublic = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
`
	ecThumbprint = "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U" // by jwcrypto
	edThumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" // RFC 8037 appendix A.3
)

func TestParseKeys(t *testing.T) {
	t.Parallel()
	type want struct {
		id, algorithm string
		sign          bool
	}
	for name, test := range map[string]struct {
		file string
		want []want
	}{
		"private":        {ecPrivate, []want{{ecThumbprint, "ES256", true}}},
		"public":         {ecPublic, []want{{ecThumbprint, "ES256", false}}},
		"Ed25519":        {edPublic, []want{{edThumbprint, "EdDSA", false}}},
		"two":            {ecPrivate + edPublic, []want{{ecThumbprint, "ES256", true}, {edThumbprint, "EdDSA", false}}},
		"text around it": {"the key\n" + ecPublic + "was the key\n", []want{{ecThumbprint, "ES256", false}}},
	} {
		keys, err := token.ParseKeys([]byte(test.file))
		if err != nil || len(keys) != len(test.want) {
			t.Errorf("%s: %v, %v", name, keys, err)
			continue
		}
		for i, key := range keys {
			if got := (want{key.ID(), key.Algorithm(), key.CanSign()}); got != test.want[i] || key.Development() {
				t.Errorf("%s: key %d is %+v", name, i, got)
			}
		}
	}
}

// block is a PEM file of one block.
func block(t *testing.T, kind string, marshal func() ([]byte, error)) string {
	t.Helper()
	data, err := marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
}

func TestParseKeysRefuses(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.Replace(ecPrivate, "MIGH", "M*GH", 1)
	for name, file := range map[string]string{
		"empty":                     "",
		"no PEM":                    "secret",
		"damaged":                   damaged,
		"damaged before a good one": damaged + ecPublic,
		"damaged after a good one":  ecPublic + damaged,
		"cut":                       ecPrivate[:100],
		"wrong bytes":               strings.Replace(ecPrivate, "MIGH", "MIGG", 1),
		"wrong bytes, public":       strings.Replace(ecPublic, "MFkw", "MFkx", 1),
		"private called public":     strings.ReplaceAll(ecPrivate, "PRIVATE", "PUBLIC"),
		"a certificate":             strings.ReplaceAll(ecPublic, "PUBLIC KEY", "CERTIFICATE"),
		"encrypted":                 strings.ReplaceAll(ecPrivate, "PRIVATE", "ENCRYPTED PRIVATE"),
		"SEC 1":                     strings.ReplaceAll(ecPrivate, "PRIVATE", "EC PRIVATE"),
		"P-384": block(t, "PRIVATE KEY",
			func() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(p384) }),
		"P-384, public": block(t, "PUBLIC KEY", func() ([]byte, error) { return x509.MarshalPKIXPublicKey(p384.Public()) }),
		"RSA":           block(t, "PRIVATE KEY", func() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(rsaKey) }),
		"RSA, public":   block(t, "PUBLIC KEY", func() ([]byte, error) { return x509.MarshalPKIXPublicKey(rsaKey.Public()) }),
	} {
		if keys, err := token.ParseKeys([]byte(file)); err == nil {
			t.Errorf("%s gives %v", name, keys)
		} else if strings.Contains(err.Error(), "MIG") {
			t.Errorf("%s: the error cites the file: %v", name, err)
		}
	}
}

func TestGenerateKey(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, development := range []bool{true, false, true, false} {
		file, err := token.GenerateKey(development)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := token.ParseKeys(file)
		if err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		key := keys[0]
		if key.Development() != development || key.Algorithm() != "ES256" || !key.CanSign() || seen[key.ID()] {
			t.Errorf("generated %v, development %v", key, key.Development())
		}
		seen[key.ID()] = true
		if signer := newSigner(t, key); signer != nil {
			if _, err := signer.Parse(sign(t, signer, time.Hour)); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestNewHS256(t *testing.T) {
	t.Parallel()
	secret := []byte(strings.Repeat("s", 32))
	if key, err := token.NewHS256(secret[:31]); err == nil {
		t.Errorf("31 bytes give %v", key)
	}
	key, err := token.NewHS256(secret)
	if err != nil {
		t.Fatal(err)
	}
	same, _ := token.NewHS256(secret)
	other, _ := token.NewHS256([]byte(strings.Repeat("t", 32)))
	if key.ID() != same.ID() || key.ID() == other.ID() || len(key.ID()) != 43 {
		t.Errorf("ids %s, %s, %s", key.ID(), same.ID(), other.ID())
	}
	if plain := sha256.Sum256(secret); key.ID() == base64.RawURLEncoding.EncodeToString(plain[:]) {
		t.Error("the id is a plain digest of the secret")
	}
	raw := sign(t, newSigner(t, key), time.Hour)
	clear(secret) // the key has its own copy
	if _, err := newSigner(t, same).Parse(raw); err != nil {
		t.Error(err)
	}
	if _, err := newSigner(t, key).Parse(raw); err != nil {
		t.Error(err)
	}
}

func TestKeysDoNotPrintThemselves(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("canary", 6)
	key, err := token.NewHS256([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := token.New(token.Config{Keys: []token.Key{key}, Issuer: "i", Audience: "a"})
	if err != nil {
		t.Fatal(err)
	}
	var out, logged bytes.Buffer
	for verb := rune('!'); verb <= '~'; verb++ {
		for _, flag := range []string{"", "+", "#", " "} {
			for _, arg := range []any{key, &key, []token.Key{key}, struct{ K token.Key }{key}, signer, *signer} {
				fmt.Fprintf(&out, "%"+flag+string(verb)+"\n", arg)
			}
		}
	}
	slog.New(slog.NewTextHandler(&logged, nil)).Info("text", "k", key, "p", &key, "s", signer)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("JSON", "k", key, "p", &key, "s", signer)
	if n, want := strings.Count(logged.String(), "HS256 key "+key.ID()), 4; n != want {
		t.Errorf("the log names the key %d times, not %d: %s", n, want, &logged)
	}
	out.Write(logged.Bytes())
	// The first bytes of the secret as text, and as numbers of each base.
	for _, form := range []string{"%s", "%q", "%d", "%o", "%O", "%b", "%x", "%X", "% x", "%#x", "%#o"} {
		for _, start := range []any{"canary", []byte("can")} {
			shown := strings.Trim(fmt.Sprintf(form, start), `[]"`)
			if !strings.HasPrefix(shown, "%!") && strings.Contains(out.String(), shown) {
				t.Errorf("%s of %T is printed: %s", form, start, shown)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if text, want := fmt.Sprintf(verb, key), "HS256 key "+key.ID(); text != want {
			t.Errorf("%s prints %s, not %s", verb, text, want)
		}
		if text := fmt.Sprintf(verb, token.Key{}); text != "no key" {
			t.Errorf("%s prints the zero key as %s", verb, text)
		}
	}
}

// TestJWKS verifies tokens with what is published, by crypto/ecdsa and crypto/ed25519 alone: it
// uses only the published bytes and no other code of the package.
func TestJWKS(t *testing.T) {
	t.Parallel()
	keys := []token.Key{newPair(t, "ES256").Key, newPair(t, "HS256").Key, newPair(t, "EdDSA").Key}
	public, err := token.ParseKeys([]byte(ecPublic))
	if err != nil {
		t.Fatal(err)
	}
	published := newSigner(t, append(keys, public...)...).JWKS()
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(published, &set); err != nil || len(set.Keys) != 3 {
		t.Fatalf("%s: %v", published, err)
	}
	for i, want := range []token.Key{keys[0], keys[2], public[0]} {
		if got := set.Keys[i]; got["kid"] != want.ID() || got["alg"] != want.Algorithm() || got["use"] != "sig" ||
			got["d"] != "" || got["k"] != "" {
			t.Errorf("key %d is published as %v", i, got)
		}
	}
	for i, key := range []token.Key{keys[0], keys[2]} {
		raw := sign(t, newSigner(t, key), time.Hour)
		if !verifies(t, set.Keys[i], raw) {
			t.Errorf("%v: the published key does not verify", key)
		}
		if verifies(t, set.Keys[i], "x"+raw) {
			t.Errorf("%v: the published key verifies anything", key)
		}
	}
	if got := string(newSigner(t, keys[1]).JWKS()); got != `{"keys":[]}` {
		t.Errorf("HS256 alone publishes %s", got)
	}
}

// verifies reads a published key by hand and checks a token's signature with it.
func verifies(t *testing.T, key map[string]string, raw string) bool {
	t.Helper()
	decode := func(text string) []byte {
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	dot := strings.LastIndexByte(raw, '.')
	text, signature := raw[:dot], decode(raw[dot+1:])
	switch key["kty"] + " " + key["crv"] {
	case "EC P-256":
		point := append([]byte{4}, append(decode(key["x"]), decode(key["y"])...)...)
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(text))
		return ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
	case "OKP Ed25519":
		return ed25519.Verify(decode(key["x"]), []byte(text), signature)
	}
	t.Fatalf("published as %v", key)
	return false
}

func FuzzParseKeys(f *testing.F) {
	for _, seed := range []string{ecPrivate, ecPublic, edPublic, ecPrivate + edPublic,
		"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		keys, err := token.ParseKeys(file)
		if (err == nil) == (len(keys) == 0) {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		for _, key := range keys {
			if len(key.ID()) != 43 || key.Algorithm() != "ES256" && key.Algorithm() != "EdDSA" {
				t.Fatalf("%v", key)
			}
		}
	})
}
