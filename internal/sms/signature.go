package sms

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// signer signs requests by Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric
// scheme v1. The tests verify its signatures with the Go library of that standard.
// The library is not used to sign, because it accepts a secret of any length and has
// no clock to inject.
type signer struct{ key []byte }

// Bounds of a secret in the specification, in bytes.
const (
	minKey = 24
	maxKey = 64
)

// newSigner parses a secret in the form of the specification: whsec_ and the base64
// of 24 to 64 bytes. Its errors hold nothing of the secret.
func newSigner(secret string) (signer, error) {
	encoded, ok := strings.CutPrefix(secret, "whsec_")
	if !ok {
		return signer{}, errors.New("the secret does not begin with whsec_")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		// Not wrapped: the error of base64 quotes its input.
		return signer{}, errors.New("the secret is not base64 after whsec_")
	}
	if len(key) < minKey || len(key) > maxKey {
		return signer{}, errors.New("the secret does not have 24 to 64 bytes")
	}
	return signer{key}, nil
}

// sign sets the three headers by which a receiver verifies the sender and the age of a request, and
// recognizes a repetition. Header names are in lower case as in the specification; Go's client
// sends them in its canonical form, which is equal in HTTP.
func (s signer) sign(h http.Header, id string, at time.Time, body []byte) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body) // check: webhook-signed
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", seconds)
	h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
