// Package webhook signs requests to receivers of the operator by Standard Webhooks 1.0.0
// (standardwebhooks.com), symmetric scheme v1. A receiver verifies by the signature which service has
// sent a request, and when.
//
// The Go library of that standard is not used to sign, because it accepts a secret of any length and has
// no clock to inject. The tests verify the signatures with it.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of a secret in the specification, in bytes.
const (
	minKey = 24
	maxKey = 64
)

// Signer signs requests. It is safe for concurrent use.
type Signer struct{ keys [][]byte }

// NewSigner parses secrets in the form of the specification: whsec_ and the base64
// of 24 to 64 bytes. Each of them signs: while the old and the new secret are given, a receiver can be
// changed at any time. Its errors hold nothing of a secret.
func NewSigner(secrets ...string) (Signer, error) {
	var s Signer
	for _, secret := range secrets {
		encoded, ok := strings.CutPrefix(secret, "whsec_")
		if !ok {
			return Signer{}, errors.New("the secret does not begin with whsec_")
		}
		key, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil {
			// Not wrapped: the error of base64 quotes its input.
			return Signer{}, errors.New("the secret is not base64 after whsec_")
		}
		if len(key) < minKey || len(key) > maxKey { // check: webhook-secret
			return Signer{}, errors.New("the secret does not have 24 to 64 bytes")
		}
		s.keys = append(s.keys, key)
	}
	if len(s.keys) == 0 {
		return Signer{}, errors.New("there is no secret")
	}
	return s, nil
}

// Sign sets the three headers by which a receiver verifies the sender and the age of a request, and
// recognizes a repetition. Header names are in lower case as in the specification; Go's client
// sends them in its canonical form, which is equal in HTTP.
func (s Signer) Sign(h http.Header, id string, at time.Time, body []byte) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	var signatures []string
	for _, key := range s.keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + seconds + "."))
		mac.Write(body) // check: webhook-signed
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", seconds)
	h.Set("webhook-signature", strings.Join(signatures, " "))
}

// NewID returns the id of a request that is sent once: msg_ and 128 bits of random in hex. A receiver can
// recognize by it a request that was recorded and sent again.
func NewID(random io.Reader) (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(random, id[:]); err != nil {
		return "", fmt.Errorf("webhook: no randomness: %w", err)
	}
	return "msg_" + hex.EncodeToString(id[:]), nil
}
