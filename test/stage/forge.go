package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// forge makes the service's signing keys, so it can also sign tokens that the service never would: expired
// ones, ones of other issuers, and worse. A verifier is correct if it accepts all good tokens and no bad one.
type forge struct {
	ec      *ecdsa.PrivateKey
	ed      ed25519.PrivateKey
	foreign *ecdsa.PrivateKey // not one of the service's
	folder  string
	url     string            // of the service
	ids     map[string]string // kid by algorithm, as the service publishes it
}

// newForge writes the keys to a folder of its own: ES256, which signs, before
// EdDSA, so that verifiers meet both.
func newForge() (*forge, error) {
	f := &forge{}
	var err error
	if f.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if f.foreign, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if _, f.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return nil, err
	}
	var file []byte
	for _, key := range []any{f.ec, f.ed} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	}
	if f.folder, err = os.MkdirTemp("", "enroll-stage-keys-"); err != nil {
		return nil, err
	}
	if err := os.WriteFile(f.keys(), file, 0o600); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func (f *forge) keys() string { return filepath.Join(f.folder, "keys.pem") }

func (f *forge) close() error { return os.RemoveAll(f.folder) }

// settings makes the service sign with these keys.
func (f *forge) settings() []string { return []string{"ENROLL_TOKEN_KEYS=" + f.keys()} }

// serves sets the URL of the service, and reads the ids of its keys.
func (f *forge) serves(url string) error {
	f.url, f.ids = url, map[string]string{}
	res, err := http.Get(url + "/.well-known/jwks.json")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var set struct{ Keys []struct{ Alg, Kid string } }
	if err := json.NewDecoder(res.Body).Decode(&set); err != nil {
		return fmt.Errorf("the key set: %w", err)
	}
	for _, key := range set.Keys {
		f.ids[key.Alg] = key.Kid
	}
	return nil
}

// vector is a token and a name for its property.
type vector struct {
	Name  string `json:"name"`
	Token string `json:"token"`
}

// members are those of a header or a payload.
type members map[string]any

// with returns a copy of m with these members changed or added. A member whose value is nil is left out.
func (m members) with(changes members) members {
	changed := members{}
	for _, from := range []members{m, changes} {
		for name, value := range from {
			changed[name] = value
		}
	}
	for name, value := range changed {
		if value == nil {
			delete(changed, name)
		}
	}
	return changed
}

// text is the part of a token that is signed.
func text(header, payload members) string { return encode(header) + "." + encode(payload) }

func encode(part members) string {
	raw, err := json.Marshal(part)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func seal(text string, signature []byte) string {
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// es256 signs as RFC 7518 §3.4 has it: r and s, 32 bytes each.
func es256(key *ecdsa.PrivateKey, text string) string {
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		panic(err) // only a broken key fails
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return seal(text, signature[:])
}

func hs256(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return seal(text, mac.Sum(nil))
}

// tell answers GET /tokens?user=1000 with tokens for that user, of site 1.
func (f *forge) tell(w http.ResponseWriter, r *http.Request) {
	header := members{"alg": "ES256", "kid": f.ids["ES256"], "typ": "JWT"}
	now := time.Now().Unix()
	claims := members{
		"iss": "enroll", "sub": r.URL.Query().Get("user"), "aud": "enroll", "jti": rand.Text(), "site_id": 1,
		"iat": now, "nbf": now, "exp": now + 3600,
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string][]vector{"good": f.good(header, claims), "bad": f.bad(header, claims)})
}

func (f *forge) good(header, claims members) []vector {
	ed := text(header.with(members{"alg": "EdDSA", "kid": f.ids["EdDSA"]}), claims)
	return []vector{
		{"ES256", es256(f.ec, text(header, claims))},
		{"EdDSA", seal(ed, ed25519.Sign(f.ed, []byte(ed)))},
	}
}

// age answers GET /token?user=1000&age=7200&life=3600: a token for that user, of
// site 1, as the service would have signed it age seconds ago for a life of life seconds. With &of=TOKEN it
// is of the session of that token: one without a session must not be older than its user.
func (f *forge) age(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	age, errAge := strconv.ParseInt(query.Get("age"), 10, 64)
	life, errLife := strconv.ParseInt(query.Get("life"), 10, 64)
	if err := errors.Join(errAge, errLife); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	then := time.Now().Unix() - age
	claims := members{
		"iss": "enroll", "sub": query.Get("user"), "aud": "enroll", "jti": rand.Text(), "site_id": 1,
		"iat": then, "nbf": then, "exp": then + life,
	}
	if parts := strings.Split(query.Get("of"), "."); len(parts) == 3 {
		var of struct{ SID string }
		body, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err := errors.Join(err, json.Unmarshal(body, &of)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		claims["sid"] = of.SID
	}
	token := es256(f.ec, text(members{"alg": "ES256", "kid": f.ids["ES256"], "typ": "JWT"}, claims))
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"token": token})
}
