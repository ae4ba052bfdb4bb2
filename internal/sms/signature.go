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

// signer signs by Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric
// scheme v1. The project's own Go library verifies it in the tests, as a receiver
// does; it does not sign here, because it takes a secret of any length and no
// clock.
type signer struct{ key []byte }

// The specification's bounds of a secret, in bytes.
const (
	minKey = 24
	maxKey = 64
)

// newSigner takes a secret as it is exchanged: whsec_ and base64.
func newSigner(secret string) (signer, error) {
	encoded, ok := strings.CutPrefix(secret, "whsec_")
	if !ok {
		return signer{}, errors.New("the secret does not begin with whsec_")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		// Not wrapped: nothing of a secret belongs in an error.
		return signer{}, errors.New("the secret is not base64 after whsec_")
	}
	if len(key) < minKey || len(key) > maxKey {
		return signer{}, errors.New("the secret does not have 24 to 64 bytes")
	}
	return signer{key}, nil
}

// sign sets the three headers that let the receiver tell who sent body, when, and
// whether it has seen it before. They are written in small letters in the
// specification; HTTP does not care.
func (s signer) sign(h http.Header, id string, at time.Time, body []byte) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body)
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", seconds)
	h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
